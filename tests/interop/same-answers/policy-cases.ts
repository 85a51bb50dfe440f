import { exchange, single, type Case } from './exchange.ts';

const POLICIES = '/lbaas/l7policies';
const UNKNOWN = '11111111-2222-4333-8444-555555555555';
const create = (fields: object) => single('POST', POLICIES, { l7policy: { listener_id: '$listener-plain', action: 'REJECT', ...fields } });
const onFull = (fields: object) => single('POST', POLICIES, { l7policy: { listener_id: '$listener-http', ...fields } });
const update = (policy: string, fields: object) => single('PUT', `${POLICIES}/$policy-${policy}`, { l7policy: fields });

/** Every target of each action, right and wrong. */
const TARGETS: readonly object[] = [
  {}, { redirect_pool_id: '$pool-redirect' }, { redirect_url: 'http://b.example/x?y=z' }, { redirect_prefix: 'https://b.example' }, { redirect_http_code: 303 }, { redirect_url: 'http://b.example', redirect_prefix: 'https://b.example' }, { redirect_pool_id: '$pool-redirect', redirect_url: 'http://b.example' },
  { redirect_url: 'http://b.example', redirect_http_code: 307 }, { redirect_prefix: 'https://b.example', redirect_http_code: 308 }, { redirect_pool_id: '$pool-redirect', redirect_http_code: 301 },
];
const ACTIONS = ['REJECT', 'REDIRECT_TO_POOL', 'REDIRECT_TO_URL', 'REDIRECT_PREFIX'] as const;
const matrix = ACTIONS.flatMap((action) => TARGETS.map((target) => onFull({ action, ...target })));
const changes = (['reject', 'pool', 'url', 'prefix'] as const).flatMap((policy) => [
  ...ACTIONS.map((action) => update(policy, { action })), ...TARGETS.filter((target) => policy !== 'reject' || !('redirect_pool_id' in target)).map((target) => update(policy, target)), update(policy, { action: 'REDIRECT_TO_URL', redirect_url: 'http://b.example' }), update(policy, { action: 'REDIRECT_PREFIX', redirect_prefix: 'http://b.example', redirect_http_code: 301 }),
  ...['redirect_url', 'redirect_prefix', 'redirect_pool_id', 'redirect_http_code', 'action'].map((name) => update(policy, { [name]: null })),
]);

const URLS: readonly unknown[] = ['http://a.example', 'https://a.example:8443/x', 'ftp://a.example', 'a.example', '//a.example', '', 'http://', 'http://a b', null, 5, `http://a.example/${'x'.repeat(239)}`, `http://a.example/${'x'.repeat(240)}`, 'http://[2001:db8::1]/', 'http://192.0.2.1', 'http://a_b.example', 'http://ä.example', 'javascript:alert(1)', 'http://a.example/\n'];
const values: readonly Case[] = [
  ...URLS.flatMap((url) => [create({ action: 'REDIRECT_TO_URL', redirect_url: url }), create({ action: 'REDIRECT_PREFIX', redirect_prefix: url })]),
  ...[300, 301, 302, 304, 307, '301', 'x', null].map((redirect_http_code) => create({ action: 'REDIRECT_TO_URL', redirect_url: 'http://a.example', redirect_http_code })),
  ...[UNKNOWN, 'no-uuid', null, '$pool-tcp', '$noop-pool'].map((redirect_pool_id) => create({ action: 'REDIRECT_TO_POOL', redirect_pool_id })),
  ...['MAGIC', 'reject', null, 5].map((action) => create({ action })), single('POST', POLICIES, { l7policy: { listener_id: '$listener-plain' } }), single('POST', POLICIES, { l7policy: { action: 'REJECT' } }),
  ...['tcp', 'https', 'tls', 'udp', 'sctp', 'prometheus'].map((kind) => create({ listener_id: `$listener-${kind}` })), ...[UNKNOWN, 'no-uuid', null].map((listener_id) => create({ listener_id })),
  create({ name: 'n', description: 'd', tags: ['a', 'b'], admin_state_up: false }), create({ name: null, description: null, tags: null, admin_state_up: null }), create({ name: 'x'.repeat(256) }), create({ colour: 1 }), create({ project_id: '$other-project' }), create({ id: UNKNOWN }),
  create({ rules: [] }), create({ rules: null }), create({ rules: [{ type: 'PATH', compare_type: 'EQUAL_TO', value: '/' }] }), create({ redirect_pool: { name: 'p', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' } }),
];

const placed = (name: string, ...changing: readonly ReturnType<typeof exchange>[]): Case => ({ name: `positions: ${name}`, exchanges: [...changing, exchange('GET', `${POLICIES}?listener_id=$listener-http&sort=position&fields=name&fields=position`)] });
const POSITIONS: readonly unknown[] = [1, 2, 3, 4, 100, 2_147_483_647, 2_147_483_648, 0, -1, '2', 'x', null, 1.5];
const positions: readonly Case[] = [
  ...POSITIONS.flatMap((position) => [
    placed(`create at ${String(position)}`, exchange('POST', POLICIES, { l7policy: { listener_id: '$listener-http', name: 'new', action: 'REJECT', position } })), placed(`move the first to ${String(position)}`, exchange('PUT', `${POLICIES}/$policy-pool`, { l7policy: { position } })),
  ]),
  placed('move the last to the front', exchange('PUT', `${POLICIES}/$policy-prefix`, { l7policy: { position: 1 } })), placed('delete the first', exchange('DELETE', `${POLICIES}/$policy-pool`)),
  placed('create at the end, then move to 2', exchange('POST', POLICIES, { l7policy: { listener_id: '$listener-http', name: 'new', action: 'REJECT' } }), exchange('PUT', `${POLICIES}/$policy-pool`, { l7policy: { position: 2 } })),
];

const rest: readonly Case[] = [
  update('url', {}), update('url', { name: 'n', description: 'd', tags: ['z'], admin_state_up: false }), update('url', { name: null, description: null, tags: null, admin_state_up: null }), update('url', { colour: 1 }), update('url', { listener_id: '$listener-plain' }), update('url', { rules: [] }), update('url', { project_id: '$project' }),
  ...[UNKNOWN, 'no-uuid', '$pool-http', '$pool-tcp'].map((redirect_pool_id) => update('pool', { redirect_pool_id })), ...URLS.filter((_, index) => index % 3 === 0).flatMap((url) => [update('url', { redirect_url: url }), update('prefix', { redirect_prefix: url })]),
  single('PUT', `${POLICIES}/${UNKNOWN}`, { l7policy: { name: 'n' } }), single('GET', `${POLICIES}/${UNKNOWN}`), single('DELETE', `${POLICIES}/${UNKNOWN}`), single('DELETE', `${POLICIES}/$policy-url`), single('DELETE', POLICIES),
  { name: 'a pool that a policy redirects to cannot be deleted', exchanges: [exchange('DELETE', '/lbaas/pools/$pool-redirect'), exchange('DELETE', `${POLICIES}/$policy-pool`), exchange('DELETE', '/lbaas/pools/$pool-redirect')] },
];

export const policyCases: readonly Case[] = [...matrix, ...changes, ...values, ...positions, ...rest];
