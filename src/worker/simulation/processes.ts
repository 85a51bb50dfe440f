import type { AmphoraClientFactory } from '../../amphora/client/amphora-client.ts';
import type { Bus, Cast } from '../../bus/bus.ts';
import type { Config } from '../../config/config.ts';
import { checkStale } from '../../health/stale-check.ts';
import { createStormBrake } from '../../health/storm-brake.ts';
import { recordHeartbeats } from '../../store/amphora-health.ts';
import type { Store } from '../../store/database.ts';
import { CommitUnknown, DatabaseUnavailable } from '../../store/errors.ts';
import { silentLogger, type Logger } from '../../telemetry/logger.ts';
import { createWorker, type Worker } from '../create-worker.ts';
import type { Cloud } from './cloud.ts';
import { identifiersOf } from './draw-identifier.ts';
import { openedDatabase } from './platform.ts';
import { newActor, virtual, type Actor, type Scheduler } from './scheduler.ts';
import type { Wire } from './wire.ts';

/** What processes of the simulation share. */
export interface Shared { readonly scheduler: Scheduler; readonly wire: Wire; readonly cloud: Cloud; readonly store: Store; readonly bus: SimulatedBus; readonly config: Config; readonly clients: AmphoraClientFactory }

/** A worker's process. */
export interface WorkerProcess { readonly actor: Actor; readonly worker: Worker; /** By which its leases are known. */ readonly owner: string }

export function startWorker(shared: Shared, name: string): WorkerProcess {
  const { scheduler, cloud, config, clients } = shared;
  const actor = newActor(name);
  return scheduler.as(actor, () => {
    const { result: worker, identifiers } = identifiersOf(() => createWorker({
      store: unreliable(shared), bus: shared.bus.for(actor), config, network: cloud.network, compute: cloud.compute, certManager: cloud.certManager, clients,
      certGenerator: { issue: async (subject) => ({ certificatePem: `certificate ${subject}\n`, privateKeyPem: 'key\n', expiresAtMs: scheduler.nowMs + 86_400_000 * 30 }) },
      clock: { now: () => scheduler.nowMs }, monotonicMs: () => scheduler.nowMs, log: traceLogger(shared.wire), clientCaPem: async () => 'client ca\n',
    }));
    void worker.start();
    return { actor, worker, owner: identifiers[0]?.slice(0, 8) ?? '' };
  });
}

/** What workers say stands in the trace. */
function traceLogger(wire: Wire): Logger {
  const tell = (fields: object, message: string): void => wire.note(`"${message}" ${JSON.stringify(fields)}`);
  const logger: Logger = { debug: tell, info: tell, warn: tell, error: tell, child: () => logger };
  return logger;
}

/** A transaction takes time before it begins and until its end is known, and may fail on either side. */
function unreliable({ scheduler, store, wire }: Shared): Store {
  const pause = (name: string): Promise<void> => virtual.sleep(scheduler.between(name, 0, 20));
  return {
    dialect: store.dialect, read: store.read, close: async () => undefined,
    transaction: async (work) => {
      await pause('transaction begins');
      const fate = scheduler.chance('transaction fate');
      if (fate < wire.weather.database / 2) throw new DatabaseUnavailable('it is simulated', null);
      const result = await store.transaction(work);
      await pause('transaction ends');
      if (fate < wire.weather.database) throw new CommitUnknown(new DatabaseUnavailable('it is simulated', null));
      return result;
    },
  };
}

/** Casts go to some worker that lives, late or never. */
export class SimulatedBus {
  readonly #scheduler: Scheduler;
  readonly #wire: Wire;
  readonly #consumers: { readonly actor: Actor; readonly handler: (cast: Cast) => void }[] = [];

  constructor(scheduler: Scheduler, wire: Wire) {
    this.#scheduler = scheduler;
    this.#wire = wire;
  }

  for(actor: Actor): Bus {
    return {
      cast: (cast) => this.send(cast),
      consume: async (handler) => {
        const consumer = { actor, handler };
        this.#consumers.push(consumer);
        return async () => void this.#consumers.splice(this.#consumers.indexOf(consumer), 1);
      },
      close: async () => undefined,
    };
  }

  async send(cast: Cast): Promise<void> {
    if (this.#scheduler.chance('cast is lost') < this.#wire.weather.bus) return;
    this.#scheduler.after(this.#scheduler.between('cast', 1, 300), () => {
      const living = this.#consumers.filter(({ actor }) => actor.isAlive);
      const chosen = living[this.#scheduler.between('consumer', 0, living.length)];
      if (chosen !== undefined) this.#scheduler.after(0, () => chosen.handler(cast), chosen.actor);
    }, null);
  }
}

const HEARTBEATS_MS = 10_000;
const TIMEOUT_MS = 60_000;

/** The health manager: amphorae that answer are heard, those that do not are failed over. Returns what is to be called when one begins to speak. */
export function startHealthManager({ scheduler, store, bus, cloud }: Shared): () => void {
  const actor = newActor('health');
  const clock = { now: (): number => scheduler.nowMs };
  const brake = createStormBrake(TIMEOUT_MS);
  const listen = async (): Promise<void> => {
    const heard = [...cloud.servers.values()].filter(({ address }) => cloud.agentAt(address) !== null).map(({ amphoraId }) => amphoraId);
    const known = new Set(openedDatabase().prepare("select id from amphora where status <> 'DELETED'").all().map((row) => String(row['id'])));
    await store.transaction((trx) => recordHeartbeats(trx, new Map(heard.filter((id) => known.has(id)).map((id) => [id, scheduler.nowMs]))));
  };
  const look = async (): Promise<void> => {
    await listen();
    await checkStale({
      store, bus: bus.for(actor), clock, log: silentLogger, judgement: { mayJudge: () => true, databaseFailed: () => false, databaseAnswered: () => undefined, notBeforeMs: 0 },
      timeoutMs: TIMEOUT_MS, maxFailovers: 10, threshold: null, brake, lastHealthyMs: () => undefined,
    });
  };
  const again = (): void => void scheduler.after(HEARTBEATS_MS, () => {
    again();
    void look();
  }, actor);
  again();
  return () => scheduler.as(actor, () => void listen());
}
