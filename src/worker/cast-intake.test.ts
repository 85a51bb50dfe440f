import { afterEach, expect, test, vi } from 'vitest';
import { silentLogger } from '../telemetry/logger.ts';
import { createCastIntake } from './cast-intake.ts';
import { createWorld, insertTree } from './testing/world.ts';

afterEach(() => vi.restoreAllMocks());

test('looks for a commit after the first delay, and then ever a step later', async () => {
  const world = await createWorld();
  const ids = await insertTree(world.store);
  await world.store.transaction((trx) => trx.updateTable('load_balancer').set({ provisioning_status: 'ACTIVE' }).execute());
  const asked: (number | undefined)[] = [];
  const setTimer = globalThis.setTimeout;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, ms?: number) => {
    if (ms !== undefined && ms >= 1000) asked.push(ms);
    return setTimer(work, 0);
  }) as typeof setTimeout);
  const woken: string[] = [];
  const intake = createCastIntake({
    store: world.store, log: silentLogger, patience: { attempts: 6, firstMs: 1000, stepMs: 2000, maxMs: 5000 },
    wakeLoadBalancer: (id) => void woken.push(id), wakeAmphora: () => undefined,
  });
  intake.take({ method: 'update_load_balancer', args: { original_load_balancer: { loadbalancer_id: ids.loadBalancer }, load_balancer_updates: {} } });
  await intake.idle();
  expect(asked).toEqual([1000, 3000, 5000, 5000, 5000]);
  expect(woken).toEqual([ids.loadBalancer]);
  await world.close();
});
