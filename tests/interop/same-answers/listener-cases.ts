import { exchange, single, type Case } from './exchange.ts';

const LISTENERS = '/lbaas/listeners';
const UNKNOWN = '11111111-2222-4333-8444-555555555555';
const PROTOCOLS = ['TCP', 'HTTP', 'HTTPS', 'TERMINATED_HTTPS', 'UDP', 'SCTP', 'PROMETHEUS'] as const;
const base = { loadbalancer_id: '$plain', protocol: 'HTTP', protocol_port: 8080 };
const terminated = { protocol: 'TERMINATED_HTTPS', default_tls_container_ref: 'server' };
const create = (fields: object) => single('POST', LISTENERS, { listener: { ...base, ...fields } });
const update = (listener: string, fields: object) => single('PUT', `${LISTENERS}/$listener-${listener}`, { listener: fields });

const protocols: readonly Case[] = [
  ...PROTOCOLS.map((protocol) => create({ protocol })), create({ protocol: 'FTP' }), create({ protocol: null }), create({ protocol: 'http' }),
  ...PROTOCOLS.flatMap((protocol) => [{ default_tls_container_ref: 'server' }, { sni_container_refs: ['server'] }, { client_ca_tls_container_ref: 'authority' }, { insert_headers: { 'X-Forwarded-For': 'true' } }, { default_tls_container_ref: 'server', client_ca_tls_container_ref: 'authority', client_authentication: 'MANDATORY' }].map((given) => create({ protocol, ...given }))),
  ...['listener-tcp', 'listener-udp', 'listener-http'].flatMap((name) => ['TCP', 'HTTP', 'UDP', 'SCTP'].map((protocol) => single('POST', LISTENERS, { listener: { loadbalancer_id: name === 'listener-http' ? '$lb' : `$lb-${name}`, protocol, protocol_port: { 'listener-tcp': 1000, 'listener-udp': 53, 'listener-http': 80 }[name] } }))),
];

const TLS_FIELDS: readonly object[] = [
  { default_tls_container_ref: 'absent' }, { default_tls_container_ref: 'garbage' }, { default_tls_container_ref: 'keyless' }, { default_tls_container_ref: '' }, { default_tls_container_ref: null }, { default_tls_container_ref: 'x'.repeat(256) },
  { sni_container_refs: ['server', 'absent', 'missing'] }, { sni_container_refs: [] }, { sni_container_refs: null }, { sni_container_refs: ['server', 'server'] }, { sni_container_refs: 'server' }, { sni_container_refs: ['x'.repeat(256)] },
  ...['authority', 'absent', 'garbage', '', null].map((client_ca_tls_container_ref) => ({ client_ca_tls_container_ref })),
  ...['revoked', 'foreign-list', 'absent', 'garbage', ''].map((client_crl_container_ref) => ({ client_ca_tls_container_ref: 'authority', client_crl_container_ref })), { client_crl_container_ref: 'revoked' }, { client_crl_container_ref: null },
  ...['NONE', 'OPTIONAL', 'MANDATORY', 'optional', 'MAYBE', null].flatMap((client_authentication) => [{ client_authentication }, { client_authentication, client_ca_tls_container_ref: 'authority' }]),
  ...['ECDHE-RSA-AES128-GCM-SHA256', 'RC4-SHA', 'AES128-SHA:RC4-SHA:DES-CBC3-SHA', '', null, 'x'.repeat(2049)].map((tls_ciphers) => ({ tls_ciphers })),
  ...[['TLSv1.2'], ['TLSv1.3', 'TLSv1.2'], [], ['TLSv1'], ['SSLv3', 'TLSv1'], ['TLSv9'], null, 'TLSv1.2', [5]].map((tls_versions) => ({ tls_versions })),
  ...[['h2'], ['h2', 'http/1.1', 'http/1.0'], [], ['h3'], ['http/0.9', 'spdy/1'], null, 'h2'].map((alpn_protocols) => ({ alpn_protocols })),
];
const tls: readonly Case[] = [
  ...TLS_FIELDS.map((given) => create({ ...terminated, ...given })), ...TLS_FIELDS.map((given) => update('tls', given)), ...TLS_FIELDS.filter((_, index) => index % 3 === 0).flatMap((given) => [create(given), update('http', given)]),
  ...['tcp', 'https', 'udp', 'sctp', 'prometheus'].flatMap((kind) => [{ default_tls_container_ref: 'server' }, { sni_container_refs: ['server'] }, { client_ca_tls_container_ref: 'authority' }, { default_tls_container_ref: null }, { tls_versions: ['TLSv1.2'] }, { tls_versions: null, tls_ciphers: null, alpn_protocols: null }, { insert_headers: { 'X-Forwarded-For': 'true' } }, { insert_headers: null }].map((given) => update(kind, given))),
];

const HEADERS: readonly unknown[] = [
  ...['X-Forwarded-For', 'X-Forwarded-Port', 'X-Forwarded-Proto', 'X-Forwarded-IP', 'X-Client-IP', 'X-Real-IP', 'X-SSL-Client-Verify', 'X-SSL-Client-Has-Cert', 'X-SSL-Client-DN', 'X-SSL-Client-CN', 'X-SSL-Issuer', 'X-SSL-Client-SHA1', 'X-SSL-Client-Not-Before', 'X-SSL-Client-Not-After', 'x-forwarded-for', 'X-Colour', ''].map((name) => ({ [name]: 'true' })),
  ...['false', 'TRUE', 'maybe', '', true, 1, null, 'x'.repeat(256)].map((value) => ({ 'X-Forwarded-For': value })), {}, null, [], 'X-Forwarded-For', { 'X-Forwarded-For': 'true', 'X-Colour': 'x', 'X-Taste': 'y' },
];
const headers: readonly Case[] = [
  ...HEADERS.map((insert_headers) => create({ insert_headers })), ...HEADERS.filter((_, index) => index > 5 && index < 18).map((insert_headers) => create({ ...terminated, insert_headers })),
  ...HEADERS.filter((_, index) => index % 3 === 0).flatMap((insert_headers) => [update('http', { insert_headers }), update('tls', { insert_headers })]),
];

const CIDRS: readonly unknown[] = [
  ['192.0.2.0/24'], ['192.0.2.5/24'], ['192.0.2.5'], ['10.0.0.0/8', '192.0.2.0/24'], ['192.0.2.0/24', '192.0.2.0/24'], ['2001:db8::/32'], ['192.0.2.0/24', '2001:db8::/32'], [], null, ['192.0.2.0/33'], ['x'], [''], '192.0.2.0/24', ['0.0.0.0/0'], ['192.0.2.0/255.255.255.0'], [5], [null], ['::/0'],
];
const numbers = ['timeout_client_data', 'timeout_member_connect', 'timeout_member_data', 'timeout_tcp_inspect'] as const;
const NUMBERS: readonly object[] = [
  ...numbers.flatMap((name) => [0, 2_073_600_000, 2_073_600_001, -1, null].map((value) => ({ [name]: value }))), ...['5', 'x', 1.5, true].map((timeout_client_data) => ({ timeout_client_data })),
  ...[-1, 0, 1, -2, '7', 'x', null, 2_147_483_647].map((connection_limit) => ({ connection_limit })),
];
const ports: readonly unknown[] = [0, 1, 65_535, 65_536, -1, '80', 'x', null, 1.5];
const fields: readonly Case[] = [
  ...CIDRS.flatMap((allowed_cidrs) => [create({ allowed_cidrs }), update('http', { allowed_cidrs })]), ...NUMBERS.map(create), ...NUMBERS.filter((_, index) => index % 2 === 0).map((given) => update('http', given)),
  ...ports.map((protocol_port) => create({ protocol_port })), ...['loadbalancer_id', 'protocol', 'protocol_port'].map((name) => single('POST', LISTENERS, { listener: Object.fromEntries(Object.entries(base).filter(([key]) => key !== name)) })),
  ...['no-uuid', UNKNOWN, '$busy', '$failed', null, '$noop'].map((loadbalancer_id) => create({ loadbalancer_id })), ...['$pool-redirect', '$pool-http', UNKNOWN, 'no-uuid', null].flatMap((default_pool_id) => [create({ loadbalancer_id: '$lb', default_pool_id }), update('http', { default_pool_id })]),
  create({ name: 'n', description: 'd', tags: ['a', 'b'], admin_state_up: false }), create({ name: 'x'.repeat(256) }), create({ description: 'x'.repeat(256) }), create({ name: null, description: null, tags: null, admin_state_up: null }), create({ colour: 1 }), create({ project_id: '$other-project' }), create({ tenant_id: 'x' }), create({ id: UNKNOWN }), create({ loadbalancers: [] }), create({ sni_containers: [] }),
];

const nested: readonly Case[] = [
  create({ default_pool: { name: 'p', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' } }), create({ default_pool: { name: 'p' } }), create({ default_pool: null }), create({ l7policies: [] }), create({ l7policies: [{ action: 'REJECT' }] }), create({ l7policies: null }),
];

const updates: readonly Case[] = [
  update('http', {}), update('http', { name: 'n', description: 'd', tags: ['z'], admin_state_up: false, connection_limit: 5 }), update('http', { name: null, description: null, tags: null, admin_state_up: null }), update('http', { tags: [] }), update('http', { name: 'x'.repeat(256) }),
  ...['protocol', 'protocol_port', 'loadbalancer_id', 'loadbalancers', 'default_pool', 'l7policies', 'project_id', 'id', 'colour'].map((name) => update('http', { [name]: name === 'protocol' ? 'TCP' : 1 })),
  ...['tcp', 'https', 'udp', 'sctp', 'prometheus', 'tls'].map((kind) => update(kind, { default_pool_id: '$pool-redirect' })), ...['tcp', 'udp', 'prometheus'].map((kind) => update(kind, { default_pool_id: null, connection_limit: null, timeout_client_data: null })),
  single('PUT', `${LISTENERS}/${UNKNOWN}`, { listener: { name: 'n' } }), single('PUT', `${LISTENERS}/no-uuid`, { listener: { name: 'n' } }),
];

const reads: readonly Case[] = [
  single('GET', `${LISTENERS}/no-uuid`), ...['$listener-tcp', '$listener-http', '$listener-plain', UNKNOWN, 'no-uuid'].map((id) => single('DELETE', `${LISTENERS}/${id}`)), single('DELETE', LISTENERS),
  { name: 'a listener keeps its load balancer from being changed until it is done', exchanges: [exchange('GET', '/lbaas/loadbalancers/$plain'), exchange('POST', LISTENERS, { listener: base }), exchange('GET', '/lbaas/loadbalancers/$plain/status')] },
];

export const listenerCases: readonly Case[] = [...protocols, ...tls, ...headers, ...fields, ...nested, ...updates, ...reads];
