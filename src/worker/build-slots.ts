import { setTimeout as sleep } from 'node:timers/promises';
import { OctaviaError, reasonOf } from '../lib/errors.ts';
import { leaveBuildQueue, takeBuildSlot } from '../store/build-queue.ts';
import type { Store } from '../store/database.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { WorkerSettings } from './settings.ts';
import { createSlots, type Slots } from './slots.ts';
import type { Park } from './wake-queue.ts';

/** Who builds first; the numbers of failovers and creations are the original's. */
export const BUILD_PRIORITY = { failover: 20, creation: 40, spare: 60 } as const;

export interface BuildTicket {
  readonly amphoraId: string;
  readonly priority: keyof typeof BUILD_PRIORITY;
  readonly signal: AbortSignal;
  /** Of the run that stands in line. */
  readonly park: Park;
}

/** Bounds how many amphorae all workers together build at the same time. */
export interface BuildSlots { use<T>(ticket: BuildTicket, work: () => Promise<T>): Promise<T> }

/** The line did not move for [haproxy_amphora] build_active_retries looks. */
class BuildQueueTimeout extends OctaviaError {
  constructor(amphoraId: string, attempts: number) {
    super('build-queue-timeout', `Amphora ${amphoraId} got no build slot in ${attempts} attempts.`, { retry: 'retry' });
  }
}

/**
 * Build slots over the database. Without a limit nobody is asked. At most as many as may build ask the database, the rest
 * of this process wait behind them, so a burst costs no queries.
 */
export function createBuildSlots(options: { readonly store: Store; readonly log: Logger; readonly settings: () => WorkerSettings['build'] }): BuildSlots {
  const { store, settings } = options;
  const limit = (): number => settings().limit;
  const lines: Readonly<Record<BuildTicket['priority'], Slots>> = { failover: createSlots(limit), creation: createSlots(limit), spare: createSlots(limit) };
  /** What this process builds or waits to build. */
  const ongoing = new Set<string>();
  let freed = Promise.withResolvers<void>();

  const untilTaken = async ({ amphoraId, priority, signal }: BuildTicket): Promise<void> => {
    const { retries, pauseMs } = settings();
    for (let attempt = 0; attempt < retries; attempt += 1) {
      signal.throwIfAborted();
      if (await store.transaction((trx) => takeBuildSlot(trx, { amphoraId, priority: BUILD_PRIORITY[priority], limit: limit(), ongoing }))) return;
      const waited = new AbortController();
      // One of ours that ends need not be waited for in steps.
      await Promise.race([freed.promise, sleep(pauseMs, undefined, { signal: AbortSignal.any([signal, waited.signal]) })]).finally(() => waited.abort());
    }
    throw new BuildQueueTimeout(amphoraId, retries);
  };
  const leave = async (amphoraId: string): Promise<void> => {
    try {
      await store.transaction((trx) => leaveBuildQueue(trx, amphoraId));
    } catch (error) {
      options.log.warn({ amphora: amphoraId, reason: reasonOf(error) }, 'A build slot could not be given back; it is free when the lease of this run ends');
    }
    freed.resolve();
    freed = Promise.withResolvers<void>();
  };

  return {
    use: async (ticket, work) => {
      if (limit() === Number.POSITIVE_INFINITY) return work();
      const resume = ticket.park();
      try {
        return await lines[ticket.priority].use(async () => {
          ongoing.add(ticket.amphoraId);
          try {
            await untilTaken(ticket);
            resume();
            return await work();
          } finally {
            await leave(ticket.amphoraId);
            ongoing.delete(ticket.amphoraId);
          }
        });
      } finally {
        resume();
      }
    },
  };
}
