import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { healthMonitor } from '../../model/resources/health-monitor.ts';
import { l7policy } from '../../model/resources/l7policy.ts';
import { l7rule } from '../../model/resources/l7rule.ts';
import { listener } from '../../model/resources/listener.ts';
import { loadBalancer } from '../../model/resources/load-balancer.ts';
import { member } from '../../model/resources/member.ts';
import { pool } from '../../model/resources/pool.ts';
import { quota } from '../../model/resources/quota.ts';
import { acceptanceOf, type BodyKind, type Fields, type Resource, type ValueType } from '../../model/resources/resource.ts';
import { ADMIN, startTestApi, SUBNET, type TestApi } from '../testing/test-api.ts';

/** Bodies per test. */
const RUNS = 150;

let api: TestApi;
/** Ids of objects that exist, so that bodies get past the look-ups. */
let known: Readonly<Record<'lb' | 'listener' | 'pool' | 'policy' | 'rule' | 'monitor' | 'member', string>>;
beforeAll(async () => {
  api = await startTestApi();
  const made = async (path: string, body: object) => {
    const answer = await api.call('POST', `/v2/lbaas/${path}`, body);
    await api.settle();
    const [object] = Object.values<{ id: string }>(answer.json);
    if (answer.status !== 201 || !object) throw new Error(answer.text);
    return object.id;
  };
  const lb = await made('loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } });
  const listenerId = await made('listeners', { listener: { protocol: 'HTTP', protocol_port: 80, loadbalancer_id: lb } });
  const poolId = await made('pools', { pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: lb } });
  const policy = await made('l7policies', { l7policy: { action: 'REJECT', listener_id: listenerId } });
  known = {
    lb, listener: listenerId, pool: poolId, policy,
    rule: await made(`l7policies/${policy}/rules`, { rule: { type: 'PATH', compare_type: 'EQUAL_TO', value: '/a' } }),
    monitor: await made('healthmonitors', { healthmonitor: { type: 'HTTP', delay: 5, timeout: 3, max_retries: 2, pool_id: poolId } }),
    member: await made(`pools/${poolId}/members`, { member: { address: '192.0.2.1', protocol_port: 80 } }),
  };
}, 60_000);
afterAll(() => api.close());

/** Nasty at the wire, in SQL, in haproxy.cfg or in Python. */
const hostile = fc.constantFrom<unknown>('', ' ', '\u0000', '\n', "'; drop table pool; --", '🦊', 'a'.repeat(5000), '%s', '${x}', -1, 0, 2 ** 31, 2 ** 63, 1e308, 0.5, true, null, [], {}, [null], { a: { b: [] } });

function valueOf(type: ValueType<unknown>, kind: BodyKind): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'string': return fc.string({ minLength: type.minLength ?? 0, maxLength: Math.min(type.maxLength ?? 40, 300) });
    case 'integer': case 'float': return fc.oneof(fc.integer({ min: type.min ?? -5, max: type.max ?? 70_000 }), fc.constantFrom('7', '-0', 1.5));
    case 'boolean': return fc.constantFrom<unknown>(true, false, 'yes', 'off', 0);
    case 'uuid': return fc.oneof(fc.uuid(), fc.constantFrom(...Object.values(known), SUBNET));
    case 'ip': return fc.oneof(fc.ipV4(), fc.ipV6());
    case 'cidr': return fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 33 })).map(([address, bits]) => `${address}/${bits}`);
    case 'url': return fc.webUrl();
    case 'url-path': return fc.string().map((path) => `/${path}`);
    case 'enum': return fc.constantFrom(...(type.values ?? ['']));
    case 'datetime': return fc.constant('2026-01-01T00:00:00');
    case 'list': return fc.array(valueOf(type.item ?? { kind: 'string' }, kind), { maxLength: 3 });
    case 'map': return fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('X-Forwarded-For', '__proto__')), valueOf(type.item ?? { kind: 'string' }, kind), { maxKeys: 3 });
    case 'object': return objectOf(type.fields ?? {}, kind);
    case 'nested': return objectOf(type.resource?.fields ?? {}, 'nested');
    default: return type.kind satisfies never;
  }
}

/** Mandatory fields mostly there, others every second time; one in fifteen values is hostile. */
function objectOf(fields: Fields, kind: BodyKind): fc.Arbitrary<Record<string, unknown>> {
  const entries = Object.entries(fields).flatMap(([name, field]) => {
    const acceptance = acceptanceOf(field, kind);
    if (acceptance === null) return [];
    const value = fc.oneof({ weight: 14, arbitrary: valueOf(field.type, kind) }, { weight: 1, arbitrary: hostile });
    return [[name, fc.option(value, { nil: undefined, freq: acceptance === 'mandatory' ? 30 : 2 })] as const];
  });
  return fc.record(Object.fromEntries(entries));
}

const PLACES: readonly (readonly [name: string, method: 'POST' | 'PUT', resource: Resource, path: () => string])[] = [
  ['load balancer', 'POST', loadBalancer, () => 'loadbalancers'], ['load balancer', 'PUT', loadBalancer, () => `loadbalancers/${known.lb}`],
  ['listener', 'POST', listener, () => 'listeners'], ['listener', 'PUT', listener, () => `listeners/${known.listener}`],
  ['pool', 'POST', pool, () => 'pools'], ['pool', 'PUT', pool, () => `pools/${known.pool}`],
  ['member', 'POST', member, () => `pools/${known.pool}/members`], ['member', 'PUT', member, () => `pools/${known.pool}/members/${known.member}`],
  ['health monitor', 'POST', healthMonitor, () => 'healthmonitors'], ['health monitor', 'PUT', healthMonitor, () => `healthmonitors/${known.monitor}`],
  ['L7 policy', 'POST', l7policy, () => 'l7policies'], ['L7 policy', 'PUT', l7policy, () => `l7policies/${known.policy}`],
  ['L7 rule', 'POST', l7rule, () => `l7policies/${known.policy}/rules`], ['L7 rule', 'PUT', l7rule, () => `l7policies/${known.policy}/rules/${known.rule}`],
  ['quota', 'PUT', quota, () => 'quotas/some-project'],
];

test.each(PLACES)('no body of a %s makes the API fail (%s)', async (_name, method, resource, path) => {
  const body = objectOf(resource.fields, method === 'POST' ? 'create' : 'update').map((object) => ({ [resource.root]: object }));
  await fc.assert(
    fc.asyncProperty(body, async (value) => {
      const answer = await api.call(method, `/v2/lbaas/${path()}`, value, ADMIN);
      // 501: the provider cannot do it, which is a refusal.
      expect(answer.status < 500 || answer.status === 501, `${answer.status} ${answer.text}`).toBe(true);
      if (answer.status < 300) await api.settle();
    }),
    { numRuns: RUNS },
  );
}, 120_000);

test.each([
  ['POST', 'loadbalancers', { loadbalancer: { vip_network_id: SUBNET, additional_vips: [null] } }],
  ['POST', 'pools', { pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [null] } }],
] as const)('a list with a hole is refused: %s %s', async (method, path, body) => {
  expect((await api.call(method, `/v2/lbaas/${path}`, body)).status).toBe(400);
});

test('no batch of members makes the API fail', async () => {
  const body = fc.record({ members: fc.array(objectOf(member.fields, 'create'), { maxLength: 4 }) });
  await fc.assert(
    fc.asyncProperty(body, async (value) => {
      const answer = await api.call('PUT', `/v2/lbaas/pools/${known.pool}/members?additive_only=true`, value, ADMIN);
      expect(answer.status < 500 || answer.status === 501, `${answer.status} ${answer.text}`).toBe(true);
      if (answer.status < 300) await api.settle();
    }),
    { numRuns: RUNS },
  );
}, 120_000);

test('no query string makes a list fail', async () => {
  const key = fc.constantFrom(...Object.keys(loadBalancer.fields), 'limit', 'marker', 'sort', 'sort_key', 'sort_dir', 'page_reverse', 'fields', 'tags', 'not-tags-any', '__proto__', 'constructor');
  const query = fc.array(fc.tuple(key, fc.oneof(fc.string(), fc.constantFrom('name:desc', 'id', '-1', '0', '9'.repeat(30), 'infinite', 'True', "'", '\u0000', ',,', ':'))), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(query, async (pairs) => {
      const answer = await api.call('GET', `/v2/lbaas/loadbalancers?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`, undefined, ADMIN);
      expect(answer.status, answer.text).toBeLessThan(500);
    }),
    { numRuns: RUNS * 2 },
  );
});
