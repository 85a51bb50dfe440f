import { single, type Case } from './exchange.ts';

const MONITORS = '/lbaas/healthmonitors';
const TYPES = ['HTTP', 'HTTPS', 'PING', 'TCP', 'TLS-HELLO', 'UDP-CONNECT', 'SCTP'] as const;
const base = { pool_id: '$pool-tcp', type: 'HTTP', delay: 5, timeout: 3, max_retries: 3 };
const create = (fields: object) => single('POST', MONITORS, { healthmonitor: { ...base, ...fields } });
const update = (type: string, fields: object) => single('PUT', `${MONITORS}/$monitor-${type}`, { healthmonitor: fields });

const matrix = TYPES.flatMap((type) => ['tcp', 'http', 'https', 'proxy', 'proxyv2', 'udp', 'sctp'].map((pool) => create({ type, pool_id: `$pool-${pool}` })));

const httpFields = [
  ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'OPTIONS', 'CONNECT', 'PATCH', 'get', 'BREW', '', null].map((http_method) => ({ http_method })),
  ...['/', '/a?b=c', '/a?b=c#d', '/%20', '/%zz', 'a', '', '/a b', '//a', 'http://a/', '/a\n', '/ä', '/"', null, 5, `/${'x'.repeat(254)}`, `/${'x'.repeat(255)}`].map((url_path) => ({ url_path })),
  ...['200', '200,201', '200-299', '200, 201', '200,', '2000', 'abc', '', null, 200, '200-299,300', '299-200', '200,201,202'].map((expected_codes) => ({ expected_codes })),
  ...[1, 1.1, '1.0', '1.1', 2, 1.2, 'x', null, 0].map((http_version) => ({ http_version })),
  ...['a.example', 'a_b', 'a b', '-a.example', 'x'.repeat(64), '', null, 'a.example.', '192.0.2.1', 'ä.example', `${'a.'.repeat(127)}aa`].map((domain_name) => ({ domain_name, http_version: 1.1 })),
  { domain_name: 'a.example' }, { domain_name: 'a.example', http_version: 1.0 },
];

const limits = [
  ...[0, -1, 1.5, '5', 'x', null, 2_147_483_647, 2_147_483_648].flatMap((value) => [{ delay: value }, { timeout: value }]),
  ...[0, 1, 10, 11, null, 'x'].flatMap((value) => [{ max_retries: value }, { max_retries_down: value }]), { delay: 1, timeout: 30 },
];

const fields: readonly Case[] = [
  ...httpFields.map(create),
  ...TYPES.filter((type) => type !== 'HTTP').flatMap((type) => {
    const pool_id = type === 'UDP-CONNECT' || type === 'SCTP' ? '$pool-udp' : '$pool-tcp';
    return [{ http_method: 'GET' }, { url_path: '/' }, { expected_codes: '200' }, { http_version: 1.1 }, { http_version: 1.1, domain_name: 'a.example' }, { domain_name: 'a.example' }].map((given) => create({ type, pool_id, ...given }));
  }),
  ...limits.map(create), ...[2, 3].map((delay) => create({ type: 'UDP-CONNECT', pool_id: '$pool-udp', delay })),
  ...['type', 'delay', 'timeout', 'max_retries', 'pool_id'].map((name) => single('POST', MONITORS, { healthmonitor: Object.fromEntries(Object.entries(base).filter(([key]) => key !== name)) })),
  create({ type: 'MAGIC' }), create({ type: null }), create({ pool_id: 'no-uuid' }), create({ pool_id: null }), create({ pool_id: '11111111-2222-4333-8444-555555555555' }), create({ pool_id: '$busy-pool' }), create({ pool_id: '$pool-checked-http' }),
  create({ name: 'x'.repeat(256) }), create({ name: 'n', tags: ['a'], admin_state_up: false }), create({ description: 'd' }), create({ colour: 1 }), create({ project_id: '$other-project' }), create({ admin_state_up: null }),
];

const updates: readonly Case[] = [
  update('http', {}), update('http', { name: 'n', tags: ['a'], admin_state_up: false, delay: 9, timeout: 8, max_retries: 7, max_retries_down: 6 }), update('http', { name: null, tags: null, admin_state_up: null }),
  ...[...limits.slice(0, 12), ...httpFields.filter((_, index) => index % 3 === 0)].map((given) => update('http', given)),
  update('https', { http_version: 1.0 }), update('https', { domain_name: null }), update('https', { http_version: null }), update('https', { domain_name: 'b.example' }),
  ...['ping', 'tcp', 'hello', 'udp', 'sctp'].flatMap((type) => [{ delay: 9 }, { http_method: 'GET' }, { url_path: null }, { expected_codes: '200' }, { http_version: 1.1 }].map((given) => update(type, given))),
  update('udp', { delay: 1 }), update('udp', { name: 'n' }), update('http', { type: 'TCP' }), update('http', { pool_id: '$pool-http' }), update('http', { colour: 1 }),
  single('PUT', `${MONITORS}/11111111-2222-4333-8444-555555555555`, { healthmonitor: {} }),
];

const reads: readonly Case[] = [
  ...TYPES.map((type) => single('GET', `${MONITORS}/$monitor-${type === 'TLS-HELLO' ? 'hello' : type === 'UDP-CONNECT' ? 'udp' : type.toLowerCase()}`)),
  single('GET', `${MONITORS}/11111111-2222-4333-8444-555555555555`), single('DELETE', `${MONITORS}/$monitor-http`), single('DELETE', `${MONITORS}/11111111-2222-4333-8444-555555555555`), single('DELETE', MONITORS),
];

export const monitorCases: readonly Case[] = [...matrix, ...fields, ...updates, ...reads];
