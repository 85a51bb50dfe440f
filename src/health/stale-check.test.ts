import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toSqlDatetime } from '../lib/clock.ts';
import { recordHeartbeats } from '../store/amphora-health.ts';
import type { Store } from '../store/database.ts';
import { rememberDeletions } from '../store/failed-deletions.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { createJudgement } from './judgement.ts';
import { checkStale, type StaleCheckOptions } from './stale-check.ts';
import { createStormBrake } from './storm-brake.ts';
import { createHealthStore, createRecordingBus, createSetClock, seed, type SetClock } from './testing/health-world.ts';

const TIMEOUT_MS = 60_000;
let store: Store;
let clock: SetClock;
let bus: ReturnType<typeof createRecordingBus>;

beforeEach(async () => {
  store = await createHealthStore();
  clock = createSetClock();
  bus = createRecordingBus();
});
afterEach(() => store.close());

function optionsOf(changes: Partial<StaleCheckOptions> = {}): StaleCheckOptions {
  const judgement = createJudgement({ timeoutMs: TIMEOUT_MS, intervalMs: 3000, startedAtMs: clock.now() - TIMEOUT_MS });
  // The check before this one.
  judgement.mayJudge(clock.now() - 1);
  return { store, bus, clock, log: silentLogger, timeoutMs: TIMEOUT_MS, maxFailovers: 10, threshold: null, brake: createStormBrake(TIMEOUT_MS), lastHealthyMs: () => undefined, judgement: { ...judgement, mayJudge: () => true }, ...changes };
}
const silent = (name: string, changes: Parameters<typeof seed>[2] extends infer S ? Partial<S> : never = {}) => seed(store, name, { nowMs: clock.now(), lastUpdateMs: clock.now() - TIMEOUT_MS - 1000, ...changes });
const amphoraStatus = async (id: string) => (await store.read.selectFrom('amphora').select('status').where('id', '=', id).executeTakeFirstOrThrow()).status;
const provisioningStatus = async (id: string) => (await store.read.selectFrom('load_balancer').select('provisioning_status').where('id', '=', id).executeTakeFirstOrThrow()).provisioning_status;

describe('the look for silent amphorae', () => {
  it('takes a silent one: busy, load balancer PENDING_UPDATE, a wish for the worker and a cast', async () => {
    await silent('lb');
    await seed(store, 'alive', { nowMs: clock.now(), lastUpdateMs: clock.now() - TIMEOUT_MS + 1000 });
    expect(await checkStale(optionsOf())).toMatchObject({ stale: 1, claimed: 1, stopped: 0 });
    expect(await provisioningStatus('lb')).toBe('PENDING_UPDATE');
    expect(await provisioningStatus('alive')).toBe('ACTIVE');
    expect(await store.read.selectFrom('ts_request').selectAll().execute()).toMatchObject([{ kind: 'failover_amphora', load_balancer_id: 'lb', amphora_id: 'lb-a' }]);
    expect(bus.casts).toEqual([{ method: 'failover_amphora', args: { amphora_id: 'lb-a' } }]);
  });

  it('gives up a silent spare, which nobody is given any more', async () => {
    for (const [id, status] of [['spare', 'READY'], ['booting', 'BOOTING'], ['heard', 'READY']] as const) {
      await store.transaction(async (trx) => {
        await trx.insertInto('amphora').values({ id, status, cert_busy: false }).execute();
        await recordHeartbeats(trx, new Map([[id, clock.now() - (id === 'heard' ? 0 : TIMEOUT_MS + 1000)]]));
      });
    }
    const outcomes = await Promise.all([1, 2].map(() => checkStale(optionsOf())));
    expect(outcomes.reduce((sum, one) => sum + one.claimed, 0)).toBe(1);
    expect([await amphoraStatus('spare'), await amphoraStatus('booting'), await amphoraStatus('heard')]).toEqual(['PENDING_DELETE', 'BOOTING', 'READY']);
    expect(await store.read.selectFrom('ts_request').selectAll().execute()).toMatchObject([{ kind: 'failover_amphora', load_balancer_id: null, amphora_id: 'spare' }]);
  });

  it('takes it once, however many managers look at the same time', async () => {
    await silent('lb');
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => checkStale(optionsOf())));
    expect(outcomes.reduce((sum, one) => sum + one.claimed, 0)).toBe(1);
    expect(await store.read.selectFrom('ts_request').selectAll().execute()).toHaveLength(1);
  });

  it.each(['PENDING_UPDATE', 'PENDING_DELETE', 'PENDING_CREATE'] as const)('leaves the amphora of a load balancer that is %s, and goes on with the others', async (state) => {
    await silent('lb', { provisioningStatus: state, lastUpdateMs: clock.now() - 10 * TIMEOUT_MS });
    await silent('other');
    expect((await checkStale(optionsOf())).claimed).toBe(1);
    expect(await provisioningStatus('lb')).toBe(state);
    const health = await store.read.selectFrom('amphora_health').selectAll().where('amphora_id', '=', 'lb-a').executeTakeFirst();
    expect(health?.busy).toBe(false);
  });

  it('leaves that of a load balancer whose deletion failed and is tried again, and takes that of another in ERROR', async () => {
    for (const name of ['doomed', 'broken']) await silent(name, { provisioningStatus: 'ERROR' });
    await store.transaction((trx) => rememberDeletions(trx, 'doomed', ['doomed']));
    // What is to go pulls no brake for the others either.
    expect(await checkStale(optionsOf({ threshold: 2 }))).toEqual({ stale: 1, claimed: 1, stopped: 0, isBraking: false });
    expect([await provisioningStatus('doomed'), await provisioningStatus('broken')]).toEqual(['ERROR', 'PENDING_UPDATE']);
  });

  it.each(['BOOTING', 'DELETED', 'PENDING_DELETE', 'ERROR'] as const)('does not judge an amphora in %s', async (status) => {
    await silent('lb', { amphoraStatus: status });
    expect((await checkStale(optionsOf())).claimed).toBe(0);
  });

  it('believes what it heard itself when the database does not know it yet', async () => {
    await silent('lb');
    expect((await checkStale(optionsOf({ lastHealthyMs: () => clock.now() - 1000 }))).claimed).toBe(0);
  });

  it('judges nothing while it may not', async () => {
    await silent('lb');
    const judgement = { mayJudge: () => false, databaseFailed: () => true, databaseAnswered: () => undefined, notBeforeMs: 0 };
    expect((await checkStale(optionsOf({ judgement }))).claimed).toBe(0);
  });

  it('has no more failovers under way than allowed', async () => {
    for (const name of ['a', 'b', 'c']) await silent(name);
    expect((await checkStale(optionsOf({ maxFailovers: 2 }))).claimed).toBe(2);
    expect((await checkStale(optionsOf({ maxFailovers: 2 }))).claimed).toBe(0);
    await store.transaction((trx) => trx.deleteFrom('ts_request').execute());
    expect((await checkStale(optionsOf({ maxFailovers: 2 }))).claimed).toBe(1);
  });

  it('counts those that a worker has begun with, until they are over or have failed', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await silent(name);
    const claimed = async (): Promise<number> => (await checkStale(optionsOf({ maxFailovers: 2 }))).claimed;
    expect(await claimed()).toBe(2);
    const [one, other] = await store.read.selectFrom('ts_request').select(['amphora_id', 'load_balancer_id']).orderBy('amphora_id').execute();
    // As the worker does at the start of its run.
    await store.transaction(async (trx) => {
      await trx.updateTable('amphora').set({ status: 'PENDING_DELETE' }).where('id', 'in', [one!.amphora_id!, other!.amphora_id!]).execute();
      await trx.deleteFrom('ts_request').execute();
    });
    expect(await claimed()).toBe(0);
    await store.transaction((trx) => trx.updateTable('load_balancer').set({ provisioning_status: 'ERROR' }).where('id', '=', one!.load_balancer_id).execute());
    expect(await claimed()).toBe(1);
    expect(await claimed()).toBe(0);
    await store.transaction((trx) => trx.updateTable('amphora').set({ status: 'DELETED' }).where('id', '=', other!.amphora_id!).execute());
    expect(await claimed()).toBe(1);
  });

  it('does not count the failover of an amphora that is heard', async () => {
    await silent('a');
    await seed(store, 'rolled', { nowMs: clock.now(), lastUpdateMs: clock.now(), amphoraStatus: 'PENDING_DELETE', provisioningStatus: 'PENDING_UPDATE' });
    await store.transaction((trx) => trx.updateTable('amphora_health').set({ busy: true }).where('amphora_id', '=', 'rolled-a').execute());
    expect((await checkStale(optionsOf({ maxFailovers: 1 }))).claimed).toBe(1);
  });

  it('keeps the wish when the bus is down', async () => {
    await silent('lb');
    const down = { ...bus, cast: () => Promise.reject(new Error('no bus')) };
    expect((await checkStale(optionsOf({ bus: down }))).claimed).toBe(1);
    expect(await store.read.selectFrom('ts_request').selectAll().execute()).toHaveLength(1);
  });

  it('stops all failovers in a storm, waits one timeout after it, and replaces who is still silent then', async () => {
    for (const name of ['a', 'b', 'c']) await silent(name);
    const brake = createStormBrake(TIMEOUT_MS);
    expect(await checkStale(optionsOf({ threshold: 3, brake }))).toEqual({ stale: 3, claimed: 0, stopped: 3, isBraking: true });
    expect([await amphoraStatus('a-a'), await provisioningStatus('a')]).toEqual(['FAILOVER_STOPPED', 'ACTIVE']);
    await store.transaction((trx) => trx.updateTable('amphora_health').set({ last_update: toSqlDatetime(clock.now()) }).where('amphora_id', '=', 'a-a').execute());
    clock.advance(TIMEOUT_MS - 1);
    await store.transaction((trx) => trx.updateTable('amphora_health').set({ last_update: toSqlDatetime(clock.now()) }).where('amphora_id', '=', 'a-a').execute());
    expect(await checkStale(optionsOf({ threshold: 3, brake }))).toMatchObject({ stale: 2, claimed: 0, stopped: 0 });
    clock.advance(1);
    expect(await checkStale(optionsOf({ threshold: 3, brake }))).toMatchObject({ stale: 2, claimed: 2, stopped: 0 });
    expect(await amphoraStatus('a-a')).toBe('ALLOCATED');
  });

  it('has the storm brake on when failover_threshold is unset', async () => {
    for (let index = 0; index < 10; index += 1) await silent(`lb${index}`);
    expect(await checkStale(optionsOf())).toMatchObject({ stale: 10, claimed: 0, stopped: 10 });
  });
});

it('the brake is held for one timeout, which begins anew when the clock is set back', () => {
  const brake = createStormBrake(TIMEOUT_MS);
  expect(brake.isHeld(0)).toBe(false);
  brake.engage(7_200_000);
  expect([7_259_000, 7_260_000, 3_600_000, 3_659_000, 3_660_000].map((nowMs) => brake.isHeld(nowMs))).toEqual([true, false, true, true, false]);
});

describe('the right to judge', () => {
  const judgementAt = (startedAtMs: number) => createJudgement({ timeoutMs: TIMEOUT_MS, intervalMs: 3000, startedAtMs });
  const checksUntil = (judgement: ReturnType<typeof judgementAt>, from: number, to: number) => {
    let verdict = false;
    for (let now = from; now <= to; now += 3000) verdict = judgement.mayJudge(now);
    return verdict;
  };

  it('begins one timeout after the start', () => {
    const judgement = judgementAt(0);
    expect(checksUntil(judgement, 0, 57_000)).toBe(false);
    expect(judgement.mayJudge(60_000)).toBe(true);
  });

  it('is lost for one timeout after the process was suspended or the clock was set back', () => {
    const judgement = judgementAt(0);
    expect(checksUntil(judgement, 0, 60_000)).toBe(true);
    expect(judgement.mayJudge(200_000)).toBe(false);
    expect(checksUntil(judgement, 203_000, 257_000)).toBe(false);
    expect(judgement.mayJudge(260_000)).toBe(true);
    expect(judgement.mayJudge(100_000)).toBe(false);
  });

  it('comes back one timeout after the clock was set back by hours, soon after the start too', () => {
    const hour = 3_600_000;
    const judgement = judgementAt(2 * hour);
    expect(judgement.mayJudge(2 * hour + 3000)).toBe(false);
    expect(checksUntil(judgement, hour, hour + 57_000)).toBe(false);
    expect(judgement.mayJudge(hour + 60_000)).toBe(true);
  });

  it('is lost during an outage of the database and for one timeout after it', () => {
    const judgement = judgementAt(0);
    expect(checksUntil(judgement, 0, 60_000)).toBe(true);
    expect([judgement.databaseFailed(), judgement.databaseFailed()]).toEqual([true, false]);
    expect(checksUntil(judgement, 63_000, 300_000)).toBe(false);
    judgement.databaseAnswered(300_000);
    expect(checksUntil(judgement, 303_000, 357_000)).toBe(false);
    expect(judgement.mayJudge(360_000)).toBe(true);
  });
});
