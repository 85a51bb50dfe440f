import { randomUUID } from 'node:crypto';
import { toSqlDatetime } from '../lib/clock.ts';
import { beginFailover } from '../store/begin-failover.ts';
import type { Store, Trx } from '../store/database.ts';
import { databaseNowPlus } from '../store/database-clock.ts';
import type { SilentAmphora } from '../store/fleet.ts';
import { addRequest } from '../store/requests.ts';
import { chunks } from './read-snapshots.ts';

/** The storm brake: these stay as they are until they are heard again (or an operator fails them over). Returns how many were newly stopped. */
export async function stopFailovers(trx: Trx, amphoraIds: readonly string[], now: string): Promise<number> {
  let stopped = 0n;
  for (const ids of chunks(amphoraIds)) {
    const { numUpdatedRows } = await trx.updateTable('amphora').set({ status: 'FAILOVER_STOPPED', updated_at: now }).where('id', 'in', ids).where('status', '=', 'ALLOCATED').executeTakeFirstOrThrow();
    stopped += numUpdatedRows;
  }
  return Number(stopped);
}

/** FAILOVER_STOPPED amphorae that are heard again become ALLOCATED. Returns how many. */
export async function releaseHeard(trx: Trx, silentSinceMs: number, now: string): Promise<number> {
  const heard = trx.selectFrom('amphora_health').select('amphora_id').where('busy', '=', false).where('last_update', '>=', toSqlDatetime(silentSinceMs));
  const { numUpdatedRows } = await trx.updateTable('amphora').set({ status: 'ALLOCATED', updated_at: now }).where('status', '=', 'FAILOVER_STOPPED').where('id', 'in', heard).executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

export type ClaimOutcome = 'claimed' | 'taken-or-alive' | 'load-balancer-busy';

/**
 * Takes one silent amphora for failover: sets its busy flag, its load balancer to PENDING_UPDATE (a spare itself to
 * PENDING_DELETE, so that nobody is given it) and leaves the wish for the worker, all or nothing. Any number of managers
 * may try; one wins.
 */
export async function claimForFailover(store: Store, amphora: SilentAmphora, silentSinceMs: number, nowMs: number): Promise<ClaimOutcome> {
  const now = toSqlDatetime(nowMs);
  try {
    return await store.transaction(async (trx) => {
      if (amphora.loadBalancerId !== null) {
        if (!(await beginFailover(trx, amphora.loadBalancerId, now))) return 'load-balancer-busy';
      } else {
        const doomed = await trx.updateTable('amphora').set({ status: 'PENDING_DELETE', updated_at: now })
          .where('id', '=', amphora.amphoraId).where('load_balancer_id', 'is', null).where('status', '=', 'READY').executeTakeFirstOrThrow();
        if (doomed.numUpdatedRows === 0n) return 'taken-or-alive';
      }
      const taken = await trx
        .updateTable('amphora_health').set({ busy: true })
        .where('amphora_id', '=', amphora.amphoraId).where('busy', '=', false).where('last_update', '<', toSqlDatetime(silentSinceMs)).executeTakeFirstOrThrow();
      if (taken.numUpdatedRows === 0n) throw new NotStale();
      await addRequest(trx, { id: randomUUID(), kind: 'failover_amphora', loadBalancerId: amphora.loadBalancerId, amphoraId: amphora.amphoraId });
      return 'claimed';
    });
  } catch (error) {
    if (error instanceof NotStale) return 'taken-or-alive';
    throw error;
  }
}

/**
 * Failovers of silent amphorae that are under way: wishes of the last seconds that no worker has begun with (older ones no
 * longer hold others up), and amphorae that are being replaced. One that failed leaves its load balancer in ERROR and does
 * not count; nor does that of an amphora which is heard, as operators and rollouts ask for.
 */
export async function countUnderWay({ read }: Store, wishSeconds: number, silentSinceMs: number): Promise<number> {
  const [wishes, replacements] = await Promise.all([
    read
      .selectFrom('ts_request')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('kind', '=', 'failover_amphora')
      .where('created_at', '>=', databaseNowPlus(read, -wishSeconds))
      .executeTakeFirst(),
    read
      .selectFrom('amphora')
      .innerJoin('amphora_health', 'amphora_health.amphora_id', 'amphora.id')
      .innerJoin('load_balancer', 'load_balancer.id', 'amphora.load_balancer_id')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('amphora.status', '=', 'PENDING_DELETE')
      .where('amphora_health.busy', '=', true).where('amphora_health.last_update', '<', toSqlDatetime(silentSinceMs))
      .where('load_balancer.provisioning_status', '=', 'PENDING_UPDATE')
      .executeTakeFirst(),
  ]);
  return Number(wishes?.n ?? 0) + Number(replacements?.n ?? 0);
}

/** Rolls the transaction back: the amphora spoke up or another manager took it. */
class NotStale extends Error {}
