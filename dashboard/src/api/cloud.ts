import { call } from './http.ts';

// What the dashboard uses of Neutron, Nova and Barbican, in their own words.

export interface Network {
  readonly id: string;
  readonly name: string;
  readonly subnets: readonly string[];
  readonly shared?: boolean;
  readonly 'router:external'?: boolean;
}

export interface Subnet {
  readonly id: string;
  readonly name: string;
  readonly network_id: string;
  readonly cidr: string;
  readonly ip_version: 4 | 6;
}

export interface Port {
  readonly id: string;
  readonly name: string;
  readonly network_id: string;
  readonly device_owner: string;
  readonly device_id: string;
  readonly fixed_ips: readonly { readonly subnet_id: string; readonly ip_address: string }[];
}

export interface FloatingIp {
  readonly id: string;
  readonly floating_ip_address: string;
  readonly floating_network_id: string;
  readonly port_id: string | null;
  readonly fixed_ip_address: string | null;
  readonly project_id: string;
}

export interface Named {
  readonly id: string;
  readonly name: string;
}

export interface Server extends Named {
  readonly status: string;
  readonly addresses: Readonly<Record<string, readonly { readonly addr: string; readonly version: number }[]>>;
}

export interface CertificateContainer {
  readonly name: string | null;
  readonly container_ref: string;
  readonly type: string;
}

export interface Secret {
  readonly name: string | null;
  readonly secret_ref: string;
}

interface NextLink { readonly rel: string; readonly href: string }

/** All objects of a list: page after page where the service gives them in pages. */
async function inPages<T>(path: string, key: string): Promise<readonly T[]> {
  const all: T[] = [];
  for (let query = ''; ; ) {
    const answer = await call<Readonly<Record<string, readonly T[] | readonly NextLink[] | undefined>>>('GET', path + query);
    const page = (answer[key] ?? []) as readonly T[];
    all.push(...page);
    const next = ((answer[`${key}_links`] ?? []) as readonly NextLink[]).find(({ rel }) => rel === 'next');
    if (next === undefined || page.length === 0) return all;
    // Links may name a host that the browser does not reach: only the query counts.
    const { search } = new URL(next.href, 'http://next');
    if (search === query) return all;
    query = search;
  }
}

const network = <T>(collection: string): Promise<readonly T[]> => inPages<T>(`/network/v2.0/${collection}`, collection.replaceAll('-', '_').replace('qos/policies', 'policies'));

export const listNetworks = () => network<Network>('networks');
export const listSubnets = () => network<Subnet>('subnets');
export const listPorts = () => network<Port>('ports');
export const listFloatingIps = () => network<FloatingIp>('floatingips');
export const listSecurityGroups = () => network<Named>('security-groups');
export const listQosPolicies = () => network<Named>('qos/policies');

/** Addresses of a project that lead nowhere yet. Administrators are told of everybody's. */
export const freeFloatingIps = (all: readonly FloatingIp[], projectId: string): readonly FloatingIp[] => all.filter((one) => one.port_id === null && one.project_id === projectId);

/** Where a floating IP leads to: a port, and which of its addresses. */
export interface FloatingTarget {
  readonly portId: string;
  readonly address: string;
}

/** Neutron asks for the address where a port has several; floating IPs lead to IPv4 addresses only. */
const targetOf = ({ portId, address }: FloatingTarget) => ({ port_id: portId, ...(/^[\d.]+$/.test(address) && { fixed_ip_address: address }) });

/** A new floating IP on an external network, at once in its place. */
export async function createFloatingIp(networkId: string, target: FloatingTarget): Promise<FloatingIp> {
  return (await call<{ floatingip: FloatingIp }>('POST', '/network/v2.0/floatingips', { floatingip: { floating_network_id: networkId, ...targetOf(target) } })).floatingip;
}

/** Null takes the address off its port. */
export async function placeFloatingIp(id: string, target: FloatingTarget | null): Promise<FloatingIp> {
  return (await call<{ floatingip: FloatingIp }>('PUT', `/network/v2.0/floatingips/${encodeURIComponent(id)}`, { floatingip: target === null ? { port_id: null } : targetOf(target) })).floatingip;
}

export const listServers = () => inPages<Server>('/compute/servers/detail', 'servers');

/** Pages of Nova hold at most this many. */
const SERVER_PAGE = 1000;

/** On which host each machine of every project runs, as far as the caller may know. Throws ServiceFault. */
export async function listHosts(): Promise<ReadonlyMap<string, string>> {
  const hosts = new Map<string, string>();
  for (let marker = ''; ; ) {
    const query = `all_tenants=1&limit=${SERVER_PAGE}${marker === '' ? '' : `&marker=${encodeURIComponent(marker)}`}`;
    const { servers } = await call<{ servers: readonly { readonly id: string; readonly 'OS-EXT-SRV-ATTR:host'?: string | null }[] }>('GET', `/compute/servers/detail?${query}`);
    for (const server of servers) {
      const host = server['OS-EXT-SRV-ATTR:host'];
      if (typeof host === 'string') hosts.set(server.id, host);
    }
    const last = servers.at(-1)?.id;
    if (servers.length < SERVER_PAGE || last === undefined || last === marker) return hosts;
    marker = last;
  }
}

/** Pages of Barbican hold at most this many. */
const KEY_PAGE = 100;

/** Everything of one of Barbican's collections, page by page. */
async function keys<T>(collection: 'containers' | 'secrets'): Promise<readonly T[]> {
  const all: T[] = [];
  for (;;) {
    const page = await call<Readonly<Record<string, readonly T[] | undefined>>>('GET', `/key-manager/v1/${collection}?limit=${KEY_PAGE}&offset=${all.length}`);
    const found = page[collection] ?? [];
    all.push(...found);
    if (found.length < KEY_PAGE) return all;
  }
}

export const listCertificates = async () => (await keys<CertificateContainer>('containers')).filter(({ type }) => type === 'certificate');
export const listSecrets = () => keys<Secret>('secrets');
