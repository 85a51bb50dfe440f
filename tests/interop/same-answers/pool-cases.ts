import { exchange, single, type Case } from './exchange.ts';

const POOLS = '/lbaas/pools';
const PROTOCOLS = ['TCP', 'HTTP', 'HTTPS', 'PROXY', 'PROXYV2', 'UDP', 'SCTP'] as const;
const base = { loadbalancer_id: '$plain', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' };
const create = (fields: object) => single('POST', POOLS, { pool: { ...base, ...fields } });
const update = (pool: string, fields: object) => single('PUT', `${POOLS}/$${pool}`, { pool: fields });

const persistences = [
  { type: 'SOURCE_IP' }, { type: 'HTTP_COOKIE' }, { type: 'APP_COOKIE' }, { type: 'APP_COOKIE', cookie_name: 'session' }, { type: 'SOURCE_IP', cookie_name: 'session' },
  { type: 'SOURCE_IP', persistence_timeout: 5 }, { type: 'SOURCE_IP', persistence_timeout: 5, persistence_granularity: '255.255.255.0' },
] as const;

const listenerMatrix = ['tcp', 'http', 'https', 'tls', 'udp', 'sctp', 'prometheus'].flatMap((listener) =>
  PROTOCOLS.map((protocol) => single('POST', POOLS, { pool: { listener_id: `$listener-${listener}`, protocol, lb_algorithm: 'ROUND_ROBIN' } })));

const persistenceMatrix = (['TCP', 'HTTP', 'UDP', 'SCTP'] as const).flatMap((protocol) => persistences.map((session_persistence) => create({ protocol, session_persistence })));

const algorithms = ['LEAST_CONNECTIONS', 'SOURCE_IP', 'SOURCE_IP_PORT', 'RANDOM', null].flatMap((lb_algorithm) => [create({ lb_algorithm }), update('pool-http', { lb_algorithm })]);

const cookieNames = ['a b', 'a,b', 'a;b', String.raw`a\b`, 'a\tb', '', 'x'.repeat(255), 'x'.repeat(256), null, 7].map((cookie_name) => create({ session_persistence: { type: 'APP_COOKIE', cookie_name } }));

const persistenceFields: readonly Case[] = [
  create({ session_persistence: {} }), create({ session_persistence: null }), create({ session_persistence: 'SOURCE_IP' }), create({ session_persistence: [] }),
  create({ session_persistence: { type: 'MAGIC' } }), create({ session_persistence: { type: null } }), create({ session_persistence: { type: 'SOURCE_IP', colour: 1 } }),
  create({ session_persistence: { type: 'HTTP_COOKIE', cookie_name: null } }),
  ...[0, -1, '5', 'x', 1.5, null, 4_294_967_296].map((persistence_timeout) => create({ protocol: 'UDP', session_persistence: { type: 'SOURCE_IP', persistence_timeout } })),
  ...['255.255.0.0', 'ffff:ffff::', '24', 'x', '', null].map((persistence_granularity) => create({ protocol: 'UDP', session_persistence: { type: 'SOURCE_IP', persistence_granularity } })),
];

const tls: readonly Case[] = [
  create({ tls_enabled: true }), create({ tls_enabled: null }), create({ tls_enabled: 'yes' }), create({ tls_enabled: 'true' }), create({ tls_enabled: true, protocol: 'UDP' }),
  ...['server', 'absent', 'keyless', 'garbage', '', null, 'x'.repeat(256)].map((tls_container_ref) => create({ tls_enabled: true, tls_container_ref })),
  create({ tls_container_ref: 'server' }),
  ...['authority', 'absent', 'garbage', '', null].map((ca_tls_container_ref) => create({ tls_enabled: true, ca_tls_container_ref })),
  create({ crl_container_ref: 'revoked' }),
  ...['revoked', 'foreign-list', 'absent', 'garbage', '', null].map((crl_container_ref) => create({ ca_tls_container_ref: 'authority', crl_container_ref })),
  create({ ca_tls_container_ref: 'absent', crl_container_ref: 'missing' }),
  ...['ECDHE-RSA-AES128-GCM-SHA256', 'RC4-SHA', 'AES128-SHA:RC4-SHA:DES-CBC3-SHA', '', null, 'x'.repeat(2049)].flatMap((tls_ciphers) => [create({ tls_enabled: true, tls_ciphers }), create({ tls_ciphers })]),
  ...[['TLSv1.2'], ['TLSv1.3', 'TLSv1.2'], [], ['TLSv1'], ['SSLv3', 'TLSv1'], ['TLSv9'], ['TLSv1.2', 'bad', 'worse'], null, 'TLSv1.2', [null], [5]].flatMap((tls_versions) => [create({ tls_enabled: true, tls_versions }), create({ tls_versions })]),
  ...[['h2'], ['h2', 'http/1.1', 'http/1.0'], [], ['h3'], ['http/0.9', 'spdy/1'], null, 'h2'].flatMap((alpn_protocols) => [create({ tls_enabled: true, alpn_protocols }), create({ alpn_protocols })]),
];

const fields: readonly Case[] = [
  single('POST', POOLS, { pool: {} }), single('POST', POOLS, { pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' } }), single('POST', POOLS, { pool: { loadbalancer_id: '$plain', protocol: 'HTTP' } }),
  single('POST', POOLS, { pool: { loadbalancer_id: '$plain', lb_algorithm: 'ROUND_ROBIN' } }), create({ protocol: 'ICMP' }), create({ protocol: 'TERMINATED_HTTPS' }), create({ protocol: 5 }),
  create({ loadbalancer_id: 'no-uuid' }), create({ loadbalancer_id: '11111111-2222-4333-8444-555555555555' }), create({ loadbalancer_id: '$busy' }), create({ loadbalancer_id: '$failed' }),
  create({ listener_id: '$listener-http' }), create({ loadbalancer_id: '$lb', listener_id: '$listener-http' }), create({ loadbalancer_id: null, listener_id: '11111111-2222-4333-8444-555555555555' }), create({ listener_id: '11111111-2222-4333-8444-555555555555' }),
  create({ name: 'n', description: 'd', tags: ['a', 'b'], admin_state_up: false }), create({ name: 'x'.repeat(256) }), create({ description: 'x'.repeat(256) }), create({ name: 5 }), create({ name: null }),
  create({ tags: ['x'.repeat(256)] }), create({ tags: 'a' }), create({ tags: ['a', 'a'] }), create({ admin_state_up: null }), create({ admin_state_up: 'maybe' }), create({ admin_state_up: 'off' }), create({ admin_state_up: 0 }),
  create({ project_id: '$other-project' }), create({ tenant_id: '$other-project' }), create({ project_id: 'x'.repeat(37) }), create({ id: 'x' }), create({ colour: 'red' }),
  create({ members: [{ address: '192.0.2.9', protocol_port: 80 }] }), create({ healthmonitor: { type: 'TCP', delay: 1, timeout: 1, max_retries: 1 } }),
  { name: 'a second default pool', exchanges: [exchange('POST', POOLS, { pool: { listener_id: '$listener-tcp', protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN' } }), exchange('POST', POOLS, { pool: { listener_id: '$listener-tcp', protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN' } })] },
  create({ loadbalancer_id: '$noop', lb_algorithm: 'SOURCE_IP_PORT' }),
];

const updates: readonly Case[] = [
  update('pool-http', {}), update('pool-http', { name: 'n', description: 'd', tags: ['z'], admin_state_up: false }), update('pool-http', { name: null, description: null, tags: null, admin_state_up: null }),
  update('pool-http', { tags: [] }), update('pool-http', { protocol: 'TCP' }), update('pool-http', { loadbalancer_id: '$noop' }), update('pool-http', { project_id: '$other-project' }), update('pool-http', { name: 'x'.repeat(256) }),
  ...['pool-http', 'pool-app-cookie', 'pool-source-ip', 'pool-udp', 'pool-udp-sticky'].flatMap((pool) =>
    [...persistences, null, {}, { cookie_name: 'other' }, { persistence_timeout: 9 }, { type: null }].map((session_persistence) => update(pool, { session_persistence }))),
  ...[true, false, null].flatMap((tls_enabled) => [update('pool-http', { tls_enabled }), update('pool-tls', { tls_enabled })]),
  ...['server', 'absent', null, ''].map((tls_container_ref) => update('pool-tls', { tls_container_ref })),
  ...['authority', 'stranger', 'absent', null].flatMap((ca_tls_container_ref) => [update('pool-tls', { ca_tls_container_ref }), update('pool-http', { ca_tls_container_ref })]),
  ...['revoked', 'foreign-list', 'absent', null].flatMap((crl_container_ref) => [update('pool-tls', { crl_container_ref }), update('pool-http', { crl_container_ref })]),
  update('pool-tls', { ca_tls_container_ref: null, crl_container_ref: null }), update('pool-http', { ca_tls_container_ref: 'authority', crl_container_ref: 'revoked' }), update('pool-http', { ca_tls_container_ref: null, crl_container_ref: 'revoked' }),
  ...['AES128-SHA', 'RC4-SHA', null, ''].flatMap((tls_ciphers) => [update('pool-tls', { tls_ciphers }), update('pool-http', { tls_ciphers })]),
  ...[['TLSv1.3'], [], ['TLSv1'], ['x'], null].flatMap((tls_versions) => [update('pool-tls', { tls_versions }), update('pool-http', { tls_versions })]),
  ...[['h2'], [], ['x'], null].flatMap((alpn_protocols) => [update('pool-tls', { alpn_protocols }), update('pool-http', { alpn_protocols })]),
  single('PUT', `${POOLS}/$busy-pool`, { pool: { name: 'n' } }), single('PUT', `${POOLS}/11111111-2222-4333-8444-555555555555`, { pool: { name: 'n' } }), single('PUT', `${POOLS}/no-uuid`, { pool: { name: 'n' } }),
];

const reads: readonly Case[] = [
  ...['pool-http', 'pool-tls', 'pool-udp-sticky', 'pool-app-cookie', 'pool-checked-https', 'noop-pool'].map((pool) => single('GET', `${POOLS}/$${pool}`)),
  single('GET', `${POOLS}/11111111-2222-4333-8444-555555555555`), single('GET', `${POOLS}/no-uuid`),
  ...['pool-tcp', 'pool-http', 'pool-checked-http', 'busy-pool'].map((pool) => single('DELETE', `${POOLS}/$${pool}`)), single('DELETE', `${POOLS}/11111111-2222-4333-8444-555555555555`), single('DELETE', `${POOLS}/no-uuid`), single('DELETE', POOLS),
];

export const poolCases: readonly Case[] = [...listenerMatrix, ...persistenceMatrix, ...algorithms, ...cookieNames, ...persistenceFields, ...tls, ...fields, ...updates, ...reads];
