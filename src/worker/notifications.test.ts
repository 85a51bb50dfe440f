import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWorld, insertTree, statuses, touch, type TestWorld, type TreeIds } from './testing/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await createWorld();
  await world.worker.start();
  await world.worker.sweep();
});
afterEach(() => world.close());

async function look({ loadBalancer }: TreeIds): Promise<void> {
  world.worker.wake(loadBalancer);
  await world.worker.idle();
}

/** What was told since the last question. */
const told = (): string[] => world.told.splice(0).map((line) => line.split(' ')[0] ?? '');

test('creations, updates of the load balancer itself and deletions are told; changes below it and failovers are not', async () => {
  const ids = await insertTree(world.store);
  await look(ids);
  expect(told()).toEqual(['create']);
  await touch(world.store, ids, {});
  await look(ids);
  expect(told()).toEqual(['update']);
  await touch(world.store, ids, { listener: 'PENDING_UPDATE' });
  await look(ids);
  expect(told()).toEqual([]);
  await touch(world.store, ids, {});
  await world.cast({ method: 'failover_load_balancer', args: { load_balancer_id: ids.loadBalancer } });
  expect(told()).toEqual([]);
  await touch(world.store, ids, { load_balancer: 'PENDING_DELETE' });
  await look(ids);
  expect(told()).toEqual(['delete']);
});

async function failing(ids: TreeIds): Promise<void> {
  world.cloud.failOn = (call) => (call.startsWith('compute.ensure') ? new Error('no valid host') : null);
  for (let attempt = 0; attempt < 3; attempt += 1) await look(ids);
  world.cloud.failOn = () => null;
  expect((await statuses(world.store, ids))['load_balancer']).toBe('ERROR');
  expect(told()).toEqual([]);
}

test('a creation that failed is told when it heals, by itself or by a failover, and once', async () => {
  for (const heal of [look, async (ids: TreeIds) => {
    await touch(world.store, ids, {});
    await world.cast({ method: 'failover_load_balancer', args: { load_balancer_id: ids.loadBalancer } });
  }]) {
    const ids = await insertTree(world.store);
    await failing(ids);
    await heal(ids);
    expect((await statuses(world.store, ids))['load_balancer']).toBe('ACTIVE');
    expect(told()).toEqual(['create']);
    await touch(world.store, ids, {});
    await look(ids);
    expect(told()).toEqual(['update']);
    expect(await world.store.read.selectFrom('ts_request').selectAll().execute()).toEqual([]);
  }
});

test('a creation that failed and is given up is told as a deletion, one that heals from a failed failover is not told', async () => {
  const given = await insertTree(world.store);
  await failing(given);
  await touch(world.store, given, { load_balancer: 'PENDING_DELETE' });
  await look(given);
  expect(told()).toEqual(['delete']);
  const ids = await insertTree(world.store);
  await look(ids);
  expect(told()).toEqual(['create']);
  world.cloud.amphorae.clear();
  await touch(world.store, ids, {});
  world.cloud.failOn = (call) => (call.startsWith('compute.ensure') ? new Error('no valid host') : null);
  await world.cast({ method: 'failover_load_balancer', args: { load_balancer_id: ids.loadBalancer } });
  for (let attempt = 0; attempt < 2; attempt += 1) await look(ids);
  expect((await statuses(world.store, ids))['load_balancer']).toBe('ERROR');
  world.cloud.failOn = () => null;
  await look(ids);
  expect((await statuses(world.store, ids))['load_balancer']).toBe('ACTIVE');
  expect(told()).toEqual([]);
});
