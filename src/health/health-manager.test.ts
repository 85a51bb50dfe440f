import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encode } from '../amphora/protocol/heartbeat-codec.ts';
import { loadConfig } from '../config/load-config.ts';
import type { Store } from '../store/database.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { createHealthManager, type HealthManager } from './health-manager.ts';
import { createHealthStore, createRecordingBus, createSender, createSetClock, HEARTBEAT_KEY, heartbeatOf, seed, type SetClock } from './testing/health-world.ts';

let store: Store;
let clock: SetClock;
let manager: HealthManager;
let metrics: Metrics;
let sender: ReturnType<typeof createSender>;
const removed: string[] = [];
const bus = createRecordingBus();
/** How often the manager went to the database. */
const used = { reads: 0, transactions: 0 };
/** What each read takes. */
let readMs = 0;

function watched(inner: Store): Store {
  return {
    dialect: inner.dialect,
    get read() {
      used.reads += 1;
      clock.advance(readMs);
      return inner.read;
    },
    transaction(work) {
      used.transactions += 1;
      return inner.transaction(work);
    },
    close: () => inner.close(),
  };
}

beforeEach(async () => {
  readMs = 0;
  store = await createHealthStore();
  clock = createSetClock();
  metrics = createMetrics();
  removed.length = 0;
  bus.casts.length = 0;
  const config = configOf({});
  manager = createHealthManager({ store: watched(store), config, bus, clock, metrics, compute: { remove: async (id) => void removed.push(id), findByAmphora: async () => null } });
  await manager.start();
  sender = createSender(manager.address ?? { host: '', port: 0 });
});

afterEach(async () => {
  sender.close();
  await manager.stop();
  await store.close();
});

function configOf(health: Record<string, unknown>) {
  return loadConfig({ files: [], overrides: { health_manager: { bind_ip: '127.0.0.1', bind_port: 0, heartbeat_key: HEARTBEAT_KEY, health_check_interval: 3600, ...health } } });
}

const statusOf = async (table: 'load_balancer' | 'listener' | 'pool' | 'member' | 'health_monitor', id: string) =>
  (await store.read.selectFrom(table).select('operating_status').where('id', '=', id).executeTakeFirst())?.operating_status;
const becomes = (table: Parameters<typeof statusOf>[0], id: string, status: string) => vi.waitFor(async () => expect(await statusOf(table, id)).toBe(status), { timeout: 15_000 });
const counted = async (outcome: string) => Number(/outcome="OUT"\} (\d+)/.exec((await metrics.render()).body.replaceAll(`outcome="${outcome}"`, 'outcome="OUT"'))?.[1] ?? 0);
const arrived = (outcome: string, count: number) => vi.waitFor(async () => expect(await counted(outcome)).toBe(count), { timeout: 15_000 });
const healthOf = (amphora: string) => store.read.selectFrom('amphora_health').selectAll().where('amphora_id', '=', amphora).executeTakeFirst();

describe('a heartbeat', () => {
  it('brings the whole tree ONLINE, is noted as life and counts its statistics', async () => {
    await seed(store, 'lb', { nowMs: clock.now() });
    await sender.send(heartbeatOf('lb', 0, { totconns: 3 }));
    await becomes('load_balancer', 'lb', 'ONLINE');
    for (const [table, id] of [['listener', 'lb-l'], ['pool', 'lb-p'], ['member', 'lb-m1'], ['health_monitor', 'lb-hm']] as const) expect([id, await statusOf(table, id)]).toEqual([id, 'ONLINE']);
    await sender.send(heartbeatOf('lb', 1, { totconns: 4 }));
    await arrived('accepted', 2);
    await manager.flush();
    expect(await healthOf('lb-a')).toMatchObject({ last_update: '2026-01-02 03:04:05', busy: false });
    expect(await store.read.selectFrom('listener_statistics').selectAll().execute()).toMatchObject([{ listener_id: 'lb-l', amphora_id: 'lb-a', total_connections: 7n, bytes_in: 10n, active_connections: 1 }]);
  });

  it('that says nothing new reads and changes nothing but life and counters', async () => {
    await seed(store, 'lb', { nowMs: clock.now() });
    await sender.send(heartbeatOf('lb', 0));
    await becomes('load_balancer', 'lb', 'ONLINE');
    used.reads = 0;
    used.transactions = 0;
    await sender.send(heartbeatOf('lb', 1));
    await arrived('accepted', 2);
    await manager.flush();
    // One transaction for the sign of life, one for the counters; heartbeats of other amphorae would share them.
    expect(used).toEqual({ reads: 0, transactions: 2 });
  });

  it('is judged by rows as they are now, not as they were remembered', async () => {
    await seed(store, 'lb', { nowMs: clock.now() });
    await sender.send(heartbeatOf('lb', 0));
    await becomes('load_balancer', 'lb', 'ONLINE');
    await store.transaction((trx) => trx.updateTable('load_balancer').set({ enabled: false }).execute());
    await sender.send(heartbeatOf('lb', 1, { listeners: [] }));
    await becomes('load_balancer', 'lb', 'OFFLINE');
    expect(await statusOf('listener', 'lb-l')).toBe('OFFLINE');
  });

  it('follows a status that another process changed, after the next look for changes', async () => {
    await seed(store, 'lb', { nowMs: clock.now() });
    await sender.send(heartbeatOf('lb', 0));
    await becomes('load_balancer', 'lb', 'ONLINE');
    await store.transaction(async (trx) => {
      await trx.updateTable('member').set({ operating_status: 'OFFLINE' }).where('id', '=', 'lb-m1').execute();
      await trx.updateTable('load_balancer').set({ updated_at: '2026-01-02 03:04:05' }).execute();
    });
    await manager.check();
    await sender.send(heartbeatOf('lb', 1));
    await becomes('member', 'lb-m1', 'ONLINE');
  });

  it('with a member DOWN shows in member, pool and load balancer', async () => {
    await seed(store, 'lb', { nowMs: clock.now() });
    await sender.send(heartbeatOf('lb', 0, { members: { 'lb-m1': 'UP', 'lb-m2': 'DOWN' } }));
    await becomes('load_balancer', 'lb', 'DEGRADED');
    expect([await statusOf('pool', 'lb-p'), await statusOf('member', 'lb-m1'), await statusOf('member', 'lb-m2')]).toEqual(['DEGRADED', 'ONLINE', 'ERROR']);
  });

  it.each([['fewer', [], 'ACTIVE', false], ['fewer', [], 'PENDING_UPDATE', true], ['more', ['lb-l', 'x'], 'ACTIVE', false]] as const)(
    'with %s listeners (%j) than are enabled while the load balancer is %s is a sign of life: %s', async (_name, listeners, provisioningStatus, isLife) => {
      await seed(store, 'lb', { nowMs: clock.now(), provisioningStatus });
      await sender.send(heartbeatOf('lb', 0, { listeners }));
      await becomes('pool', 'lb-p', 'ONLINE');
      await manager.flush();
      expect((await healthOf('lb-a')) !== undefined).toBe(isLife);
    });

  it.each(['PENDING_UPDATE', 'ACTIVE'] as const)('is a sign of life of an amphora whose load balancer is %s on a slow database, too', async (provisioningStatus) => {
    await seed(store, 'lb', { nowMs: clock.now(), provisioningStatus });
    readMs = 2000;
    await sender.send(heartbeatOf('lb', 0));
    await vi.waitFor(async () => {
      await manager.flush();
      expect(await healthOf('lb-a')).toBeDefined();
    }, { timeout: 15_000 });
    await becomes('member', 'lb-m1', 'ONLINE');
  });

  it.each([['without it', []], ['with it', ['lb-l']]] as const)('%s is a sign of life when the listener is in ERROR: the amphora cannot help it', async (_name, listeners) => {
    await seed(store, 'lb', { nowMs: clock.now() });
    await store.transaction((trx) => trx.updateTable('listener').set({ provisioning_status: 'ERROR' }).execute());
    await sender.send(heartbeatOf('lb', 0, { listeners }));
    await becomes('pool', 'lb-p', 'ONLINE');
    await manager.flush();
    expect(await healthOf('lb-a')).toBeDefined();
  });

  it('of the second amphora that merely repeats what it saw does not overrule the first one, heard at last it does', async () => {
    await seed(store, 'lb', { nowMs: clock.now(), amphoraIds: ['a1', 'a2'] });
    const well = { 'lb-m1': 'UP', 'lb-m2': 'UP' };
    const ill = { 'lb-m1': 'UP', 'lb-m2': 'DOWN' };
    await sender.send(heartbeatOf('lb', 0, { amphora: 'a1', members: well }));
    await sender.send(heartbeatOf('lb', 0, { amphora: 'a2', members: well }));
    await becomes('load_balancer', 'lb', 'ONLINE');
    await sender.send(heartbeatOf('lb', 1, { amphora: 'a2', members: well }));
    await sender.send(heartbeatOf('lb', 1, { amphora: 'a1', members: ill }));
    await becomes('member', 'lb-m2', 'ERROR');
    await sender.send(heartbeatOf('lb', 2, { amphora: 'a2', members: well, totconns: 100 }));
    await vi.waitFor(async () => {
      await manager.flush();
      expect((await store.read.selectFrom('listener_statistics').select('total_connections').where('amphora_id', '=', 'a2').executeTakeFirst())?.total_connections).toBe(102n);
    }, { timeout: 15_000 });
    expect(await statusOf('member', 'lb-m2')).toBe('ERROR');
    clock.advance(31_000);
    await sender.send(heartbeatOf('lb', 3, { amphora: 'a2', members: well }));
    await becomes('member', 'lb-m2', 'ONLINE');
  });
});

describe('what is no news', () => {
  it('forged, replayed, unreadable and unknown heartbeats change nothing', async () => {
    await seed(store, 'lb', { nowMs: clock.now() });
    await sender.send(heartbeatOf('lb', 0), 'wrong key');
    await arrived('unauthentic', 1);
    const packet = encode(heartbeatOf('lb', 5), HEARTBEAT_KEY);
    await sender.raw(packet);
    await becomes('load_balancer', 'lb', 'ONLINE');
    await sender.raw(packet);
    const trailer = Buffer.from(packet.toString('latin1', packet.length - 64), 'hex');
    await sender.raw(Buffer.concat([packet.subarray(0, packet.length - 64), trailer]));
    await arrived('replayed', 2);
    await sender.send(heartbeatOf('nobody', 0));
    await arrived('accepted', 2);
    await manager.flush();
    expect(await healthOf('nobody-a')).toBeUndefined();
  });

  it('the former key stays accepted after a key change', async () => {
    await seed(store, 'lb', { nowMs: clock.now() });
    manager.reconfigure(configOf({ heartbeat_key: 'new key' }));
    await sender.send(heartbeatOf('lb', 0), 'new key');
    await sender.send(heartbeatOf('lb', 1));
    await arrived('accepted', 2);
  });

  it('a deleted amphora that still reports loses its machine', async () => {
    await seed(store, 'lb', { nowMs: clock.now(), amphoraStatus: 'DELETED' });
    await sender.send(heartbeatOf('lb', 0));
    await vi.waitFor(() => expect(removed).toEqual(['lb-a-compute']), { timeout: 15_000 });
    expect(await statusOf('load_balancer', 'lb')).toBe('OFFLINE');
  });

  it('refuses to start without a key', () => {
    expect(() => createHealthManager({ store, bus, config: configOf({ heartbeat_key: null }) })).toThrow(/heartbeat_key/);
  });
});
