import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../store/database.ts';
import { openStore } from '../../store/open-store.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { advanceRollout } from './advance-rollout.ts';
import { orderRollout, rolloutStatus, startRollout, type RolloutWish } from '../../store/rollouts/control-rollout.ts';

let nowMs = 0;
let store: Store;
const clock = { now: () => nowMs };
const wish: RolloutWish = { kind: 'failover', imageId: 'new', canary: 1, perMinute: 10, parallel: 2, soakSeconds: 30 };

beforeEach(async () => {
  nowMs = Date.UTC(2026, 5, 1);
  store = await openStore('sqlite://');
  await upgradeHead(store);
});
afterEach(() => store.close());

async function addPair(name: string): Promise<void> {
  const common = { created_at: '2026-01-01 00:00:00', updated_at: '2026-01-01 00:00:00' };
  await store.transaction(async (trx) => {
    await trx.insertInto('load_balancer').values({ ...common, id: name, topology: 'ACTIVE_STANDBY', provider: 'amphora', provisioning_status: 'ACTIVE', operating_status: 'ONLINE', enabled: true, project_id: 'p' }).execute();
    for (const role of ['MASTER', 'BACKUP'] as const) await trx.insertInto('amphora').values({ ...common, id: `${name}-${role}`, status: 'ALLOCATED', role, load_balancer_id: name, cert_busy: false, image_id: 'old' }).execute();
  });
}

/** What a worker makes of the failovers that are asked for. Returns the amphorae that were replaced. */
async function work(imageId = 'new', provisioning_status: 'ACTIVE' | 'ERROR' = 'ACTIVE'): Promise<string[]> {
  return await store.transaction(async (trx) => {
    const wishes = await trx.selectFrom('ts_request').selectAll().orderBy('amphora_id').execute();
    for (const { id, amphora_id: amphora, load_balancer_id: owner } of wishes) {
      await trx.deleteFrom('ts_request').where('id', '=', id).execute();
      await trx.updateTable('load_balancer').set({ provisioning_status }).where('id', '=', owner ?? '').execute();
      if (provisioning_status === 'ERROR') continue;
      await trx.updateTable('amphora').set({ status: 'DELETED' }).where('id', '=', amphora ?? '').execute();
      await trx.insertInto('amphora').values({ id: `${amphora}-new`, status: 'ALLOCATED', load_balancer_id: owner, cert_busy: false, image_id: imageId }).execute();
    }
    return wishes.flatMap(({ amphora_id }) => amphora_id ?? []);
  });
}

const advance = () => advanceRollout({ store, clock, log: silentLogger });
const stateOf = async () => (await rolloutStatus(store))?.rollout.state;

describe('a rollout', () => {
  it('replaces every amphora once, backups first, one of a pair at a time, and is done', async () => {
    for (const name of ['a', 'b', 'c']) await addPair(name);
    expect(await startRollout(store, wish, nowMs)).toMatchObject({ steps: 6 });
    const order: string[][] = [];
    for (let round = 0; round < 40 && (await stateOf()) === 'running'; round += 1) {
      await advance();
      const replaced = await work();
      if (replaced.length > 0) order.push(replaced);
      nowMs += 10_000;
    }
    expect(await stateOf()).toBe('done');
    expect(order[0]).toEqual(['a-BACKUP']);
    expect(order.flat().toSorted()).toEqual(['a-BACKUP', 'a-MASTER', 'b-BACKUP', 'b-MASTER', 'c-BACKUP', 'c-MASTER']);
    for (const group of order) expect(new Set(group.map((id) => id[0])).size).toBe(group.length);
    expect((await rolloutStatus(store))?.counts).toMatchObject({ done: 6, waiting: 0, failed: 0 });
  });

  it('comes to spare amphorae after the canaries, so that the pool has new ones soon', async () => {
    await addPair('a');
    await store.transaction((trx) => trx.insertInto('amphora').values({ id: 'spare', status: 'READY', cert_busy: false, image_id: 'old' }).execute());
    await startRollout(store, { ...wish, canary: 1 }, nowMs);
    const steps = await store.read.selectFrom('ts_rollout_step').select(['amphora_id', 'is_canary']).orderBy('position').execute();
    expect(steps).toEqual([{ amphora_id: 'a-BACKUP', is_canary: true }, { amphora_id: 'spare', is_canary: false }, { amphora_id: 'a-MASTER', is_canary: false }]);
  });

  it('halts on an error with its reason; resume goes on', async () => {
    for (const name of ['a', 'b']) await addPair(name);
    await startRollout(store, wish, nowMs);
    await advance();
    await work('new', 'ERROR');
    await advance();
    expect((await rolloutStatus(store))?.rollout).toMatchObject({ state: 'halted', reason: 'amphora a-BACKUP: the load balancer went into ERROR' });
    nowMs += 120_000;
    await advance();
    expect(await work()).toEqual([]);
    await store.transaction((trx) => trx.updateTable('load_balancer').set({ provisioning_status: 'ACTIVE' }).execute());
    await orderRollout(store, 'resume', nowMs);
    await advance();
    expect(await work()).toEqual(['a-BACKUP']);
  });

  it('halts when new amphorae boot another image', async () => {
    await addPair('a');
    await startRollout(store, wish, nowMs);
    await advance();
    await work('older');
    await advance();
    expect((await rolloutStatus(store))?.rollout.reason).toContain('booted image older instead of new');
  });

  it('pauses, aborts, and refuses orders that do not fit', async () => {
    await expect(orderRollout(store, 'pause', nowMs)).rejects.toThrow('no rollout');
    await expect(startRollout(store, wish, nowMs)).rejects.toThrow('no amphora');
    for (const name of ['a', 'b']) await addPair(name);
    await startRollout(store, wish, nowMs);
    await expect(startRollout(store, wish, nowMs)).rejects.toThrow('is running');
    await orderRollout(store, 'pause', nowMs);
    await advance();
    expect(await work()).toEqual([]);
    await expect(orderRollout(store, 'pause', nowMs)).rejects.toThrow('is paused');
    await orderRollout(store, 'abort', nowMs);
    await advance();
    expect(await stateOf()).toBe('done');
    await startRollout(store, wish, nowMs + 1000);
    expect(await stateOf()).toBe('running');
  });

  it('any number of housekeepers begin a step once', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await addPair(name);
    await startRollout(store, { ...wish, canary: 0, parallel: 3 }, nowMs);
    await Promise.all([advance(), advance(), advance()]);
    expect(await work()).toHaveLength(3);
  });

  it('a configuration is pushed without touching the load balancer', async () => {
    await addPair('a');
    await startRollout(store, { ...wish, kind: 'configure', imageId: null, canary: 0 }, nowMs);
    await advance();
    expect(await store.read.selectFrom('ts_request').select(['kind', 'amphora_id']).execute()).toEqual([{ kind: 'configure_amphora', amphora_id: 'a-BACKUP' }]);
    expect(await store.read.selectFrom('load_balancer').select('provisioning_status').execute()).toEqual([{ provisioning_status: 'ACTIVE' }]);
  });
});
