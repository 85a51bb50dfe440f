import { createServer } from 'node:http';

export interface NeutronStub {
  readonly url: string;
  stop(): Promise<void>;
}

const NETWORK = '44444444-4444-4444-4444-444444444444';
const SUBNET = '33333333-3333-3333-3333-333333333333';

/** A subnet that the stub knows. */
export const stubSubnetId = SUBNET;

const collections: Readonly<Record<string, readonly { readonly id: string; readonly name: string }[]>> = {
  networks: [network(NETWORK, 'interop-net')],
  subnets: [subnet(SUBNET, 'interop-subnet')],
  ports: [],
};

/**
 * The look-ups by which the `openstack` client turns names of networks, subnets and ports into ids before it asks
 * Octavia. Any id that is asked for exists; names do when they are the two above.
 */
export async function startNeutronStub(): Promise<NeutronStub> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', `http://${request.headers.host}`);
    const body = answer(pathname, searchParams, String(request.headers.host));
    response.writeHead(body === null ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? { NeutronError: { type: 'NotFound', message: pathname, detail: '' } }));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
}

function answer(path: string, query: URLSearchParams, host: string): object | null {
  const [version, collection, id] = path.replace(/\.json$/, '').split('/').filter((part) => part !== '');
  if (version === undefined) return { versions: [{ id: 'v2.0', status: 'CURRENT', links: [{ rel: 'self', href: `http://${host}/v2.0` }] }] };
  const rows = collection === undefined ? undefined : collections[collection];
  if (version !== 'v2.0' || collection === undefined || rows === undefined) return null;
  const singular = collection.slice(0, -1);
  if (id !== undefined) return isId(id) ? { [singular]: make(collection, id) } : null;
  const asked = query.get('id');
  if (asked !== null) return { [collection]: [rows.find((row) => row.id === asked) ?? make(collection, asked)] };
  return { [collection]: rows.filter((row) => !query.has('name') || row.name === query.get('name')) };
}

function make(collection: string, id: string): object {
  if (collection === 'networks') return network(id, id);
  if (collection === 'subnets') return subnet(id, id);
  return { id, name: id, network_id: NETWORK, fixed_ips: [{ subnet_id: SUBNET, ip_address: '198.51.100.9' }] };
}

function network(id: string, name: string) {
  return { id, name, subnets: [SUBNET], admin_state_up: true, status: 'ACTIVE' };
}

function subnet(id: string, name: string) {
  return { id, name, network_id: NETWORK, cidr: '198.51.100.0/24', ip_version: 4 };
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
