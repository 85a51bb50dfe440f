import { toSqlDatetime } from '../../lib/clock.ts';
import { loadConfig } from '../../config/load-config.ts';
import type { Store } from '../../store/database.ts';
import { DatabaseUnavailable } from '../../store/errors.ts';
import { createMetrics, type Metrics } from '../../telemetry/metrics.ts';
import { createHealthManager } from '../health-manager.ts';
import { createHealthStore, createRecordingBus, createSender, createSetClock, HEARTBEAT_KEY, heartbeatOf, seedIn } from './health-world.ts';

/** Many amphorae, one health manager, a database that can be away and a clock that is moved: hours pass in seconds. */
export interface Fleet {
  readonly store: Store;
  /** Failovers asked for since the start. */
  failovers(): number;
  /** Lets time pass: a heartbeat of every amphora each ten seconds, spread over them, and a look for silent ones each three. */
  pass(seconds: number, options?: { readonly silent?: boolean; readonly told?: (index: number) => Parameters<typeof heartbeatOf>[2] }): Promise<void>;
  database: { isAway: boolean };
  /** Amphorae whose failover the brake stopped. */
  stopped(): Promise<number>;
  /** Load balancers that are not ACTIVE. */
  disturbed(): Promise<number>;
  close(): Promise<void>;
}

const INTERVAL_SECONDS = 10;
const CHECK_SECONDS = 3;
/** A busy machine drops a datagram now and then; nobody waits for it for ever. */
const LOST_AFTER_MS = 2000;

/** `url` of the database; failovers are carried out at once, which is the hardest case for the brake. */
export async function createFleet(amphorae: number, url?: string): Promise<Fleet> {
  const store = await createHealthStore(url);
  const clock = createSetClock();
  await store.transaction(async (trx) => {
    for (let index = 0; index < amphorae; index += 1) await seedIn(trx, `lb${index}`, { nowMs: clock.now(), lastUpdateMs: clock.now() });
  });
  const database = { isAway: false };
  const bus = createRecordingBus();
  const taken = { count: 0 };
  const config = loadConfig({ files: [], overrides: { health_manager: { bind_ip: '127.0.0.1', bind_port: 0, heartbeat_key: HEARTBEAT_KEY } } });
  // The simulated clock decides when to look, not a timer.
  const manager = createHealthManager({ store: leavable(store, database), config: { ...config, health_manager: { ...config.health_manager, health_check_interval: 86_400 } }, bus, clock, metrics: countingInto(taken) });
  await manager.start();
  const sender = createSender(manager.address ?? { host: '', port: 0 });
  let sequence = 0;
  let sent = 0;
  let elapsed = 0;
  let fulfilled = 0;

  const allHeard = async (): Promise<void> => {
    for (const giveUpAt = performance.now() + LOST_AFTER_MS; taken.count < sent; await new Promise((resolve) => setImmediate(resolve))) {
      if (performance.now() > giveUpAt) sent = taken.count;
    }
  };
  const beat = async (slot: number, told?: (index: number) => Parameters<typeof heartbeatOf>[2]): Promise<void> => {
    for (let index = slot; index < amphorae; index += INTERVAL_SECONDS) {
      await sender.send(heartbeatOf(`lb${index}`, sequence, told?.(index)));
      sent += 1;
      // What the socket's buffer holds must not be lost: this is no test of the network.
      if (sent % 200 === 0) await allHeard();
    }
    await allHeard();
  };
  return {
    store, database,
    failovers: () => bus.casts.filter(({ method }) => method === 'failover_amphora').length,
    async pass(seconds, { silent = false, told } = {}) {
      for (let second = 0; second < seconds; second += 1) {
        elapsed += 1;
        clock.advance(1000);
        const slot = elapsed % INTERVAL_SECONDS;
        if (slot === 0) sequence += 1;
        if (!silent) await beat(slot, told);
        if (elapsed % CHECK_SECONDS !== 0) continue;
        await manager.flush();
        await manager.check();
        for (; fulfilled < bus.casts.length; fulfilled += 1) await replace(store, String(bus.casts[fulfilled]?.args['amphora_id']), toSqlDatetime(clock.now()));
      }
    },
    stopped: async () => (await store.read.selectFrom('amphora').select('id').where('status', '=', 'FAILOVER_STOPPED').execute()).length,
    disturbed: async () => (await store.read.selectFrom('load_balancer').select('id').where('provisioning_status', '<>', 'ACTIVE').execute()).length,
    async close() {
      sender.close();
      await manager.stop();
      await store.close();
    },
  };
}

/** Heartbeats that the manager has taken, without the price of rendering figures for each look. */
function countingInto(taken: { count: number }): Metrics {
  const metrics = createMetrics();
  const heartbeats = { inc: ({ outcome }: { outcome: string }) => void (taken.count += outcome === 'accepted' ? 1 : 0) };
  return { ...metrics, counter: ((name: string, help: string, labels: string[]) => (name === 'octavia_health_heartbeats_total' ? heartbeats : metrics.counter(name, help, labels))) as Metrics['counter'] };
}

/** What a worker leaves behind; the new amphora takes the name of the old one, so that the fleet stays as it is. */
async function replace(store: Store, amphoraId: string, now: string): Promise<void> {
  await store.transaction(async (trx) => {
    await trx.deleteFrom('ts_request').where('amphora_id', '=', amphoraId).execute();
    await trx.updateTable('amphora').set({ status: 'ALLOCATED', updated_at: now }).where('id', '=', amphoraId).execute();
    await trx.updateTable('amphora_health').set({ busy: false, last_update: now }).where('amphora_id', '=', amphoraId).execute();
    const { load_balancer_id: owner } = await trx.selectFrom('amphora').select('load_balancer_id').where('id', '=', amphoraId).executeTakeFirstOrThrow();
    await trx.updateTable('load_balancer').set({ provisioning_status: 'ACTIVE' }).where('id', '=', owner ?? '').execute();
  });
}

function leavable(store: Store, database: { readonly isAway: boolean }): Store {
  const away = () => new DatabaseUnavailable('the connection was refused', undefined);
  return {
    dialect: store.dialect,
    transaction: (work) => (database.isAway ? Promise.reject(away()) : store.transaction(work)),
    get read() {
      if (database.isAway) throw away();
      return store.read;
    },
    close: () => store.close(),
  };
}
