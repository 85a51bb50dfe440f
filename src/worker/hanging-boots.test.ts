import { afterEach, expect, test } from 'vitest';
import type { ComputeInstance } from '../drivers/compute/compute-driver.ts';
import { amphoraRows, createWorld, insertTree, statuses, touch, type TestWorld, type TreeIds } from './testing/world.ts';

let world: TestWorld;
afterEach(() => world.close());

async function narrowWorld(): Promise<{ running: TreeIds; fresh: readonly TreeIds[] }> {
  world = await createWorld({ DEFAULT: { executor_thread_pool_size: 2 }, controller_worker: { amp_active_wait_sec: 0, amp_active_retries: 1_000_000 } });
  const running = await insertTree(world.store, 'SINGLE', 'SINGLE');
  world.worker.wake(running.loadBalancer);
  await world.worker.idle();
  const fresh = [];
  for (let number = 0; number < 6; number += 1) fresh.push(await insertTree(world.store, 'ACTIVE_STANDBY', 'ACTIVE_STANDBY'));
  return { running, fresh };
}

async function until(isTrue: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error('it did not come true');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function changes(ids: TreeIds): Promise<void> {
  await world.store.transaction((trx) => trx.updateTable('member').set({ weight: 7 }).where('id', '=', ids.member).execute());
  await touch(world.store, ids, { member: 'PENDING_UPDATE', pool: 'PENDING_UPDATE', listener: 'PENDING_UPDATE' });
  world.worker.wake(ids.loadBalancer);
  await until(async () => (await statuses(world.store, ids))['load_balancer'] === 'ACTIVE');
}

test('while machines do not come up others are started, and what runs is changed at once', async () => {
  const { running, fresh } = await narrowWorld();
  world.cloud.bootsHang = true;
  for (const { loadBalancer } of fresh) world.worker.wake(loadBalancer);
  await until(() => world.cloud.amphorae.size === 1 + 2 * fresh.length);
  await changes(running);
  for (const ids of fresh) expect((await statuses(world.store, ids))['load_balancer']).toBe('PENDING_CREATE');
  world.cloud.bootsHang = false;
  await world.worker.idle();
  for (const ids of fresh) expect((await statuses(world.store, ids))['load_balancer']).toBe('ACTIVE');
});

test('nor do agents that take their time to start keep anything up', async () => {
  const { running, fresh } = await narrowWorld();
  const booted = Promise.withResolvers<void>();
  const { clients } = world.cloud;
  const connect = clients.connect.bind(clients);
  Object.assign(clients, {
    connect: (...[endpoint, patience, ...rest]: Parameters<typeof connect>) => {
      const client = connect(endpoint, patience, ...rest);
      return patience === 'boot' ? { ...client, getFacts: async () => { await booted.promise; return client.getFacts(); } } : client;
    },
  } satisfies Partial<typeof clients>);
  for (const { loadBalancer } of fresh) world.worker.wake(loadBalancer);
  await until(() => world.cloud.amphorae.size === 1 + 2 * fresh.length);
  await changes(running);
  booted.resolve();
  await world.worker.idle();
  for (const ids of fresh) expect((await amphoraRows(world.store, ids.loadBalancer)).map(({ status }) => status)).toEqual(['ALLOCATED', 'ALLOCATED']);
});

/** The first machine never comes up; returns its amphora. */
function hangFirst({ compute }: TestWorld['cloud']): () => string | undefined {
  const original = { ...compute };
  let stuck: string | undefined;
  const hang = (instance: ComputeInstance): ComputeInstance => (instance.computeId === stuck ? { ...instance, state: 'building' } : instance);
  Object.assign(compute, {
    ensure: async (request) => {
      stuck ??= request.amphoraId;
      return hang(await original.ensure(request));
    },
    get: async (computeId) => hang(await original.get(computeId)),
    remove: async (computeId) => {
      await original.remove(computeId);
      // Another machine of the same amphora is another machine.
      if (computeId === stuck) stuck = '';
    },
  } satisfies Partial<typeof compute>);
  return () => stuck;
}

const IMPATIENT = { amp_active_wait_sec: 0, amp_active_retries: 2 };

test('a machine that does not come up in time is replaced by the next attempt', async () => {
  world = await createWorld({ controller_worker: IMPATIENT });
  const ids = await insertTree(world.store);
  hangFirst(world.cloud);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    world.worker.wake(ids.loadBalancer);
    await world.worker.idle();
  }
  expect((await statuses(world.store, ids))['load_balancer']).toBe('ACTIVE');
  expect(world.cloud.take('compute.ensure', 'compute.remove')).toHaveLength(3);
  expect(world.cloud.amphorae.size).toBe(1);
});

test('so is that of a spare amphora', async () => {
  world = await createWorld({ controller_worker: IMPATIENT, house_keeping: { spare_amphora_pool_size: 1 } });
  const stuck = hangFirst(world.cloud);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await world.store.transaction((trx) => trx.updateTable('ts_lease').set({ next_attempt_at: null }).execute());
    await world.worker.sweep();
    await world.worker.idle();
  }
  expect(stuck()).toBe('');
  expect(await world.store.read.selectFrom('amphora').select('status').execute()).toEqual([{ status: 'READY' }]);
});

test('a load balancer that is to be deleted does not wait until its machine is up, or was waited for long enough', async () => {
  world = await createWorld({ controller_worker: { amp_active_wait_sec: 0, amp_active_retries: 1_000_000, lease_ttl_seconds: 1 } });
  const ids = await insertTree(world.store, 'ACTIVE_STANDBY', 'ACTIVE_STANDBY');
  world.cloud.bootsHang = true;
  const orders: AbortSignal[] = [];
  const { compute } = world.cloud;
  const ensure = compute.ensure.bind(compute);
  Object.assign(compute, { ensure: (request) => {
    if (request.signal !== undefined) orders.push(request.signal);
    return ensure(request);
  } } satisfies Partial<typeof compute>);
  world.worker.wake(ids.loadBalancer);
  await until(() => world.cloud.amphorae.size === 2);
  await touch(world.store, ids, { load_balancer: 'PENDING_DELETE' });
  await world.worker.idle();
  expect(await statuses(world.store, ids)).toMatchObject({ load_balancer: 'DELETED', listener: 'gone' });
  expect(world.cloud.amphorae.size).toBe(0);
  expect([...world.cloud.ports]).toEqual([]);
  expect(orders.map(({ aborted }) => aborted), 'an order that is cut off may be carried out when nobody looks any more').toEqual([false, false]);
});
