import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AmphoraUnreachable } from '../amphora/client/errors.ts';
import { recordHeartbeats } from '../store/amphora-health.ts';
import { orderRollout, startRollout } from '../store/rollouts/control-rollout.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { createSparePool, type SparePool } from './spare-pool.ts';
import { createWorld, insertTree, statuses, touch, type TestWorld } from './testing/world.ts';

/** The clock of the world. */
const NOW_MS = Date.UTC(2026, 0, 2);

let world: TestWorld;
beforeEach(async () => {
  world = await createWorld({ house_keeping: { spare_amphora_pool_size: 2 } });
  await world.worker.start();
  await settle();
});
afterEach(() => world.close());

async function settle(): Promise<void> {
  await world.worker.sweep();
  await world.worker.idle();
}

const spares = async () => (await world.store.read.selectFrom('amphora').select(['id', 'status']).where('load_balancer_id', 'is', null).where('status', '<>', 'DELETED').execute());
const rowsOf = (id: string) => world.store.read.selectFrom('amphora').select(['id', 'status', 'role', 'vrrp_priority']).where('load_balancer_id', '=', id).orderBy('role').execute();
const run = async (id: string): Promise<void> => {
  world.worker.wake(id);
  await world.worker.idle();
};

test('the pool is filled with booted amphorae and stays so', async () => {
  expect(await spares()).toMatchObject([{ status: 'READY' }, { status: 'READY' }]);
  await settle();
  expect(await spares()).toHaveLength(2);
  expect(world.cloud.amphorae.size).toBe(2);
});

test.each(['SINGLE', 'ACTIVE_STANDBY'] as const)('a load balancer of topology %s takes spares, boots nothing, and the pool is filled again', async (topology) => {
  const ready = new Set((await spares()).map(({ id }) => id));
  const ids = await insertTree(world.store, 'SINGLE', topology);
  world.cloud.take();
  await run(ids.loadBalancer);
  const rows = await rowsOf(ids.loadBalancer);
  expect(rows.map(({ status, role, vrrp_priority }) => [status, role, vrrp_priority])).toEqual(
    topology === 'SINGLE' ? [['ALLOCATED', 'STANDALONE', null]] : [['ALLOCATED', 'BACKUP', 90], ['ALLOCATED', 'MASTER', 100]]);
  expect(rows.every(({ id }) => ready.has(id))).toBe(true);
  expect(world.cloud.take('compute.ensure')).toEqual([]);
  expect((await statuses(world.store, ids))['load_balancer']).toBe('ACTIVE');
  // The agent of a spare that was booted for another topology is told.
  expect([...world.cloud.amphorae.values()].filter(({ agentConfig }) => agentConfig?.includes('ACTIVE_STANDBY'))).toHaveLength(topology === 'SINGLE' ? 0 : 2);
  await settle();
  expect(await spares()).toHaveLength(2);
});

test('the spare that was heard last is taken first', async () => {
  const [quiet, heard] = await spares();
  await world.store.transaction((trx) => recordHeartbeats(trx, new Map([[quiet!.id, Date.UTC(2026, 0, 3)], [heard!.id, Date.UTC(2026, 0, 4)]])));
  const ids = await insertTree(world.store, 'SINGLE', 'SINGLE');
  await run(ids.loadBalancer);
  expect((await rowsOf(ids.loadBalancer)).map(({ id }) => id)).toEqual([heard!.id]);
});

test('the cloud is asked for a spare that nobody has heard of lately, and for any after a failure', async () => {
  const [heard, quiet] = await spares();
  await world.store.transaction((trx) => recordHeartbeats(trx, new Map([[heard!.id, NOW_MS - 14_000], [quiet!.id, NOW_MS - 16_000]])));
  const get = vi.spyOn(world.cloud.compute, 'get');
  world.cloud.failOn = (call) => (call.startsWith('agent.plugVip') ? new Error('cut off') : null);
  const ids = await insertTree(world.store, 'SINGLE', 'ACTIVE_STANDBY');
  await run(ids.loadBalancer);
  expect(get.mock.calls).toEqual([[quiet!.id]]);
  world.cloud.failOn = () => null;
  await run(ids.loadBalancer);
  expect(get.mock.calls.slice(1)).toContainEqual([heard!.id]);
});

test('a failover takes a spare', async () => {
  const ids = await insertTree(world.store, 'SINGLE', 'SINGLE');
  await run(ids.loadBalancer);
  await settle();
  const [old] = await rowsOf(ids.loadBalancer);
  world.cloud.take();
  await world.cast({ method: 'failover_amphora', args: { amphora_id: old!.id } });
  expect(world.cloud.take('compute.ensure')).toEqual([]);
  expect((await rowsOf(ids.loadBalancer)).filter(({ status }) => status === 'ALLOCATED')).toHaveLength(1);
  expect(world.cloud.amphorae.has(old!.id)).toBe(false);
});

test('a load balancer whose flavor asks for a machine of its own gets one', async () => {
  const ids = await insertTree(world.store, 'SINGLE', 'SINGLE');
  await world.store.transaction((trx) => trx.updateTable('flavor_profile').set({ flavor_data: JSON.stringify({ compute_flavor: 'big' }) }).where('name', '=', 'p').execute());
  world.cloud.take();
  await run(ids.loadBalancer);
  expect(world.cloud.take('compute.ensure')).toHaveLength(1);
  expect(await spares()).toHaveLength(2);
});

test('a worker that dies after it took a spare leaves it to the next, which goes on with it', async () => {
  const ids = await insertTree(world.store, 'SINGLE', 'ACTIVE_STANDBY');
  world.cloud.failOn = (call) => (call.startsWith('agent.plugVip') ? new Error('cut off') : null);
  await run(ids.loadBalancer);
  world.cloud.failOn = () => null;
  const taken = (await rowsOf(ids.loadBalancer)).map(({ id }) => id);
  await run(ids.loadBalancer);
  expect((await rowsOf(ids.loadBalancer)).map(({ id }) => id)).toEqual(taken);
  expect((await statuses(world.store, ids))['load_balancer']).toBe('ACTIVE');
});

test('deleting takes the amphora away; it does not go back to the pool', async () => {
  const ids = await insertTree(world.store, 'SINGLE', 'SINGLE');
  await run(ids.loadBalancer);
  const [row] = await rowsOf(ids.loadBalancer);
  await touch(world.store, ids, { load_balancer: 'PENDING_DELETE' });
  await run(ids.loadBalancer);
  await settle();
  expect(world.cloud.amphorae.has(row!.id)).toBe(false);
  expect(world.cloud.amphorae.size).toBe(2);
});

const again = async (): Promise<void> => {
  await world.store.transaction((trx) => trx.updateTable('ts_lease').set({ next_attempt_at: null }).execute());
  await settle();
};

test('a spare whose removal fails is removed as soon as it can be, however often it failed', async () => {
  const [spare] = await spares();
  world.cloud.failOn = (call) => (call.startsWith('compute.remove') ? new Error('the cloud is away') : null);
  await world.cast({ method: 'delete_amphora', args: { amphora_id: spare!.id } });
  for (let attempt = 0; attempt < 9; attempt += 1) await again();
  expect(await spares()).toContainEqual({ id: spare!.id, status: 'PENDING_DELETE' });
  world.cloud.failOn = () => null;
  await again();
  expect(world.cloud.amphorae.has(spare!.id)).toBe(false);
  expect((await spares()).map(({ status }) => status)).toEqual(['READY', 'READY']);
});

test('a spare whose agent never answers gets another machine', async () => {
  const [spare] = await spares();
  await world.cast({ method: 'delete_amphora', args: { amphora_id: spare!.id } });
  world.cloud.failOn = (call) => (call.startsWith('agent.getInfo') ? new AmphoraUnreachable('x', 'silence') : null);
  await again();
  expect([(await spares()).map(({ status }) => status).toSorted(), world.cloud.amphorae.size]).toEqual([['BOOTING', 'READY'], 1]);
  world.cloud.failOn = () => null;
  await again();
  expect([(await spares()).map(({ status }) => status), world.cloud.amphorae.size]).toEqual([['READY', 'READY'], 2]);
});

test('a smaller pool lets the surplus go', async () => {
  const poorer = await createWorld({ house_keeping: { spare_amphora_pool_size: 0 } });
  await poorer.store.transaction((trx) => trx.insertInto('amphora').values({ id: 'spare', compute_id: 'spare', status: 'READY', cert_busy: false }).execute());
  await poorer.worker.start();
  await poorer.worker.sweep();
  await poorer.worker.idle();
  expect(await poorer.store.read.selectFrom('amphora').select('status').execute()).toEqual([{ status: 'DELETED' }]);
  await poorer.close();
});

test('the pool is not filled while somebody still makes use of what he took', async () => {
  const pool = poolOfTwo();
  const done = pool.drawn();
  await removeSpares();
  await pool.fill();
  expect(await spares()).toEqual([]);
  done();
  await pool.fill();
  expect(await spares()).toHaveLength(2);
  pool.stop();
});

test('a pool that was stopped is not filled by those who are done later', async () => {
  const pool = poolOfTwo();
  const done = pool.drawn();
  await removeSpares();
  pool.stop();
  done();
  await pause(500);
  expect(await spares()).toEqual([]);
});

function poolOfTwo(): SparePool {
  return createSparePool({ store: world.store, clock: { now: () => Date.UTC(2026, 0, 5) }, log: silentLogger, monotonicMs: () => 0, settings: () => ({ sparePoolSize: 2 }) }, () => undefined);
}

/** And the world's own worker, which would bring them back. */
async function removeSpares(): Promise<void> {
  await world.worker.stop();
  await world.store.transaction((trx) => trx.deleteFrom('amphora').where('load_balancer_id', 'is', null).execute());
}

test('spares that a rollout has yet to replace are given to nobody', async () => {
  const former = new Set((await spares()).map(({ id }) => id));
  await startRollout(world.store, { kind: 'failover', imageId: 'new', canary: 0, perMinute: 1, parallel: 1, soakSeconds: 0 }, NOW_MS);
  const ids = await insertTree(world.store, 'SINGLE', 'SINGLE');
  await run(ids.loadBalancer);
  expect((await rowsOf(ids.loadBalancer)).filter(({ id }) => former.has(id))).toEqual([]);
  await orderRollout(world.store, 'abort', NOW_MS);
  const later = await insertTree(world.store, 'SINGLE', 'SINGLE');
  await run(later.loadBalancer);
  expect((await rowsOf(later.loadBalancer)).filter(({ id }) => former.has(id))).toHaveLength(1);
});

test('a spare with an agent of the original, which does not say for what it was booted, is told in any case', async () => {
  world.cloud.hasForeignAgents = true;
  const ids = await insertTree(world.store, 'SINGLE', 'ACTIVE_STANDBY');
  await run(ids.loadBalancer);
  const rows = await rowsOf(ids.loadBalancer);
  expect(rows.map(({ id }) => world.cloud.amphorae.get(id)?.agentConfig?.includes('loadbalancer_topology = ACTIVE_STANDBY'))).toEqual([true, true]);
});
