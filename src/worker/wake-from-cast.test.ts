import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CAST_METHODS, type Cast } from '../bus/bus.ts';
import { createWorld, insertTree, type TestWorld, type TreeIds } from './testing/world.ts';
import { findWake, subjectOf, wishOf } from './wake-from-cast.ts';

let world: TestWorld;
let ids: TreeIds;
beforeAll(async () => {
  world = await createWorld();
  ids = await insertTree(world.store);
  await world.store.transaction((trx) => trx.insertInto('amphora').values({ id: 'amp', load_balancer_id: ids.loadBalancer, status: 'ALLOCATED', cert_busy: false }).execute());
});
afterAll(() => world.close());

/** Arguments as the original sends them; the ids of its samples stand for ours. */
function argsOf(method: Cast['method']): Cast['args'] {
  const [verb, ...rest] = method.split('_');
  const object = rest.join('_');
  const inner: Readonly<Record<string, Record<string, string>>> = {
    load_balancer: { loadbalancer_id: ids.loadBalancer }, listener: { listener_id: ids.listener, loadbalancer_id: ids.loadBalancer }, pool: { pool_id: ids.pool, loadbalancer_id: ids.loadBalancer },
    member: { member_id: ids.member, pool_id: ids.pool }, health_monitor: { healthmonitor_id: ids.monitor, pool_id: ids.pool },
    l7policy: { l7policy_id: ids.policy, listener_id: ids.listener }, l7rule: { l7rule_id: ids.rule, l7policy_id: ids.policy },
  };
  if (method === 'failover_load_balancer') return { load_balancer_id: ids.loadBalancer };
  if (method === 'batch_update_members') return { old_members: [], new_members: [{ member_id: 'x', pool_id: ids.pool }], updated_members: [] };
  if (object.startsWith('amphora')) return { amphora_id: 'amp' };
  const key = object === 'load_balancer' && verb !== 'update' ? 'loadbalancer' : object;
  return verb === 'update' ? { [`original_${object}`]: inner[object], [`${object}_updates`]: {} } : { [key]: inner[object] };
}

test.each(CAST_METHODS)('%s wakes the load balancer', async (method) => {
  expect(await findWake(world.store, { method, args: argsOf(method) })).toEqual({ kind: 'load-balancer', id: ids.loadBalancer });
});

test('in every sample cast of the original the object is where it is looked for', () => {
  const samples = JSON.parse(readFileSync(new URL('../providers/testdata/cast-args.json', import.meta.url), 'utf8')) as Record<Cast['method'], Cast['args'][]>;
  const entries = Object.entries(samples).flatMap(([method, list]) => list.map((args) => ({ method: method as Cast['method'], args })));
  expect(entries.length).toBeGreaterThan(20);
  for (const cast of entries) expect(subjectOf(cast)?.id, cast.method).toMatch(/^[0-9a-f-]{36}$/);
});

test('casts about rows that are not there are unknown, about amphorae without load balancer their own', async () => {
  expect(await findWake(world.store, { method: 'create_member', args: { member: { pool_id: 'nowhere' } } })).toEqual({ kind: 'unknown' });
  expect(await findWake(world.store, { method: 'create_member', args: {} })).toEqual({ kind: 'unknown' });
  expect(await findWake(world.store, { method: 'delete_amphora', args: { amphora_id: 'lone' } })).toEqual({ kind: 'amphora', id: 'lone' });
});

test('four casts carry a wish', async () => {
  const wishes = await Promise.all(CAST_METHODS.map(async (method) => {
    const cast = { method, args: argsOf(method) };
    return wishOf(cast, await findWake(world.store, cast));
  }));
  expect(wishes.filter((wish) => wish !== null)).toEqual([
    { kind: 'failover_load_balancer', loadBalancerId: ids.loadBalancer, amphoraId: null },
    { kind: 'failover_amphora', loadBalancerId: ids.loadBalancer, amphoraId: 'amp' },
    { kind: 'delete_amphora', loadBalancerId: ids.loadBalancer, amphoraId: 'amp' },
    { kind: 'configure_amphora', loadBalancerId: ids.loadBalancer, amphoraId: 'amp' },
  ]);
});
