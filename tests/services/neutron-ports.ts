import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

export interface NeutronPorts {
  readonly url: string;
  /** Ports that exist, by id. */
  readonly ports: ReadonlyMap<string, Port>;
  stop(): Promise<void>;
}

export interface Port {
  readonly id: string;
  readonly name: string;
  readonly network_id: string;
  readonly fixed_ips: readonly { readonly subnet_id: string; readonly ip_address: string }[];
}

/** As much of Neutron as a provider needs that makes VIP ports: ports are kept, every subnet exists. `refusal` makes port creation fail. */
export async function startNeutronPorts(options: { readonly onNetwork: (networkId: string) => Promise<unknown>; readonly refusal: () => string | null }): Promise<NeutronPorts> {
  const ports = new Map<string, Port>();
  const create = async (body: string): Promise<[number, object]> => {
    const refusal = options.refusal();
    if (refusal !== null) return [409, { NeutronError: { type: 'OverQuota', message: refusal, detail: '' } }];
    const { port } = JSON.parse(body) as { port: Partial<Port> & { network_id: string } };
    await options.onNetwork(port.network_id);
    const fixed = (port.fixed_ips ?? []).map(({ subnet_id, ip_address }) => ({ subnet_id, ip_address: ip_address ?? `198.51.100.${20 + ports.size}` }));
    const made: Port = { id: randomUUID(), name: port.name ?? '', network_id: port.network_id, fixed_ips: fixed };
    ports.set(made.id, made);
    return [201, { port: made }];
  };
  const read = (path: string, query: URLSearchParams): [number, object] => {
    const [, collection, id = ''] = path.split('/').filter((part) => part !== '');
    if (collection === 'subnets') return [200, { subnet: { id, network_id: 'any', cidr: '198.51.100.0/24', gateway_ip: '198.51.100.1', ip_version: 4 } }];
    const matching = [...ports.values()].filter((port) => ['network_id', 'name'].every((key) => !query.has(key) || port[key as 'name'] === query.get(key)));
    if (id === '') return [200, { ports: matching }];
    const port = ports.get(id);
    return port === undefined ? [404, { NeutronError: { type: 'PortNotFound', message: `Port ${id} could not be found.`, detail: '' } }] : [200, { port }];
  };
  const server = createServer((request, response) => {
    const url = new URL((request.url ?? '/').replace('.json', ''), 'http://neutron');
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => void answer(request.method ?? '', url, body).then(([status, value]) => response.writeHead(status, { 'content-type': 'application/json' }).end(status === 204 ? '' : JSON.stringify(value))));
  });
  const answer = async (method: string, url: URL, body: string): Promise<[number, object]> => {
    if (method === 'POST') return create(body);
    if (method === 'DELETE') return ports.delete(url.pathname.split('/').at(-1) ?? '') ? [204, {}] : [404, {}];
    return read(url.pathname, url.searchParams);
  };
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return {
    url: `http://127.0.0.1:${address.port}`, ports,
    stop: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
}
