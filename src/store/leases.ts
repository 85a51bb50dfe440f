import { type Kysely, sql } from 'kysely';
import { OctaviaError } from '../lib/errors.ts';
import { databaseNow, databaseNowPlus } from './database-clock.ts';
import type { Database, Trx } from './database.ts';
import { dialectOf } from './dialect-of.ts';

/** `taken` carries the fence: a number that only grows, to be shown at every write. */
export type LeaseOutcome =
  | { readonly kind: 'taken'; readonly fence: number }
  | { readonly kind: 'held'; readonly by: string }
  /** Free, but its last attempt failed and the next one is not due. */
  | { readonly kind: 'backing-off'; readonly until: string };

export interface LeaseWish {
  readonly loadBalancerId: string;
  /** Name of the worker: host, process and a random part, so that a restarted process is somebody else. */
  readonly owner: string;
  readonly ttlSeconds: number;
  /** Takes the lease although a back-off runs: somebody asked for new work. @default false */
  readonly ignoreBackOff?: boolean;
}

/** The lease was lost: somebody else took over, and nothing may be written any more. */
export class LeaseLost extends OctaviaError {
  readonly loadBalancerId: string;
  constructor(loadBalancerId: string) {
    super('lease-lost', `the lease on load balancer ${loadBalancerId} belongs to another worker now`, { retry: 'wait' });
    this.loadBalancerId = loadBalancerId;
  }
}

/**
 * Takes the lease on one load balancer, or says why not. Compare-and-set by row count; expiry is judged by the database's
 * clock. Also succeeds for the present owner, with a new fence.
 */
export async function takeLease(trx: Trx, wish: LeaseWish): Promise<LeaseOutcome> {
  const { loadBalancerId, owner } = wish;
  const expires_at = databaseNowPlus(trx, wish.ttlSeconds);
  const updated = await trx
    .updateTable('ts_lease')
    .set((row) => ({ owner, fence: sql<number>`${row.ref('fence')} + 1`, expires_at }))
    .where('load_balancer_id', '=', loadBalancerId)
    .where((row) => row.or([row('owner', 'is', null), row('owner', '=', owner), row('expires_at', '<', databaseNow(trx))]))
    .$if(!wish.ignoreBackOff, (query) => query.where((row) => row.or([row('next_attempt_at', 'is', null), row('next_attempt_at', '<=', databaseNow(trx))])))
    .executeTakeFirst();
  if (updated.numUpdatedRows > 0n) {
    const { fence } = await trx.selectFrom('ts_lease').select('fence').where('load_balancer_id', '=', loadBalancerId).executeTakeFirstOrThrow();
    return { kind: 'taken', fence };
  }
  // On PostgreSQL an error would end the transaction, so a racing insert must not be one.
  const insert = trx.insertInto('ts_lease').values({ load_balancer_id: loadBalancerId, owner, fence: 1, attempts: 0, expires_at });
  const inserted = await (dialectOf(trx) === 'mysql' ? insert.ignore() : insert.onConflict((conflict) => conflict.doNothing())).executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows ? { kind: 'taken', fence: 1 } : await whyNot(trx, wish);
}

/**
 * How the last holder left a lease; null when there never was one. A locking read, first in its transaction: on MySQL a
 * plain one would fix the picture of all later reads to before the lease was ours.
 */
export async function readFormerLease(trx: Trx, loadBalancerId: string): Promise<{ readonly owner: string | null; readonly attempts: number } | null> {
  const query = trx.selectFrom('ts_lease').select(['owner', 'attempts']).where('load_balancer_id', '=', loadBalancerId);
  return (await (dialectOf(trx) === 'sqlite' ? query : query.forUpdate()).executeTakeFirst()) ?? null;
}

/** Prolongs a lease; throws LeaseLost when it is no longer ours. */
export async function renewLease(trx: Trx, loadBalancerId: string, fence: number, ttlSeconds: number): Promise<void> {
  const updated = await trx
    .updateTable('ts_lease')
    .set({ expires_at: databaseNowPlus(trx, ttlSeconds) })
    .where('load_balancer_id', '=', loadBalancerId).where('fence', '=', fence).where('owner', 'is not', null)
    .executeTakeFirst();
  if (updated.numUpdatedRows === 0n) throw new LeaseLost(loadBalancerId);
}

/** Gives a lease back after success: attempts, back-off and last error are cleared. Does nothing when it was lost. */
export async function releaseLease(trx: Trx, loadBalancerId: string, fence: number): Promise<void> {
  await trx
    .updateTable('ts_lease')
    .set({ owner: null, attempts: 0, next_attempt_at: null, last_error: null })
    .where('load_balancer_id', '=', loadBalancerId).where('fence', '=', fence)
    .execute();
}

/** Gives a lease back after a failure: counts the attempt and sets the earliest time of the next. Does nothing when it was lost. */
export async function recordFailure(trx: Trx, loadBalancerId: string, fence: number, failure: { readonly reason: string; readonly retryInSeconds: number }): Promise<void> {
  await trx
    .updateTable('ts_lease')
    .set((row) => ({
      owner: null, attempts: sql<number>`${row.ref('attempts')} + 1`, next_attempt_at: databaseNowPlus(trx, failure.retryInSeconds),
      last_error: failure.reason.slice(0, MAX_REASON),
    }))
    .where('load_balancer_id', '=', loadBalancerId).where('fence', '=', fence)
    .execute();
}

/**
 * Gives back what a worker still holds at its end: work that was broken off. The owner stays written, so that whoever
 * takes over at once knows of it. Attempts and back-off stay.
 */
export async function releaseLeasesOf(trx: Trx, owner: string): Promise<void> {
  await trx.updateTable('ts_lease').set({ expires_at: databaseNowPlus(trx, -1) }).where('owner', '=', owner).execute();
}

/** Ends every lease: for a process that knows that nobody else works on this database, and so that their holders are dead. */
export async function expireAllLeases(trx: Trx): Promise<void> {
  await trx.updateTable('ts_lease').set({ expires_at: databaseNowPlus(trx, -1) }).where('owner', 'is not', null).execute();
}

/**
 * Must be called first in every transaction that writes for a lease: throws LeaseLost when another worker has taken over,
 * and keeps the lease from being taken until the transaction ends.
 */
export async function assertFence(trx: Trx, loadBalancerId: string, fence: number): Promise<void> {
  const query = trx.selectFrom('ts_lease').select('fence').where('load_balancer_id', '=', loadBalancerId);
  const lease = await (dialectOf(trx) === 'sqlite' ? query : query.forUpdate()).executeTakeFirst();
  if (lease?.fence !== fence) throw new LeaseLost(loadBalancerId);
}

/** Failed attempts since the last success, with the reason of the last one. */
export async function readFailures(db: Kysely<Database>, loadBalancerId: string): Promise<{ readonly attempts: number; readonly lastError: string | null }> {
  const lease = await db.selectFrom('ts_lease').select(['attempts', 'last_error']).where('load_balancer_id', '=', loadBalancerId).executeTakeFirst();
  return { attempts: lease?.attempts ?? 0, lastError: lease?.last_error ?? null };
}

/** MySQL's TEXT holds 65,535 bytes; a reason needs far less. */
const MAX_REASON = 4000;

async function whyNot(trx: Trx, { loadBalancerId, owner }: LeaseWish): Promise<LeaseOutcome> {
  const query = trx
    .selectFrom('ts_lease')
    .select((row) => ['owner', 'next_attempt_at', row.case().when(row('expires_at', '<', databaseNow(trx))).then(1).else(0).end().as('is_expired')])
    .where('load_balancer_id', '=', loadBalancerId);
  // A locking read: MySQL's plain ones may show the row as it was before the update above failed to match it.
  const lease = await (dialectOf(trx) === 'sqlite' ? query : query.forUpdate()).executeTakeFirst();
  const isFree = !lease || lease.owner === null || lease.owner === owner || lease.is_expired === 1;
  return isFree ? { kind: 'backing-off', until: lease?.next_attempt_at ?? '' } : { kind: 'held', by: lease.owner ?? '' };
}
