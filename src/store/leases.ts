import { type Kysely, sql } from 'kysely';
import { OctaviaError } from '../lib/errors.ts';
import { databaseNow, databaseNowPlus } from './database-clock.ts';
import type { Database, Trx } from './database.ts';
import { executeLater } from './dialects/later.ts';
import { dialectOf } from './dialect-of.ts';

/** How the last holder left a lease. */
export interface FormerLease { readonly owner: string | null; readonly attempts: number }

/** `taken` carries the fence: a number that only grows, to be shown at every write; and the former lease, null when there never was one. */
export type LeaseOutcome =
  | { readonly kind: 'taken'; readonly fence: number; readonly former: FormerLease | null }
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
  constructor(loadBalancerId: string, message = `the lease on load balancer ${loadBalancerId} belongs to another worker now`) {
    super('lease-lost', message, { retry: 'wait' });
    this.loadBalancerId = loadBalancerId;
  }
}

/**
 * Takes the lease on one load balancer, or says why not; expiry is judged by the database's clock. Also succeeds for the
 * present owner, with a new fence. Must come first in its transaction: its read locks, where a plain one would on MySQL fix
 * the picture of all later reads to before the lease was ours.
 */
export async function takeLease(trx: Trx, wish: LeaseWish): Promise<LeaseOutcome> {
  const { loadBalancerId, owner } = wish;
  const lease = await readForTaking(trx, loadBalancerId);
  if (lease !== undefined) return takeFrom(trx, wish, lease);
  // On PostgreSQL an error would end the transaction, so a racing insert must not be one.
  const insert = trx.insertInto('ts_lease').values({ load_balancer_id: loadBalancerId, owner, fence: 1, attempts: 0, expires_at: databaseNowPlus(trx, wish.ttlSeconds) });
  const inserted = await (dialectOf(trx) === 'mysql' ? insert.ignore() : insert.onConflict((conflict) => conflict.doNothing())).executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows) return { kind: 'taken', fence: 1, former: null };
  const racing = await readForTaking(trx, loadBalancerId);
  return racing === undefined ? { kind: 'held', by: '' } : takeFrom(trx, wish, racing);
}

interface ReadLease extends FormerLease { readonly fence: number; readonly next_attempt_at: string | null; readonly is_expired: number; readonly is_backing_off: number }

function readForTaking(trx: Trx, loadBalancerId: string): Promise<ReadLease | undefined> {
  const query = trx
    .selectFrom('ts_lease')
    .select((row) => [
      'owner', 'fence', 'attempts', 'next_attempt_at',
      row.case().when(row('expires_at', '<', databaseNow(trx))).then(1).else(0).end().as('is_expired'),
      row.case().when(row('next_attempt_at', '>', databaseNow(trx))).then(1).else(0).end().as('is_backing_off'),
    ])
    .where('load_balancer_id', '=', loadBalancerId);
  return (dialectOf(trx) === 'sqlite' ? query : query.forUpdate()).executeTakeFirst();
}

async function takeFrom(trx: Trx, { loadBalancerId, owner, ttlSeconds, ignoreBackOff }: LeaseWish, lease: ReadLease): Promise<LeaseOutcome> {
  if (lease.owner !== null && lease.owner !== owner && lease.is_expired === 0) return { kind: 'held', by: lease.owner };
  if (!ignoreBackOff && lease.is_backing_off === 1) return { kind: 'backing-off', until: lease.next_attempt_at ?? '' };
  const fence = lease.fence + 1;
  // The read has locked the row: nobody comes between.
  await executeLater(trx, trx.updateTable('ts_lease').set({ owner, fence, expires_at: databaseNowPlus(trx, ttlSeconds) }).where('load_balancer_id', '=', loadBalancerId));
  return { kind: 'taken', fence, former: { owner: lease.owner, attempts: lease.attempts } };
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
  await executeLater(
    trx,
    trx.updateTable('ts_lease').set({ owner: null, attempts: 0, next_attempt_at: null, last_error: null }).where('load_balancer_id', '=', loadBalancerId).where('fence', '=', fence),
  );
}

/** Gives a lease back after a failure: counts the attempt (or sets how many there were) and sets the earliest time of the next. Does nothing when it was lost. */
export async function recordFailure(trx: Trx, loadBalancerId: string, fence: number, failure: { readonly reason: string; readonly retryInSeconds: number; readonly attempts?: number }): Promise<void> {
  await trx
    .updateTable('ts_lease')
    .set((row) => ({
      owner: null, attempts: failure.attempts ?? sql<number>`${row.ref('attempts')} + 1`, next_attempt_at: databaseNowPlus(trx, failure.retryInSeconds),
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

/** True when the lease was given back: whoever asks with its fence has done so already. */
export async function isReleased(trx: Trx, loadBalancerId: string): Promise<boolean> {
  const query = trx.selectFrom('ts_lease').select('owner').where('load_balancer_id', '=', loadBalancerId);
  // A plain read would on MySQL fix the picture of all later ones, which wait for the load balancer's lock.
  const lease = await (dialectOf(trx) === 'sqlite' ? query : query.forUpdate()).executeTakeFirst();
  return lease?.owner === null;
}

/** Failed attempts since the last success, with the reason of the last one. */
export async function readFailures(db: Kysely<Database>, loadBalancerId: string): Promise<{ readonly attempts: number; readonly lastError: string | null }> {
  const lease = await db.selectFrom('ts_lease').select(['attempts', 'last_error']).where('load_balancer_id', '=', loadBalancerId).executeTakeFirst();
  return { attempts: lease?.attempts ?? 0, lastError: lease?.last_error ?? null };
}

/** MySQL's TEXT holds 65,535 bytes; a reason needs far less. */
const MAX_REASON = 4000;
