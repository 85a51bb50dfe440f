import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../config/load-config.ts';
import type { Store } from '../store/database.ts';
import { DatabaseUnavailable } from '../store/errors.ts';
import { takeLease } from '../store/leases.ts';
import { openStore } from '../store/open-store.ts';
import { listRequests } from '../store/requests.ts';
import { upgradeHead } from '../store/schema/migrate.ts';
import { availableDialects, startTestServer } from '../store/testing/databases.ts';
import { plantLoadBalancer } from '../store/testing/plant-load-balancer.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { createCastIntake } from './cast-intake.ts';
import { open } from './reconcile.ts';
import { settingsFrom } from './settings.ts';
import { createWorld, insertTree, type TestWorld } from './testing/world.ts';

let world: TestWorld;
beforeEach(async () => { world = await createWorld(); });
afterEach(() => world.close());

/** The database answers again after so many failures. */
function awayFor(store: Store, failures: number): Store {
  let left = failures;
  return {
    ...store, read: store.read, close: () => store.close(),
    transaction: async (work) => {
      left -= 1;
      if (left >= 0) throw new DatabaseUnavailable('it is away', null);
      return store.transaction(work);
    },
  };
}

test('wishes of a Python API that came while the database was away are kept when it is back, each once', async () => {
  const ids = await insertTree(world.store);
  const woken: string[] = [];
  const intake = createCastIntake({
    store: awayFor(world.store, 5), log: silentLogger, patience: { attempts: 2, firstMs: 1, stepMs: 0, maxMs: 1 },
    wakeLoadBalancer: (id) => void woken.push(id), wakeAmphora: () => undefined,
  });
  intake.take({ method: 'failover_load_balancer', args: { load_balancer_id: ids.loadBalancer } });
  await intake.idle();
  expect((await listRequests(world.store.read, ids.loadBalancer)).map(({ kind }) => kind)).toEqual(['failover_load_balancer']);
  expect(woken).toEqual([ids.loadBalancer]);
});

test('stopping ends although the database is away and a wish still waits for it', async () => {
  const ids = await insertTree(world.store);
  const intake = createCastIntake({
    store: awayFor(world.store, Number.POSITIVE_INFINITY), log: silentLogger, patience: { attempts: 2, firstMs: 1, stepMs: 0, maxMs: 1 },
    wakeLoadBalancer: () => undefined, wakeAmphora: () => undefined,
  });
  intake.take({ method: 'failover_load_balancer', args: { load_balancer_id: ids.loadBalancer } });
  intake.stop();
  await intake.idle();
  world.cloud.diesAt = 0;
  await world.worker.start();
  await expect(world.worker.stop(0)).resolves.toBeUndefined();
});

describe.skipIf(!availableDialects.includes('mysql'))('on MariaDB', () => {
  test('the lease comes before the picture: what its former holder committed last is seen', async () => {
    const server = await startTestServer('mysql');
    const url = await server.newDatabase();
    const [store, former] = [await openStore(url), await openStore(url)];
    try {
      await upgradeHead(store);
      const { id } = await store.transaction((trx) => plantLoadBalancer(trx, { id: 'planted', status: 'PENDING_UPDATE' }));
      await former.transaction((trx) => takeLease(trx, { loadBalancerId: id, owner: 'former', ttlSeconds: 60 }));
      const settings = settingsFrom(loadConfig({}));
      let opening: ReturnType<typeof open> | undefined;
      await former.transaction(async (trx) => {
        await trx.updateTable('ts_lease').set({ owner: null }).where('load_balancer_id', '=', id).execute();
        opening = open({ store, settings: () => settings }, id, { owner: 'next', ignoreBackOff: true, signal: new AbortController().signal });
        await untilSomebodyWaits(former);
        await trx.updateTable('load_balancer').set({ name: 'changed at last' }).where('id', '=', id).execute();
      });
      expect(await opening).toMatchObject({ graph: { name: 'changed at last' } });
    } finally {
      await Promise.all([store.close(), former.close()]);
      await server.stop();
    }
  }, 120_000);
});

async function untilSomebodyWaits(store: Store): Promise<void> {
  for (;;) {
    const { rows } = await sql`select 1 from information_schema.innodb_trx where trx_state = 'LOCK WAIT'`.execute(store.read);
    if (rows.length > 0) return;
  }
}
