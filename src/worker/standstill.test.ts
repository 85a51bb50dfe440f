import { afterEach, expect, test, vi } from 'vitest';
import { confirmChange } from '../lib/change-guard.ts';
import { releaseLeasesOf, takeLease } from '../store/leases.ts';
import { createWorld, insertTree, type TestWorld } from './testing/world.ts';

let world: TestWorld;
afterEach(async () => {
  vi.restoreAllMocks();
  await world.close();
});

/** The process stands still while a driver looks for a machine; another worker takes over meanwhile. */
function standStillInEnsure(leaseId: () => string): string[] {
  const made: string[] = [];
  const { compute } = world.cloud;
  const ensure = compute.ensure.bind(compute);
  Object.assign(compute, { ensure: async (request) => {
    const later = performance.now() + 3_600_000;
    vi.spyOn(performance, 'now').mockReturnValue(later);
    // At once: whatever else the worker does asks for its lease again.
    await world.store.transaction(async (trx) => {
      await releaseLeasesOf(trx, (await trx.selectFrom('ts_lease').select('owner').executeTakeFirstOrThrow()).owner ?? '');
      await takeLease(trx, { loadBalancerId: leaseId(), owner: 'another', ttlSeconds: 1000 });
    });
    await confirmChange();
    made.push(request.amphoraId);
    return ensure(request);
  } } satisfies Partial<typeof compute>);
  return made;
}

test('a worker that stood still in the middle of an action makes no second machine', async () => {
  world = await createWorld();
  const ids = await insertTree(world.store);
  const made = standStillInEnsure(() => ids.loadBalancer);
  world.worker.wake(ids.loadBalancer);
  await world.worker.idle();
  expect(made).toEqual([]);
  expect((await world.store.read.selectFrom('ts_lease').select('owner').executeTakeFirstOrThrow()).owner, 'the other one goes on').toBe('another');
});

test('nor one of a spare amphora', async () => {
  world = await createWorld({ house_keeping: { spare_amphora_pool_size: 1 } });
  let spare = '';
  const made = standStillInEnsure(() => spare);
  await world.store.transaction((trx) => trx.insertInto('amphora').values({ id: (spare = 'spare-1'), status: 'BOOTING', cert_busy: false, created_at: '2026-01-01 00:00:00' }).execute());
  await world.worker.sweep();
  await world.worker.idle();
  expect(made).toEqual([]);
});
