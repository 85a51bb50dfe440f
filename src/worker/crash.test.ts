import { expect, test } from 'vitest';
import { amphoraRows, createWorld, expireLeases, insertTree, statuses, touch, type TestWorld, type TreeIds } from './testing/world.ts';

const ALL_ACTIVE = { load_balancer: 'ACTIVE', listener: 'ACTIVE', pool: 'ACTIVE', member: 'ACTIVE', health_monitor: 'ACTIVE', l7policy: 'ACTIVE', l7rule: 'ACTIVE' };

interface Scenario {
  readonly prepare: (world: TestWorld) => Promise<TreeIds>;
  readonly check: (world: TestWorld, ids: TreeIds) => Promise<void>;
}

async function settle(world: TestWorld, id: string): Promise<void> {
  world.worker.wake(id);
  await world.worker.idle();
}

async function checkPair(world: TestWorld, ids: TreeIds): Promise<void> {
  expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
  const rows = await amphoraRows(world.store, ids.loadBalancer);
  const live = rows.filter(({ status }) => status !== 'DELETED');
  expect(live.map(({ role, status }) => `${role} ${status}`)).toEqual(['BACKUP ALLOCATED', 'MASTER ALLOCATED']);
  expect([...world.cloud.amphorae.keys()].toSorted()).toEqual(live.map(({ id }) => id).toSorted());
  for (const amphora of world.cloud.amphorae.values()) {
    expect(amphora).toMatchObject({ vipPlugged: true, vrrpRuns: true });
    expect(amphora.runningHaproxy).toBe(amphora.haproxy);
    expect(amphora.haproxy).toContain('192.0.2.10:8080');
  }
  expect(await world.store.read.selectFrom('ts_request').selectAll().execute()).toEqual([]);
}

async function wishFailover(world: TestWorld, ids: TreeIds): Promise<void> {
  await world.store.transaction((trx) => trx.insertInto('ts_request').values({
    id: 'wish', kind: 'failover_load_balancer', load_balancer_id: ids.loadBalancer, amphora_id: null, created_at: '2026-01-01 00:00:00',
  }).execute());
}

async function checkFailedOver(world: TestWorld, ids: TreeIds): Promise<void> {
  await checkPair(world, ids);
  expect((await amphoraRows(world.store, ids.loadBalancer)).filter(({ status }) => status === 'DELETED')).toHaveLength(2);
}

const scenarios: Readonly<Record<string, Scenario>> = {
  'creating a pair': { prepare: (world) => insertTree(world.store, 'ACTIVE_STANDBY', 'ACTIVE_STANDBY'), check: checkPair },
  'failing a pair over': {
    prepare: async (world) => {
      const ids = await insertTree(world.store, 'ACTIVE_STANDBY', 'ACTIVE_STANDBY');
      await settle(world, ids.loadBalancer);
      await touch(world.store, ids, {});
      await wishFailover(world, ids);
      return ids;
    },
    check: checkFailedOver,
  },
  'failing a pair over that is ACTIVE, as the wish joined a change that is done': {
    prepare: async (world) => {
      const ids = await insertTree(world.store, 'ACTIVE_STANDBY', 'ACTIVE_STANDBY');
      await settle(world, ids.loadBalancer);
      await wishFailover(world, ids);
      return ids;
    },
    check: checkFailedOver,
  },
  'deleting a pair': {
    prepare: async (world) => {
      const ids = await insertTree(world.store, 'ACTIVE_STANDBY', 'ACTIVE_STANDBY');
      await settle(world, ids.loadBalancer);
      await touch(world.store, ids, { load_balancer: 'PENDING_DELETE' });
      return ids;
    },
    check: async (world, ids) => {
      expect(await statuses(world.store, ids)).toMatchObject({ load_balancer: 'DELETED', listener: 'gone', member: 'gone' });
      expect(world.cloud.amphorae.size).toBe(0);
      const quota = await world.store.read.selectFrom('quotas').selectAll().executeTakeFirst();
      expect(quota).toMatchObject({ in_use_load_balancer: 0, in_use_member: 0 });
    },
  },
};

test.each(Object.keys(scenarios))('%s: a process that dies at any step is continued by the next, with nothing twice and nothing left', async (name) => {
  const scenario = scenarios[name]!;
  for (let step = 0; ; step += 1) {
    const world = await createWorld();
    const ids = await scenario.prepare(world);
    world.cloud.diesAt = world.cloud.steps + step;
    world.worker.wake(ids.loadBalancer);
    await world.worker.idle();
    const hasDied = world.cloud.steps > world.cloud.diesAt;
    world.cloud.diesAt = Number.POSITIVE_INFINITY;
    await expireLeases(world.store);
    const next = world.anotherWorker();
    await next.sweep();
    await next.idle();
    await scenario.check(world, ids);
    await world.close();
    if (!hasDied) {
      expect(step).toBeGreaterThan(5);
      return;
    }
  }
});
