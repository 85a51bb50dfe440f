import { afterEach, beforeEach, expect, test } from 'vitest';
import { databaseNowPlus } from '../store/database-clock.ts';
import type { Store } from '../store/database.ts';
import { openStore } from '../store/open-store.ts';
import { upgradeHead } from '../store/schema/migrate.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { createBuildSlots, type BuildSlots, type BuildTicket } from './build-slots.ts';

let store: Store;
beforeEach(async () => {
  store = await openStore('sqlite://');
  await upgradeHead(store);
});
afterEach(() => store.close());

/** The build slots of one worker process. */
function slotsOf(limit: number, retries = 1000): BuildSlots {
  return createBuildSlots({ store, log: silentLogger, settings: () => ({ limit, retries, pauseMs: 1 }) });
}

/** An amphora under the lease of a living worker. */
async function ticket(amphoraId: string, priority: BuildTicket['priority'] = 'creation'): Promise<BuildTicket> {
  await store.transaction(async (trx) => {
    await trx.insertInto('amphora').values({ id: amphoraId, status: 'BOOTING', cert_busy: false }).execute();
    await trx.insertInto('ts_lease').values({ load_balancer_id: amphoraId, owner: 'worker', fence: 1, attempts: 0, expires_at: databaseNowPlus(trx, 1000) }).execute();
  });
  return { amphoraId, priority, signal: new AbortController().signal, park: () => () => undefined };
}

const until = async (isTrue: () => boolean): Promise<void> => { while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1)); };
const line = () => store.read.selectFrom('amphora_build_request').select(['amphora_id', 'status']).orderBy('amphora_id').execute();

test('all workers together never build more than allowed, and everything is built', async () => {
  const [one, two, three] = [slotsOf(2), slotsOf(2), slotsOf(2)];
  let [building, most, done] = [0, 0, 0];
  const pair = Promise.withResolvers<void>();
  const tickets = await Promise.all(Array.from({ length: 12 }, (_, index) => ticket(`amphora-${index}`)));
  await Promise.all(tickets.map((asked, index) => (index % 3 === 0 ? one : index % 3 === 1 ? two : three).use(asked, async () => {
    building += 1;
    most = Math.max(most, building);
    if (building === 2) pair.resolve();
    // The first build lasts until there is a second one, however long that takes.
    await pair.promise;
    await new Promise((resolve) => setTimeout(resolve, 2));
    building -= 1;
    done += 1;
  })));
  expect([most, done]).toEqual([2, 12]);
  expect(await line()).toEqual([]);
  expect(await store.read.selectFrom('amphora_build_slots').select('slots_used').executeTakeFirst()).toEqual({ slots_used: 0 });
});

test('a failover is built before creations that wait longer, and spares come last', async () => {
  const [one, other] = [slotsOf(1), slotsOf(1)];
  const order: string[] = [];
  const hold = Promise.withResolvers<void>();
  const first = one.use(await ticket('first'), () => hold.promise);
  await until(() => true);
  const rest = [];
  for (const [name, priority] of [['spare', 'spare'], ['creation', 'creation'], ['failover', 'failover']] as const) {
    rest.push(other.use(await ticket(name, priority), async () => { order.push(name); }));
  }
  let waiting = 0;
  while (waiting < 3) waiting = (await line()).filter(({ status }) => status === 'WAITING').length;
  hold.resolve();
  await Promise.all([first, ...rest]);
  expect(order).toEqual(['failover', 'creation', 'spare']);
});

test('the slot of a worker that died is free when its lease has run out', async () => {
  void slotsOf(1).use(await ticket('dead'), () => new Promise(() => undefined));
  let built = false;
  const next = slotsOf(1).use(await ticket('next'), async () => { built = true; });
  while ((await line()).length < 2) await until(() => true);
  expect(built).toBe(false);
  await store.transaction((trx) => trx.updateTable('ts_lease').set({ expires_at: databaseNowPlus(trx, -10) }).where('load_balancer_id', '=', 'dead').execute());
  await next;
  expect(built).toBe(true);
});

test('what a former run over the same load balancer left in line keeps its next run from no slot', async () => {
  const { amphoraId: former } = await ticket('former');
  const [next, sibling] = [await ticket('next'), await ticket('sibling')];
  await store.transaction(async (trx) => {
    await trx.insertInto('load_balancer').values({ id: 'lb', enabled: true, provisioning_status: 'PENDING_UPDATE', operating_status: 'ONLINE' }).execute();
    await trx.updateTable('amphora').set({ load_balancer_id: 'lb' }).execute();
    await trx.updateTable('ts_lease').set({ load_balancer_id: 'lb' }).where('load_balancer_id', '=', 'next').execute();
    await trx.deleteFrom('ts_lease').where('load_balancer_id', '<>', 'lb').execute();
    await trx.insertInto('amphora_build_request').values({ amphora_id: former, priority: 40, created_time: databaseNowPlus(trx, -60), status: 'BUILDING' }).execute();
  });
  const slots = slotsOf(1, 20);
  const order: string[] = [];
  const build = (name: string) => async (): Promise<void> => {
    order.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    order.push(`${name} ends`);
  };
  await Promise.all([slots.use(next, build('next')), slots.use(sibling, build('sibling'))]);
  expect(order).toEqual(['next begins', 'next ends', 'sibling begins', 'sibling ends']);
  expect(await line()).toEqual([]);
});

test('a slot that a former run of the same amphora left taken is its own: it waits for nobody who waits for that slot', async () => {
  const again = await ticket('again');
  await store.transaction((trx) => trx.insertInto('amphora_build_request').values({ amphora_id: 'again', priority: 40, created_time: databaseNowPlus(trx, -60), status: 'BUILDING' }).execute());
  const order: string[] = [];
  const [one, other] = [slotsOf(1), slotsOf(1, 20)];
  const urgent = one.use(await ticket('urgent', 'failover'), async () => { order.push('urgent'); });
  while ((await line()).length < 2) await until(() => true);
  await Promise.all([urgent, other.use(again, async () => { order.push('again'); })]);
  expect(order).toEqual(['again', 'urgent']);
});

test('who gets no slot in the configured number of looks fails for now and leaves the line', async () => {
  void slotsOf(1).use(await ticket('long'), () => new Promise(() => undefined));
  await until(() => true);
  while ((await line()).length < 1) await until(() => true);
  await expect(slotsOf(1, 3).use(await ticket('late'), async () => undefined)).rejects.toMatchObject({ code: 'build-queue-timeout', retry: 'retry' });
  expect((await line()).map(({ amphora_id }) => amphora_id)).toEqual(['long']);
});

test('without a limit the database is not asked', async () => {
  await slotsOf(Number.POSITIVE_INFINITY).use(await ticket('free'), async () => expect(await line()).toEqual([]));
});
