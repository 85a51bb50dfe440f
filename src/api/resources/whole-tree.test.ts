import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, NETWORK, startTestApi, SUBNET, type TestApi } from '../testing/test-api.ts';

const OTHER_SUBNET = '0a8b2a1c-5f2e-4d53-8a1c-1f4f8f6f1c01';
const GROUP = 'f5b0a7de-6a14-4c5e-9ad3-6b7c1a1b2c3d';

let api: TestApi;
let flavor: string;
beforeAll(async () => {
  api = await startTestApi();
  const profile = await api.call('POST', '/v2/flavorprofiles', { flavorprofile: { name: 'p', provider_name: 'amphora', flavor_data: '{"allow_member_sriov": true, "loadbalancer_topology": "ACTIVE_STANDBY"}' } }, ADMIN);
  flavor = (await api.call('POST', '/v2/flavors', { flavor: { name: 'f', flavor_profile_id: profile.json.flavorprofile.id } }, ADMIN)).json.flavor.id;
});
afterAll(() => api.close());

const create = (loadbalancer: object) => api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_network_id: NETWORK, vip_subnet_id: SUBNET, ...loadbalancer } });

const TLS_LISTENER = {
  name: 'tls', protocol: 'TERMINATED_HTTPS', protocol_port: 443, default_tls_container_ref: 'ref:1', sni_container_refs: ['ref:3', 'ref:2'],
  client_ca_tls_container_ref: 'ref:4', client_authentication: 'OPTIONAL', tls_ciphers: 'ECDHE-RSA-AES256-GCM-SHA384', tls_versions: ['TLSv1.3'], alpn_protocols: ['h2'],
  hsts_max_age: 7, hsts_preload: true, insert_headers: { 'X-Forwarded-For': 'true', 'X-SSL-Client-CN': 'true' }, tags: ['t'], description: 'ends TLS',
  default_pool: { name: 'inner', protocol: 'HTTP', lb_algorithm: 'LEAST_CONNECTIONS', session_persistence: { type: 'APP_COOKIE', cookie_name: 'sid' }, tags: ['p'], admin_state_up: false },
  l7policies: [
    { name: 'to-pool', action: 'REDIRECT_TO_POOL', redirect_pool: { name: 'named' }, tags: ['x'], rules: [{ type: 'SSL_DN_FIELD', compare_type: 'STARTS_WITH', key: 'O', value: 'Acme', tags: ['r'] }, { type: 'COOKIE', compare_type: 'REGEX', key: 'c', value: '^a+', invert: true }] },
    { name: 'to-new', action: 'REDIRECT_TO_POOL', position: 1, redirect_pool: { name: 'fresh', protocol: 'PROXY', lb_algorithm: 'SOURCE_IP' } },
    { name: 'to-url', action: 'REDIRECT_TO_URL', redirect_url: 'https://example.com/a?b=1', redirect_http_code: 308 },
    { name: 'prefix', action: 'REDIRECT_PREFIX', redirect_prefix: 'https://example.com/' },
    { name: 'no', action: 'REJECT' },
  ],
};

const WHOLE = {
  name: 'whole', description: 'd', tags: ['lb'], vip_qos_policy_id: GROUP, additional_vips: [{ subnet_id: OTHER_SUBNET, ip_address: '2001:db8::9' }],
  listeners: [
    TLS_LISTENER,
    { name: 'cidrs', protocol: 'HTTP', protocol_port: 80, allowed_cidrs: ['192.0.2.7/24', '2001:db8::1/64'], connection_limit: 9, timeout_client_data: 1, default_pool: { name: 'named' } },
    { name: 'udp', protocol: 'UDP', protocol_port: 80, default_pool: { name: 'datagrams' } },
    { name: 'sctp', protocol: 'SCTP', protocol_port: 80 },
    { name: 'metrics', protocol: 'PROMETHEUS', protocol_port: 9100 },
  ],
  pools: [
    { name: 'named', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', tls_enabled: true, members: [
      { name: 'm', address: '192.0.2.10', protocol_port: 80, weight: 0, backup: true, subnet_id: SUBNET, monitor_address: '192.0.2.11', monitor_port: 81, tags: ['m'], request_sriov: true },
    ], healthmonitor: { name: 'h', type: 'HTTP', delay: 1, timeout: 2, max_retries: 3, http_version: 1.1, domain_name: 'example.com', expected_codes: '200-204', tags: ['h'] } },
    { name: 'datagrams', protocol: 'UDP', lb_algorithm: 'ROUND_ROBIN', session_persistence: { type: 'SOURCE_IP', persistence_timeout: 5, persistence_granularity: '255.255.0.0' },
      members: [{ address: '2001:db8::20', protocol_port: 53 }], healthmonitor: { type: 'UDP-CONNECT', delay: 3, timeout: 2, max_retries: 3 } },
    { protocol: 'TCP', lb_algorithm: 'SOURCE_IP' },
  ],
};

interface Named { readonly name: string; readonly [field: string]: unknown }

test('everything a create can nest is made, told in full and shown the same afterwards', async () => {
  const answer = await create({ ...WHOLE, flavor_id: flavor });
  expect(answer.text.slice(0, 400)).toMatch(/"whole"/);
  const lb = answer.json.loadbalancer;
  expect(lb).toMatchObject({ vip_network_id: NETWORK, vip_subnet_id: SUBNET, vip_qos_policy_id: GROUP, flavor_id: flavor, additional_vips: [{ subnet_id: OTHER_SUBNET, ip_address: '2001:db8::9' }] });
  const listener = (name: string): Named => lb.listeners.find((item: Named) => item.name === name);
  const pool = (name: string): Named => lb.pools.find((item: Named) => item.name === name);
  expect(listener('tls')).toMatchObject({
    sni_container_refs: ['ref:3', 'ref:2'], client_authentication: 'OPTIONAL', tls_versions: ['TLSv1.3'], alpn_protocols: ['h2'], hsts_max_age: 7, hsts_preload: true, hsts_include_subdomains: false,
    tags: ['t'], default_pool_id: pool('inner')['id'], insert_headers: TLS_LISTENER.insert_headers,
  });
  expect((listener('tls')['l7policies'] as Named[]).map((policy) => [policy.name, policy['action'], policy['position'], policy['redirect_pool_id'], policy['redirect_http_code']])).toEqual([
    ['to-new', 'REDIRECT_TO_POOL', 1, pool('fresh')['id'], null], ['to-pool', 'REDIRECT_TO_POOL', 2, pool('named')['id'], null],
    ['to-url', 'REDIRECT_TO_URL', 3, null, 308], ['prefix', 'REDIRECT_PREFIX', 4, null, 302], ['no', 'REJECT', 5, null, null],
  ]);
  expect(listener('cidrs')).toMatchObject({ allowed_cidrs: ['192.0.2.0/24', '2001:db8::/64'], connection_limit: 9, timeout_client_data: 1, default_pool_id: pool('named')['id'] });
  expect(pool('named')).toMatchObject({ tls_enabled: true, tls_versions: ['TLSv1.2', 'TLSv1.3'], healthmonitor: { domain_name: 'example.com', tags: ['h'] } });
  expect((pool('named')['members'] as Named[])[0]).toMatchObject({ weight: 0, backup: true, monitor_port: 81, vnic_type: 'direct', tags: ['m'], operating_status: 'OFFLINE' });
  expect(pool('datagrams')).toMatchObject({ session_persistence: { type: 'SOURCE_IP', cookie_name: null, persistence_timeout: 5, persistence_granularity: '255.255.0.0' } });
  expect(pool('inner')).toMatchObject({ admin_state_up: false, tags: ['p'], healthmonitor: null });
  expect(lb.pools).toHaveLength(5);
  await api.settle();
  for (const [collection, items] of [['listeners', lb.listeners], ['pools', lb.pools]] as const) {
    for (const item of items) {
      const [shown] = Object.values<Record<string, unknown>>((await api.call('GET', `/v2/lbaas/${collection}/${item.id}`)).json);
      for (const name of Object.keys(item).filter((key) => !['l7policies', 'members', 'healthmonitor', 'provisioning_status'].includes(key))) expect(shown?.[name], name).toEqual(item[name]);
    }
  }
  const [row] = await api.store.read.selectFrom('load_balancer').select('topology').where('id', '=', lb.id).execute();
  expect(row?.topology).toBe('ACTIVE_STANDBY');
});

const tcp = (more: object) => ({ listeners: [{ protocol: 'TCP', protocol_port: 1, ...more }] });
const udpMember = (address: string) => ({ listeners: [{ protocol: 'UDP', protocol_port: 1, default_pool: { name: 'p', protocol: 'UDP', lb_algorithm: 'ROUND_ROBIN', members: [{ address, protocol_port: 1 }] } }] });

test.each<readonly [string, object, number, string]>([
  ['an algorithm amphorae lack', { pools: [{ protocol: 'TCP', lb_algorithm: 'SOURCE_IP_PORT' }] }, 501, 'does not support SOURCE_IP_PORT algorithm.'],
  ['policies of a TCP listener', tcp({ l7policies: [{ action: 'REJECT' }] }), 501, 'TCP protocol listeners do not support L7 policies'],
  ['members of a family no VIP has', udpMember('2001:db8::1'), 501, 'in UDP load balancers.'],
  ['CIDRs of a family no VIP has', tcp({ allowed_cidrs: ['2001:db8::/64'] }), 400, 'Validation failure: CIDR 2001:db8::/64 IP version incompatible with all VIPs'],
  ['CIDRs beside own security groups', { vip_sg_ids: [GROUP], ...tcp({ allowed_cidrs: ['192.0.2.0/24'] }) }, 400, 'Validation failure: Allowed CIDRs are not allowed when using custom VIP Security Groups.'],
  ['children of a PROMETHEUS listener', { listeners: [{ protocol: 'PROMETHEUS', protocol_port: 1, default_pool: { name: 'p', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' } }] }, 400, 'Protocol PROMETHEUS listeners cannot have child objects.'],
  ['a redirect to a pool of another protocol', { listeners: [{ protocol: 'HTTP', protocol_port: 1, l7policies: [{ action: 'REDIRECT_TO_POOL', redirect_pool: { name: 'p', protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN' } }] }] }, 400, "Validation failure: The pool protocol 'TCP' is invalid while the listener protocol is 'HTTP'."],
  ['a pool of another protocol', tcp({ default_pool: { name: 'p', protocol: 'UDP', lb_algorithm: 'ROUND_ROBIN' } }), 400, "Validation failure: The pool protocol 'UDP' is invalid while the listener protocol is 'TCP'."],
  ['a rule that does not fit', { listeners: [{ protocol: 'HTTP', protocol_port: 1, l7policies: [{ action: 'REJECT', rules: [{ type: 'FILE_TYPE', compare_type: 'CONTAINS', value: 'x' }] }] }] }, 400, 'Error parsing L7Rule: Invalid L7 Rule: invalid comparison type for rule type'],
  ['a monitor that does not fit', { pools: [{ protocol: 'UDP', lb_algorithm: 'ROUND_ROBIN', healthmonitor: { type: 'PING', delay: 3, timeout: 1, max_retries: 1 } }] }, 400, 'Validation failure: The associated pool protocol is UDP'],
  ['the same member twice', { pools: [{ protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', members: [{ address: '192.0.2.1', protocol_port: 1 }, { address: '192.0.2.1', protocol_port: 1 }] }] }, 409, 'Another member on this pool is already using ip 192.0.2.1 on protocol_port 1'],
  ['a member on a reserved address', { pools: [{ protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', members: [{ address: '169.254.169.254', protocol_port: 1 }] }] }, 400, '169.254.169.254 is not a valid option for member address'],
  ['an SR-IOV member the flavor forbids', { pools: [{ protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', members: [{ address: '192.0.2.1', protocol_port: 1, request_sriov: true }] }] }, 400, 'The load balancer flavor does not allow SR-IOV member ports.'],
  ['cookies on a UDP pool', { pools: [{ protocol: 'UDP', lb_algorithm: 'ROUND_ROBIN', session_persistence: { type: 'HTTP_COOKIE' } }] }, 400, 'Validation failure: Session persistence of type HTTP_COOKIE is not supported for UDP/SCTP protocol pools.'],
  ['TLS without a certificate', { listeners: [{ protocol: 'TERMINATED_HTTPS', protocol_port: 1 }] }, 400, 'Validation failure: An SNI or default certificate container reference must be provided for TERMINATED_HTTPS protocol listeners.'],
])('one bad child refuses the whole: %s', async (_name, tree, status, text) => {
  const before = await api.store.read.selectFrom('load_balancer').select('id').execute();
  const answer = await create(tree);
  expect([answer.status, answer.json.faultstring]).toEqual([status, expect.stringContaining(text)]);
  expect(await api.store.read.selectFrom('load_balancer').select('id').execute()).toEqual(before);
});
