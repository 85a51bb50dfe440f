import { ADMINISTRATOR } from './exchange.ts';
import { callerOf, type Caller } from '../rest.ts';
import { stubSubnetId } from '../../services/neutron-stub.ts';

export const PROJECT = '5b7f8d8a00000000000000000000aaaa';
const OTHER_PROJECT = '5b7f8d8a00000000000000000000bbbb';
/** Owns a handful of pools whose lists are paged and sorted. */
const PAGED_PROJECT = '5b7f8d8a00000000000000000000dddd';
/** Owns what needs no project in particular. */
const CROWD_PROJECT = '5b7f8d8a00000000000000000000eeee';
const POOL_PROTOCOLS = ['TCP', 'HTTP', 'HTTPS', 'PROXY', 'PROXYV2', 'UDP', 'SCTP'] as const;

/**
 * Makes the objects that cases name, through one API; `settle` plays the worker after each change. The original reads the whole load
 * balancer of whatever it is asked about, one query for each object: most objects have one to themselves.
 * @returns ids by name
 */
export async function seed(url: string, settle: () => Promise<void>): Promise<Map<string, string>> {
  const caller = callerOf(url, ADMINISTRATOR);
  const ids = new Map<string, string>([['project', PROJECT], ['other-project', OTHER_PROJECT], ['paged-project', PAGED_PROJECT], ['subnet', stubSubnetId]]);
  const make = async (name: string, path: string, root: string, body: object) => {
    const made = await caller.object('POST', path, { [root]: { ...(root !== 'rule' && { name }), ...body } });
    ids.set(name, made.id);
    await settle();
    return made.id;
  };
  await seedPlacement(caller, ids);
  let last = 99;
  const loadBalancer = (name: string, body: object) => make(name, '/lbaas/loadbalancers', 'loadbalancer', { vip_subnet_id: stubSubnetId, vip_address: `192.0.2.${(last += 1)}`, project_id: CROWD_PROJECT, ...body });
  const maker: Maker = { make, ids, own: (name) => loadBalancer(`lb-${name}`, {}) };
  const lb = await loadBalancer('lb', { project_id: PROJECT, tags: ['blue', 'green'] });
  await loadBalancer('empty', { project_id: OTHER_PROJECT, description: 'nothing on it', tags: ['blue'], admin_state_up: false });
  await loadBalancer('noop', { project_id: PROJECT, provider: 'noop_driver', tags: ['red'] });
  await loadBalancer('placed', { project_id: OTHER_PROJECT, flavor_id: ids.get('flavor'), availability_zone: 'zone' });
  await loadBalancer('plain', { project_id: PROJECT });
  await seedListeners(maker, lb);
  await seedPolicies(maker, lb);
  for (const protocol of POOL_PROTOCOLS.filter((one) => one !== 'HTTP')) await seedPool(maker, `pool-${protocol.toLowerCase()}`, { protocol });
  await seedFullPools(maker);
  const members = await loadBalancer('lb-pool-http', { project_id: PROJECT });
  await make('pool-http', '/lbaas/pools', 'pool', { loadbalancer_id: members, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', tags: ['blue', 'red'] });
  for (const end of [10, 11, 12]) {
    await make(`member-${end}`, `/lbaas/pools/${ids.get('pool-http')}/members`, 'member', { address: `192.0.2.${end}`, protocol_port: 80, weight: end, ...(end === 10 && { tags: ['blue'], backup: true }) });
  }
  await seedPagedPools(maker, await loadBalancer('paged', { project_id: PAGED_PROJECT }));
  await make('noop-pool', '/lbaas/pools', 'pool', { loadbalancer_id: ids.get('noop'), protocol: 'HTTP', lb_algorithm: 'SOURCE_IP_PORT' });
  return ids;
}

type Make = (name: string, path: string, root: string, body: object) => Promise<string>;

interface Maker {
  readonly make: Make;
  readonly ids: ReadonlyMap<string, string>;
  /** A load balancer for the object of this name alone. */
  readonly own: (name: string) => Promise<string>;
}

async function seedListeners({ make, own }: Maker, lb: string): Promise<void> {
  const listener = (name: string, loadBalancerId: string, body: object) => make(name, '/lbaas/listeners', 'listener', { loadbalancer_id: loadBalancerId, ...body });
  await listener('listener-http', lb, { protocol: 'HTTP', protocol_port: 80, insert_headers: { 'X-Forwarded-For': 'true' } });
  const others = {
    tcp: { protocol: 'TCP', protocol_port: 1000, tags: ['blue'] }, https: { protocol: 'HTTPS', protocol_port: 443 }, tls: { protocol: 'TERMINATED_HTTPS', protocol_port: 8443, default_tls_container_ref: 'server' },
    udp: { protocol: 'UDP', protocol_port: 53 }, sctp: { protocol: 'SCTP', protocol_port: 9900 }, prometheus: { protocol: 'PROMETHEUS', protocol_port: 9090 }, plain: { protocol: 'HTTP', protocol_port: 80 },
  } as const;
  for (const [kind, body] of Object.entries(others)) await listener(`listener-${kind}`, await own(`listener-${kind}`), body);
}

async function seedPool({ make, own }: Maker, name: string, body: object): Promise<string> {
  return await make(name, '/lbaas/pools', 'pool', { loadbalancer_id: await own(name), lb_algorithm: 'ROUND_ROBIN', ...body });
}

/** Pools that differ in what lists are sorted and filtered by. */
async function seedPagedPools({ make, ids }: Maker, loadBalancerId: string): Promise<void> {
  const bodies: readonly object[] = [
    { protocol: 'HTTP', tags: ['blue', 'red'] }, { protocol: 'TCP', tags: ['blue'], admin_state_up: false }, { protocol: 'HTTP', tags: ['green'], session_persistence: { type: 'SOURCE_IP' } }, { protocol: 'UDP' }, { protocol: 'HTTP', description: 'fifth', admin_state_up: false },
  ];
  for (const [index, body] of bodies.entries()) await make(`paged-${index + 1}`, '/lbaas/pools', 'pool', { loadbalancer_id: loadBalancerId, lb_algorithm: 'ROUND_ROBIN', ...body });
  await make('paged-monitor', '/lbaas/healthmonitors', 'healthmonitor', { pool_id: ids.get('paged-1'), type: 'TCP', delay: 5, timeout: 3, max_retries: 3 });
}

async function seedPlacement(caller: Caller, ids: Map<string, string>): Promise<void> {
  const make = async (name: string, path: string, root: string, body: object) => {
    ids.set(name, (await caller.object('POST', `/lbaas/${path}`, { [root]: { name, ...body } })).id);
  };
  await make('flavor-profile', 'flavorprofiles', 'flavorprofile', { provider_name: 'amphora', flavor_data: '{"loadbalancer_topology": "SINGLE"}' });
  await make('free-flavor-profile', 'flavorprofiles', 'flavorprofile', { provider_name: 'amphora', flavor_data: '{"compute_flavor": "1"}' });
  await make('noop-flavor-profile', 'flavorprofiles', 'flavorprofile', { provider_name: 'noop_driver', flavor_data: '{}' });
  await make('flavor', 'flavors', 'flavor', { flavor_profile_id: ids.get('flavor-profile'), description: 'in use' });
  await make('free-flavor', 'flavors', 'flavor', { flavor_profile_id: ids.get('flavor-profile') });
  await make('disabled-flavor', 'flavors', 'flavor', { flavor_profile_id: ids.get('flavor-profile'), enabled: false });
  await make('noop-flavor', 'flavors', 'flavor', { flavor_profile_id: ids.get('noop-flavor-profile') });
  await make('zone-profile', 'availabilityzoneprofiles', 'availability_zone_profile', { provider_name: 'amphora', availability_zone_data: '{"compute_zone": "nova"}' });
  await make('free-zone-profile', 'availabilityzoneprofiles', 'availability_zone_profile', { provider_name: 'amphora', availability_zone_data: '{"compute_zone": "nova"}' });
  await make('noop-zone-profile', 'availabilityzoneprofiles', 'availability_zone_profile', { provider_name: 'noop_driver', availability_zone_data: '{}' });
  await make('zone', 'availabilityzones', 'availability_zone', { availability_zone_profile_id: ids.get('zone-profile'), description: 'in use' });
  await make('free-zone', 'availabilityzones', 'availability_zone', { availability_zone_profile_id: ids.get('zone-profile') });
  await make('disabled-zone', 'availabilityzones', 'availability_zone', { availability_zone_profile_id: ids.get('zone-profile'), enabled: false });
  await make('noop-zone', 'availabilityzones', 'availability_zone', { availability_zone_profile_id: ids.get('noop-zone-profile') });
  // Zones are known by name.
  for (const name of ['zone', 'free-zone', 'disabled-zone', 'noop-zone']) ids.set(name, name);
}

async function seedFullPools(maker: Maker): Promise<void> {
  const pool = (name: string, body: object) => seedPool(maker, name, body);
  await pool('pool-app-cookie', { protocol: 'HTTP', session_persistence: { type: 'APP_COOKIE', cookie_name: 'session' }, description: 'sticky' });
  await pool('pool-source-ip', { protocol: 'TCP', session_persistence: { type: 'SOURCE_IP' } });
  await pool('pool-udp-sticky', { protocol: 'UDP', session_persistence: { type: 'SOURCE_IP', persistence_timeout: 60, persistence_granularity: '255.255.0.0' } });
  await pool('pool-tls', { protocol: 'HTTPS', tls_enabled: true, tls_container_ref: 'server', ca_tls_container_ref: 'authority', crl_container_ref: 'revoked' });
  const monitored: readonly (readonly [type: string, protocol: string, body: object])[] = [
    ['http', 'HTTP', { type: 'HTTP' }], ['https', 'HTTPS', { type: 'HTTPS', http_version: 1.1, domain_name: 'a.example' }], ['ping', 'TCP', { type: 'PING' }], ['tcp', 'TCP', { type: 'TCP' }],
    ['hello', 'HTTPS', { type: 'TLS-HELLO' }], ['udp', 'UDP', { type: 'UDP-CONNECT' }], ['sctp', 'SCTP', { type: 'SCTP' }],
  ];
  for (const [type, protocol, body] of monitored) {
    const parent = await pool(`pool-checked-${type}`, { protocol });
    await maker.make(`monitor-${type}`, '/lbaas/healthmonitors', 'healthmonitor', { pool_id: parent, delay: 5, timeout: 3, max_retries: 3, ...body });
  }
}

async function seedPolicies({ make, ids }: Maker, lb: string): Promise<void> {
  const policy = (name: string, listener: string, body: object) => make(name, '/lbaas/l7policies', 'l7policy', { listener_id: ids.get(listener), ...body });
  const redirect = await make('pool-redirect', '/lbaas/pools', 'pool', { loadbalancer_id: lb, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' });
  await policy('policy-pool', 'listener-http', { action: 'REDIRECT_TO_POOL', redirect_pool_id: redirect, tags: ['blue'] });
  await policy('policy-url', 'listener-http', { action: 'REDIRECT_TO_URL', redirect_url: 'http://a.example/' });
  await policy('policy-prefix', 'listener-http', { action: 'REDIRECT_PREFIX', redirect_prefix: 'https://a.example', redirect_http_code: 301 });
  const reject = await policy('policy-reject', 'listener-plain', { action: 'REJECT' });
  const rule = (name: string, body: object) => make(name, `/lbaas/l7policies/${reject}/rules`, 'rule', body);
  await rule('rule-path', { type: 'PATH', compare_type: 'STARTS_WITH', value: '/api' });
  await rule('rule-header', { type: 'HEADER', compare_type: 'EQUAL_TO', key: 'x-a', value: 'b', invert: true });
}
