import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../lib/errors.ts';
import type { Store, Trx } from '../store/database.ts';
import { LeaseLost, renewLease } from '../store/leases.ts';
import type { Logger } from '../telemetry/logger.ts';

/** Somebody asked for something that the run stands in the way of: it ends, and another begins. */
export class RunOutdated extends LeaseLost {
  constructor(loadBalancerId: string) {
    super(loadBalancerId, `load balancer ${loadBalancerId} is to be deleted`);
  }
}

/** A lease in the hands of one run. The fence guards the database; this guards everything outside, which knows no fences. */
export interface HeldLease {
  /** Aborted with LeaseLost as soon as somebody else is known to have taken over, or the run is not wanted any more. */
  readonly signal: AbortSignal;
  /** Aborted in the first of these cases only: what has been ordered by then is waited for, else nobody would know of it. */
  readonly lost: AbortSignal;
  /** True while nobody else can have taken over, judged without asking. A process that was stopped for long is not sure. */
  isSure(): boolean;
  /** Returns when the lease is ours for certain: asks when in doubt, and waits while the database is away. Throws LeaseLost. */
  confirm(): Promise<void>;
  /** Ends the renewal. */
  end(): void;
}

export interface HoldOptions {
  readonly store: Store;
  readonly log: Logger;
  readonly loadBalancerId: string;
  readonly fence: number;
  readonly ttlSeconds: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** `now()` before the lease was asked for: it lasts from then at the least. */
  readonly sinceMs: number;
  /** Asked with each prolongation. @default it is for as long as it takes */
  readonly isWanted?: (trx: Trx) => Promise<boolean>;
  /** Ends waiting for a database that is away. */
  readonly stop: AbortSignal;
}

const PAUSE_MS = 500;

/** Prolongs a lease while a run lasts. */
export function holdLease(options: HoldOptions): HeldLease {
  const { loadBalancerId, ttlSeconds, now } = options;
  const lost = new AbortController();
  const outdated = new AbortController();
  const signal = AbortSignal.any([lost.signal, outdated.signal]);
  let sureUntil = options.sinceMs + ttlSeconds * 1000;

  const renew = async (): Promise<void> => {
    const askedAt = now();
    try {
      const isWanted = await options.store.transaction(async (trx) => {
        await renewLease(trx, loadBalancerId, options.fence, ttlSeconds);
        return options.isWanted?.(trx) ?? true;
      });
      if (!isWanted) throw new RunOutdated(loadBalancerId);
      sureUntil = Math.max(sureUntil, askedAt + ttlSeconds * 1000);
    } catch (error) {
      if (error instanceof LeaseLost) (error instanceof RunOutdated ? outdated : lost).abort(error);
      throw error;
    }
  };
  // A database that is away for a moment does not end the run: `confirm` asks again before anything is touched.
  const timer = setInterval(() => void renew().catch((error: unknown) => options.log.debug({ lb: loadBalancerId, reason: reasonOf(error) }, 'A lease was not prolonged')), (ttlSeconds * 1000) / 3);
  const isSure = (): boolean => !signal.aborted && now() < sureUntil;

  return {
    signal,
    lost: lost.signal,
    isSure,
    confirm: async () => {
      while (!isSure()) {
        signal.throwIfAborted();
        options.stop.throwIfAborted();
        try {
          await renew();
        } catch (error) {
          if (error instanceof LeaseLost) throw error;
          options.log.warn({ lb: loadBalancerId, reason: reasonOf(error) }, 'Waiting until the database says whose a load balancer is');
          await sleep(PAUSE_MS, undefined, { signal: options.stop });
        }
      }
    },
    end: () => clearInterval(timer),
  };
}
