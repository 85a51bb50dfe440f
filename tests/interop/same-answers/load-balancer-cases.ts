import { exchange, single, type Case } from './exchange.ts';

const LOAD_BALANCERS = '/lbaas/loadbalancers';
const UNKNOWN = '11111111-2222-4333-8444-555555555555';
const NIL = '00000000-0000-0000-0000-000000000000';
const base = { vip_subnet_id: '$subnet', vip_address: '192.0.2.200', project_id: '$project' };
const create = (fields: object) => single('POST', LOAD_BALANCERS, { loadbalancer: { ...base, ...fields } });
const bare = (fields: object) => single('POST', LOAD_BALANCERS, { loadbalancer: fields });
const update = (name: string, fields: object) => single('PUT', `${LOAD_BALANCERS}/$${name}`, { loadbalancer: fields });

const vips: readonly Case[] = [
  bare({}), bare({ vip_address: '192.0.2.200' }), bare({ vip_subnet_id: '$subnet' }), ...['no-uuid', null, '', 5].flatMap((value) => [bare({ vip_subnet_id: value }), bare({ vip_network_id: value }), bare({ vip_port_id: value })]),
  ...['2001:db8::5', '192.0.2.256', 'x', '', null, 5].map((vip_address) => create({ vip_address })), ...[UNKNOWN, 'no-uuid', null].map((vip_qos_policy_id) => create({ vip_qos_policy_id })),
  ...[[], null, [{ subnet_id: '$subnet' }], [{ subnet_id: UNKNOWN, ip_address: '198.51.100.5' }], [{ ip_address: '198.51.100.5' }], [{ subnet_id: 'no-uuid' }], [{ subnet_id: UNKNOWN }, { subnet_id: UNKNOWN }], 'x', [{ subnet_id: UNKNOWN, colour: 1 }], [{ subnet_id: UNKNOWN, ip_address: 'x' }]].map((additional_vips) => create({ additional_vips })),
];

const fields: readonly Case[] = [
  create({ name: 'n', description: 'd', tags: ['a', 'b'], admin_state_up: false }), create({ name: null, description: null, tags: null, admin_state_up: null }), create({ name: 'x'.repeat(256) }), create({ description: 'x'.repeat(256) }), create({ tags: ['a', 'a'] }), create({ tags: ['x'.repeat(256)] }), create({ tags: 'a' }), create({ name: 5 }),
  create({ project_id: 'x'.repeat(37) }), create({ project_id: null }), create({ project_id: '' }), create({ tenant_id: '$other-project' }), bare({ vip_subnet_id: '$subnet', vip_address: '192.0.2.200', tenant_id: '$other-project' }), create({ id: UNKNOWN }), create({ colour: 1 }), create({ topology: 'SINGLE' }), create({ provisioning_status: 'ACTIVE' }),
  ...['amphora', 'octavia', 'noop_driver', 'unheard-of', '', 'x'.repeat(65), 5].map((provider) => create({ provider })), create({ listeners: null }), create({ pools: null }), create({ listeners: {} }), create({ listeners: ['x'] }), create({ listeners: [], pools: [] }),
];

const updates: readonly Case[] = [
  update('lb', {}), update('lb', { name: 'n', description: 'd', tags: ['z'], admin_state_up: false }), update('plain', { name: null, description: null, tags: null, admin_state_up: null }), update('plain', { tags: [] }), update('plain', { name: 'x'.repeat(256) }), ...[UNKNOWN, 'no-uuid', null].map((vip_qos_policy_id) => update('plain', { vip_qos_policy_id })),
  ...['vip_address', 'vip_subnet_id', 'vip_network_id', 'vip_port_id', 'provider', 'project_id', 'listeners', 'pools', 'additional_vips', 'flavor_id', 'id', 'topology'].map((name) => update('plain', { [name]: null })), ...['busy', 'failed', 'noop'].map((name) => update(name, { name: 'n' })),
  single('PUT', `${LOAD_BALANCERS}/${UNKNOWN}`, { loadbalancer: { name: 'n' } }), single('PUT', `${LOAD_BALANCERS}/no-uuid`, { loadbalancer: { name: 'n' } }),
];

const others: readonly Case[] = [
  ...['$lb', '$plain', '$noop', '$busy', '$failed', UNKNOWN, 'no-uuid'].flatMap((id) => ['', '?cascade=true', '?cascade=false'].map((query) => single('DELETE', `${LOAD_BALANCERS}/${id}${query}`))), ...['True', '1', 'yes', 'x', ''].map((value) => single('DELETE', `${LOAD_BALANCERS}/$lb?cascade=${value}`)),
  ...['$plain', '$noop', '$busy', '$failed', UNKNOWN].map((id) => single('PUT', `${LOAD_BALANCERS}/${id}/failover`)), single('PUT', `${LOAD_BALANCERS}/$plain/failover`, {}), single('GET', `${LOAD_BALANCERS}/no-uuid`), single('GET', `${LOAD_BALANCERS}/$noop/status`),
  { name: 'what is deleted is gone when that is done', exchanges: [exchange('DELETE', `${LOAD_BALANCERS}/$noop?cascade=true`), exchange('GET', `${LOAD_BALANCERS}/$noop`)] },
];

const POOL = { name: 'p', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' };
const LISTENER = { name: 'l', protocol: 'HTTP', protocol_port: 80 };
const MEMBER = { address: '192.0.2.9', protocol_port: 80 };
const MONITOR = { name: 'm', type: 'HTTP', delay: 5, timeout: 3, max_retries: 3 };
const RULE = { type: 'PATH', compare_type: 'STARTS_WITH', value: '/a' };
const whole = (listeners: readonly object[], pools?: readonly object[]) => create({ listeners, ...(pools !== undefined && { pools }) });
const withPool = (pool: object) => whole([{ ...LISTENER, default_pool: { ...POOL, ...pool } }]);
const withPolicy = (policy: object, pools?: readonly object[]) => whole([{ ...LISTENER, l7policies: [policy] }], pools);
const without = (object: object, name: string) => Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));

const populated: readonly Case[] = [
  whole([LISTENER]), whole([], [POOL]), whole([{ ...LISTENER, default_pool: POOL }]), whole([{ ...LISTENER, default_pool: { name: 'p' } }], [POOL]), whole([{ ...LISTENER, default_pool: { name: 'absent' } }], [POOL]), whole([{ ...LISTENER, default_pool: { name: 'p' } }]),
  whole([{ ...LISTENER, default_pool: POOL }], [POOL]), whole([], [POOL, POOL]), whole([], [without(POOL, 'name'), { ...POOL, name: 'q' }]), whole([{ ...LISTENER, default_pool: without(POOL, 'name') }]), whole([{ ...LISTENER, default_pool: null }]), whole([{ ...LISTENER, default_pool: {} }]), whole([{ ...LISTENER, default_pool_id: '$pool-http' }]),
  whole([LISTENER, { ...LISTENER, protocol_port: 81 }]), whole([LISTENER, LISTENER]), whole([LISTENER, { ...LISTENER, protocol: 'UDP' }]), whole([{ ...LISTENER, loadbalancer_id: '$lb' }]), ...['protocol', 'protocol_port'].map((name) => whole([without(LISTENER, name)])), ...['protocol', 'lb_algorithm'].map((name) => whole([], [without(POOL, name)])),
  ...['protocol', 'lb_algorithm'].map((name) => whole([{ ...LISTENER, default_pool: without({ ...POOL, members: [MEMBER], description: 'd' }, name) }])), whole([{ ...LISTENER, colour: 1 }]), whole([], [{ ...POOL, colour: 1 }]), whole([], [{ ...POOL, loadbalancer_id: '$lb' }]), whole([{ ...LISTENER, protocol_port: 0 }]), whole([{ ...LISTENER, protocol: 'FTP' }]),
  whole([{ ...LISTENER, protocol: 'TERMINATED_HTTPS' }]), whole([{ ...LISTENER, protocol: 'TERMINATED_HTTPS', default_tls_container_ref: 'server' }]), whole([{ ...LISTENER, default_tls_container_ref: 'absent' }]), whole([{ ...LISTENER, insert_headers: { 'X-Colour': 'true' } }]), whole([{ ...LISTENER, allowed_cidrs: ['2001:db8::/32'] }]), whole([{ ...LISTENER, allowed_cidrs: ['192.0.2.0/24'] }]), whole([{ ...LISTENER, protocol: 'UDP', default_pool: POOL }]), whole([{ ...LISTENER, protocol: 'PROMETHEUS', default_pool: POOL }]),
  withPool({ members: [MEMBER, { ...MEMBER, protocol_port: 81 }] }), withPool({ members: [MEMBER, MEMBER] }), withPool({ members: [{ protocol_port: 80 }] }), withPool({ members: [{ ...MEMBER, address: 'x' }] }), withPool({ members: [{ ...MEMBER, address: '169.254.169.254' }] }), withPool({ members: [{ ...MEMBER, subnet_id: UNKNOWN }] }), withPool({ members: [{ ...MEMBER, weight: 300 }] }), withPool({ members: [{ ...MEMBER, tags: ['t'] }], tags: ['u'] }),
  withPool({ healthmonitor: MONITOR }), withPool({ healthmonitor: { ...MONITOR, type: 'UDP-CONNECT' } }), withPool({ healthmonitor: { ...MONITOR, delay: undefined } }), withPool({ healthmonitor: { ...MONITOR, type: 'TCP', url_path: '/' } }), withPool({ healthmonitor: { ...MONITOR, domain_name: 'a.example' } }), withPool({ healthmonitor: { ...MONITOR, pool_id: '$pool-http' } }), withPool({ healthmonitor: null }), withPool({ members: null }),
  withPool({ session_persistence: { type: 'APP_COOKIE' } }), withPool({ session_persistence: { type: 'SOURCE_IP' } }), withPool({ protocol: 'TCP' }), withPool({ protocol: 'PROXY' }), withPool({ tls_enabled: true, tls_versions: [] }), withPool({ lb_algorithm: 'SOURCE_IP_PORT' }),
];

const policies: readonly Case[] = [
  withPolicy({ action: 'REJECT' }), withPolicy({ action: 'REJECT', rules: [RULE] }), withPolicy({ action: 'REJECT', rules: [RULE, { ...RULE, compare_type: 'REGEX', value: '[' }] }), withPolicy({ action: 'REJECT', rules: [without(RULE, 'value')] }), withPolicy({ action: 'REJECT', rules: [{ ...RULE, type: 'FILE_TYPE' }] }), withPolicy({ action: 'REJECT', rules: null }),
  withPolicy({ action: 'REDIRECT_TO_URL' }), withPolicy({ action: 'REDIRECT_TO_URL', redirect_url: 'http://a.example' }), withPolicy({ action: 'REDIRECT_TO_URL', redirect_url: 'x' }), withPolicy({ action: 'REDIRECT_PREFIX', redirect_prefix: 'http://a.example', redirect_http_code: 301 }), withPolicy({}), withPolicy({ action: 'MAGIC' }), withPolicy({ action: 'REJECT', listener_id: '$listener-http' }), withPolicy({ action: 'REJECT', colour: 1 }),
  withPolicy({ action: 'REDIRECT_TO_POOL', redirect_pool: POOL }), withPolicy({ action: 'REDIRECT_TO_POOL', redirect_pool: { name: 'p' } }, [POOL]), withPolicy({ action: 'REDIRECT_TO_POOL', redirect_pool: { name: 'absent' } }, [POOL]), withPolicy({ action: 'REDIRECT_TO_POOL', redirect_pool: without(POOL, 'name') }), withPolicy({ action: 'REDIRECT_TO_POOL' }), withPolicy({ action: 'REDIRECT_TO_POOL', redirect_pool_id: '$pool-http' }),
  withPolicy({ action: 'REDIRECT_TO_POOL', redirect_pool: { ...POOL, protocol: 'TCP' } }), withPolicy({ action: 'REJECT', position: 5 }), whole([{ ...LISTENER, protocol: 'TCP', l7policies: [{ action: 'REJECT' }] }]), whole([{ ...LISTENER, l7policies: null }]),
  whole([{ ...LISTENER, default_pool: POOL, l7policies: [{ name: 'first', action: 'REJECT', rules: [RULE] }, { name: 'second', action: 'REDIRECT_TO_POOL', redirect_pool: { ...POOL, name: 'q', members: [MEMBER], healthmonitor: MONITOR }, rules: [RULE] }] }, { ...LISTENER, protocol_port: 81, default_pool: { name: 'p' } }]),
];

const zones: readonly Case[] = [create({ flavor_id: null }), create({ availability_zone: null }), create({ provider: null }), create({ flavor_id: NIL })];

export const loadBalancerCases: readonly Case[] = [...vips, ...fields, ...updates, ...others, ...populated, ...policies, ...zones];
