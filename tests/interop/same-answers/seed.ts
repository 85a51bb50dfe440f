import { ADMINISTRATOR } from './exchange.ts';
import { callerOf, type Caller } from '../rest.ts';
import { stubSubnetId } from '../../services/neutron-stub.ts';

export const PROJECT = '5b7f8d8a00000000000000000000aaaa';
export const OTHER_PROJECT = '5b7f8d8a00000000000000000000bbbb';
const POOL_PROTOCOLS = ['TCP', 'HTTP', 'HTTPS', 'PROXY', 'PROXYV2', 'UDP', 'SCTP'] as const;

/**
 * Makes the objects that cases name, through one API; `settle` plays the worker after each change.
 * @returns ids by name
 */
export async function seed(url: string, settle: () => Promise<void>): Promise<Map<string, string>> {
  const caller = callerOf(url, ADMINISTRATOR);
  const ids = new Map<string, string>([['project', PROJECT], ['other-project', OTHER_PROJECT], ['subnet', stubSubnetId]]);
  const make = async (name: string, path: string, root: string, body: object) => {
    const made = await caller.object('POST', path, { [root]: { ...(root !== 'rule' && { name }), ...body } });
    ids.set(name, made.id);
    await settle();
    return made.id;
  };
  await seedPlacement(caller, ids);
  const lb = await make('lb', '/lbaas/loadbalancers', 'loadbalancer', { vip_subnet_id: stubSubnetId, vip_address: '192.0.2.100', project_id: PROJECT, tags: ['blue', 'green'] });
  await make('empty', '/lbaas/loadbalancers', 'loadbalancer', { vip_subnet_id: stubSubnetId, vip_address: '192.0.2.101', project_id: OTHER_PROJECT, description: 'nothing on it', tags: ['blue'], admin_state_up: false });
  await make('noop', '/lbaas/loadbalancers', 'loadbalancer', { vip_subnet_id: stubSubnetId, vip_address: '192.0.2.102', project_id: PROJECT, provider: 'noop_driver', tags: ['red'] });
  await make('placed', '/lbaas/loadbalancers', 'loadbalancer', { vip_subnet_id: stubSubnetId, vip_address: '192.0.2.103', project_id: OTHER_PROJECT, flavor_id: ids.get('flavor'), availability_zone: 'zone' });
  const listener = (name: string, body: object) => make(name, '/lbaas/listeners', 'listener', { loadbalancer_id: lb, ...body });
  await listener('listener-tcp', { protocol: 'TCP', protocol_port: 1000, tags: ['blue'] });
  await listener('listener-http', { protocol: 'HTTP', protocol_port: 80, insert_headers: { 'X-Forwarded-For': 'true' } });
  await listener('listener-https', { protocol: 'HTTPS', protocol_port: 443 });
  await listener('listener-tls', { protocol: 'TERMINATED_HTTPS', protocol_port: 8443, default_tls_container_ref: 'server' });
  await listener('listener-udp', { protocol: 'UDP', protocol_port: 53 });
  await listener('listener-sctp', { protocol: 'SCTP', protocol_port: 9900 });
  await listener('listener-prometheus', { protocol: 'PROMETHEUS', protocol_port: 9090 });
  for (const protocol of POOL_PROTOCOLS) {
    await make(`pool-${protocol.toLowerCase()}`, '/lbaas/pools', 'pool', { loadbalancer_id: lb, protocol, lb_algorithm: 'ROUND_ROBIN', ...(protocol === 'HTTP' && { tags: ['blue', 'red'] }) });
  }
  await seedFullPools(make, lb, ids);
  await seedPolicies(make, ids);
  await make('noop-pool', '/lbaas/pools', 'pool', { loadbalancer_id: ids.get('noop'), protocol: 'HTTP', lb_algorithm: 'SOURCE_IP_PORT' });
  return ids;
}

type Make = (name: string, path: string, root: string, body: object) => Promise<string>;

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

async function seedFullPools(make: Make, lb: string, ids: Map<string, string>): Promise<void> {
  const pool = (name: string, body: object) => make(name, '/lbaas/pools', 'pool', { loadbalancer_id: lb, lb_algorithm: 'ROUND_ROBIN', ...body });
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
    await make(`monitor-${type}`, '/lbaas/healthmonitors', 'healthmonitor', { pool_id: parent, delay: 5, timeout: 3, max_retries: 3, ...body });
  }
  for (const last of [10, 11, 12]) {
    await make(`member-${last}`, `/lbaas/pools/${ids.get('pool-http')}/members`, 'member', { address: `192.0.2.${last}`, protocol_port: 80, weight: last, ...(last === 10 && { tags: ['blue'], backup: true }) });
  }
}

async function seedPolicies(make: Make, ids: Map<string, string>): Promise<void> {
  const policy = (name: string, body: object) => make(name, '/lbaas/l7policies', 'l7policy', { listener_id: ids.get('listener-http'), ...body });
  await policy('policy-reject', { action: 'REJECT' });
  await policy('policy-pool', { action: 'REDIRECT_TO_POOL', redirect_pool_id: ids.get('pool-http'), tags: ['blue'] });
  await policy('policy-url', { action: 'REDIRECT_TO_URL', redirect_url: 'http://a.example/' });
  await policy('policy-prefix', { action: 'REDIRECT_PREFIX', redirect_prefix: 'https://a.example', redirect_http_code: 301 });
  const rule = (name: string, body: object) => make(name, `/lbaas/l7policies/${ids.get('policy-reject')}/rules`, 'rule', body);
  await rule('rule-path', { type: 'PATH', compare_type: 'STARTS_WITH', value: '/api' });
  await rule('rule-header', { type: 'HEADER', compare_type: 'EQUAL_TO', key: 'x-a', value: 'b', invert: true });
}
