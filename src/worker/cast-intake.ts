import { randomUUID } from 'node:crypto';
import type { Cast } from '../bus/bus.ts';
import { reasonOf } from '../lib/errors.ts';
import type { Store } from '../store/database.ts';
import { DatabaseConflict, DatabaseUnavailable } from '../store/errors.ts';
import { addRequest } from '../store/requests.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Place } from './fair-line.ts';
import { findWake, placeOf, wishOf, type Wake } from './wake-from-cast.ts';

/** `[haproxy_amphora] api_db_commit_retry_*`: a Python API casts before it commits, so rows are waited for. */
export interface CommitPatience { readonly attempts: number; readonly firstMs: number; readonly stepMs: number; readonly maxMs: number }

export interface CastIntake {
  /** Notes one cast; returns at once. */
  take(cast: Cast): void;
  /** Resolves when no cast is being looked up or waited for. */
  idle(): Promise<void>;
  stop(): void;
}

interface Options {
  readonly store: Store;
  readonly log: Logger;
  readonly patience: CommitPatience;
  readonly wakeLoadBalancer: (id: string, requestId: string | undefined, place: Place) => void;
  readonly wakeAmphora: (id: string, requestId?: string) => void;
}

/**
 * Turns casts into wake-ups. Casts of our own API come after its commit and carry a request id; those of a Python API
 * come before, so the rows (or the PENDING_UPDATE) they speak of are waited for, and its wishes become rows here.
 */
export function createCastIntake({ store, log, patience, wakeLoadBalancer, wakeAmphora }: Options): CastIntake {
  const timers = new Set<NodeJS.Timeout>();
  const underWay = new Set<Promise<void>>();
  let isStopped = false;

  const track = (work: Promise<void>): void => {
    const tracked = work.finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  };
  const later = (cast: Cast, attempt: number, isKept: boolean): void => {
    if (isStopped) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      track(look(cast, attempt, isKept));
    }, Math.min(patience.maxMs, patience.firstMs + Math.max(0, attempt - 1) * patience.stepMs));
    timers.add(timer);
  };
  const look = async (cast: Cast, attempt: number, wasKept: boolean): Promise<void> => {
    let isKept = wasKept;
    try {
      const wake = await findWake(store, cast);
      const isLast = attempt + 1 >= patience.attempts;
      if (!isKept) await keepWish(store, cast, wake);
      isKept = true;
      if (wake.kind === 'amphora') return wakeAmphora(wake.id, cast.requestId);
      const isReady = wake.kind === 'load-balancer' && (cast.requestId !== undefined || (await isPending(store, wake.id)));
      if (wake.kind === 'load-balancer' && (isReady || isLast || wishOf(cast, wake) !== null)) return wakeLoadBalancer(wake.id, cast.requestId, placeOf(cast));
      if (isLast) return log.warn({ method: cast.method, attempts: patience.attempts }, 'A cast speaks of rows that never appeared');
      later(cast, attempt + 1, isKept);
    } catch (error) {
      // A wish of a Python API is nowhere but in its cast: it is kept as soon as the database is back.
      if (!isKept && wishOf(cast, { kind: 'unknown' }) !== null && isOutage(error)) return later(cast, attempt, false);
      // The sweep finds what this cast was about.
      log.warn({ method: cast.method, reason: reasonOf(error) }, 'A cast could not be looked up');
    }
  };

  return {
    take: (cast) => track(look(cast, 0, cast.requestId !== undefined)),
    idle: async () => {
      while (underWay.size > 0 || timers.size > 0) await Promise.race([...underWay, new Promise((resolve) => setTimeout(resolve, 5))]);
    },
    stop: () => {
      isStopped = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

function isOutage(error: unknown): boolean {
  return error instanceof DatabaseUnavailable || error instanceof DatabaseConflict;
}

async function keepWish(store: Store, cast: Cast, wake: Wake): Promise<void> {
  const wish = wishOf(cast, wake);
  if (wish !== null) await store.transaction((trx) => addRequest(trx, { id: randomUUID(), ...wish }));
}

async function isPending(store: Store, loadBalancerId: string): Promise<boolean> {
  const row = await store.read.selectFrom('load_balancer').select('provisioning_status').where('id', '=', loadBalancerId).executeTakeFirst();
  return row?.provisioning_status.startsWith('PENDING_') ?? false;
}
