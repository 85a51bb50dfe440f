import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { policyForbidden } from '../machinery/faults.ts';
import { populate } from '../testing/populate.ts';
import { PROJECT, startTestApi, SUBNET, type TestApi } from '../testing/test-api.ts';
import type { PolicyEnforcer } from './policy-enforcer.ts';
import { OPERATION_RULES, type OperationRule } from './rules.ts';

interface Question { readonly rule: string; readonly project: unknown }

/** What operations asked, and the rules that say no. */
const asked: Question[] = [];
let denied: readonly string[] = [];
const allows: PolicyEnforcer['allows'] = (rule, _context, target) => {
  asked.push({ rule, project: target['project_id'] });
  return !denied.includes(rule);
};
const policy: PolicyEnforcer = {
  allows,
  enforce(rule, context, target) {
    if (!allows(rule, context, target)) throw policyForbidden();
  },
};

let api: TestApi;
let known: Readonly<Record<string, string>>;
beforeAll(async () => {
  api = await startTestApi({ policy });
  known = await populate(api);
}, 60_000);
afterAll(() => api.close());
beforeEach(() => {
  asked.length = 0;
  denied = [];
});

/** Bodies of creates and updates, by the type in the rule's name; what the body says matters little. */
const BODIES: Readonly<Record<string, (ids: Readonly<Record<string, string>>) => readonly [root: string, create: object, update: object]>> = {
  loadbalancer: () => ['loadbalancer', { vip_subnet_id: SUBNET, vip_sg_ids: [] }, { name: 'x', vip_sg_ids: [] }],
  listener: (ids) => ['listener', { protocol: 'TCP', protocol_port: 1, loadbalancer_id: ids['loadbalancers'] }, { name: 'x' }],
  pool: (ids) => ['pool', { protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: ids['loadbalancers'] }, { name: 'x' }],
  member: () => ['member', { address: '192.0.2.99', protocol_port: 1 }, { name: 'x' }],
  healthmonitor: (ids) => ['healthmonitor', { type: 'TCP', delay: 1, timeout: 1, max_retries: 1, pool_id: ids['pools'] }, { name: 'x' }],
  l7policy: (ids) => ['l7policy', { action: 'REJECT', listener_id: ids['listeners'] }, { name: 'x' }],
  l7rule: () => ['rule', { type: 'PATH', compare_type: 'EQUAL_TO', value: '/x' }, { value: '/y' }],
  quota: () => ['quota', {}, { pool: 3 }],
  rollout: () => ['rollout', {}, {}],
  flavor: (ids) => ['flavor', { name: 'new', flavor_profile_id: ids['flavorprofiles'] }, { description: 'x' }],
  'flavor-profile': () => ['flavorprofile', { name: 'x', provider_name: 'amphora', flavor_data: '{}' }, { name: 'x' }],
  'availability-zone': (ids) => ['availability_zone', { name: 'new', availability_zone_profile_id: ids['availabilityzoneprofiles'] }, { description: 'x' }],
  'availability-zone-profile': () => ['availability_zone_profile', { name: 'x', provider_name: 'amphora', availability_zone_data: '{}' }, { name: 'x' }],
};

async function request({ name, operation }: OperationRule) {
  const [method = '', path = ''] = operation.split(' ');
  const filled = path.replaceAll(/([a-z0-9]+)\/\{[a-z0-9_]+\}/g, (_whole, collection: string) => `${collection}/${known[collection]}`);
  const [root = '', create, update] = BODIES[name.split(':')[1] ?? '']?.(known) ?? [];
  const body = method === 'POST' ? create : method === 'PUT' && /put($|:vip)/.test(name) ? update : undefined;
  const answer = await api.call(method as 'GET', filled, body && { [root]: body });
  await api.settle();
  return answer;
}

/** Objects of projects are judged by their owner; all others by the caller's own project. */
const OWNED = new Set(['loadbalancer', 'listener', 'pool', 'member', 'healthmonitor', 'l7policy', 'l7rule']);

const projectsAsked = (name: string) => new Set(asked.filter(({ rule }) => rule === name).map(({ project }) => project));

test.each(OPERATION_RULES.filter(({ name }) => !name.endsWith('-global')).map((rule) => [rule.name, rule] as const))('%s guards its operation', async (name, rule) => {
  // Who may list all projects is not asked about one.
  denied = [name, `${name}-global`];
  const answer = await request(rule);
  expect([answer.status, answer.json?.faultstring]).toEqual([403, 'Policy does not allow this request to be performed.']);
  if (OWNED.has(name.split(':')[1] ?? '')) expect(projectsAsked(name)).toEqual(new Set([PROJECT]));
});

test.each(OPERATION_RULES.map((rule) => [rule.name, rule] as const))('%s alone is enough to ask for its operation', async (name, rule) => {
  denied = OPERATION_RULES.map((other) => other.name).filter((other) => other !== name && !(name.includes(':vip_sg_ids') && other === name.replace(':vip_sg_ids', '')));
  // Security groups of the VIP and batches need the plain right beside.
  if (/loadbalancer:(post|put)$/.test(name)) denied = denied.filter((other) => !other.endsWith(':vip_sg_ids'));
  expect((await request(rule)).status).not.toBe(403);
  denied = [];
  if (name.endsWith(':delete')) known = await populate(api);
});

test('lists of callers without the global right show their own project only', async () => {
  const others = { 'x-project-id': 'others' };
  for (const collection of ['loadbalancers', 'listeners', 'pools', 'healthmonitors', 'l7policies']) {
    const listed = async () => (Object.values((await api.call('GET', `/v2/lbaas/${collection}`, undefined, others)).json)[0] as unknown[]).length;
    denied = [];
    expect(await listed(), collection).toBeGreaterThan(0);
    denied = OPERATION_RULES.map(({ name }) => name).filter((name) => name.endsWith('-global'));
    expect(await listed(), collection).toBe(0);
  }
});

test.each([['', ['post', 'put', 'delete']], ['?additive_only=true', ['post', 'put']]] as const)('a batch of members%s needs %s', async (query, actions) => {
  for (const action of actions) {
    denied = [`os_load-balancer_api:member:${action}`];
    expect((await api.call('PUT', `/v2/lbaas/pools/${known['pools']}/members${query}`, { members: [] })).status, action).toBe(403);
  }
  denied = ['os_load-balancer_api:member:delete'];
  if (query !== '') expect((await api.call('PUT', `/v2/lbaas/pools/${known['pools']}/members${query}`, { members: [] })).status).toBe(202);
});
