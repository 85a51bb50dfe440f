import type { Kysely } from 'kysely';
import { databaseNow, databaseNowPlus } from './database-clock.ts';
import type { Database, Trx } from './database.ts';
import { dialectOf } from './dialect-of.ts';
import { chunksOf } from './tree-ids.ts';

/** Writes when amphorae were heard last (`YYYY-MM-DD HH:MM:SS` UTC), one statement per 500; `busy` stays as it is. */
export async function recordHeartbeats(trx: Trx, lastUpdates: ReadonlyMap<string, string>): Promise<void> {
  // In the order of the key, so that two writers never wait for each other in a circle.
  const sorted = [...lastUpdates].toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const batch of chunksOf(sorted)) {
    const insert = trx.insertInto('amphora_health').values(batch.map(([amphora_id, last_update]) => ({ amphora_id, last_update, busy: false })));
    if (dialectOf(trx) === 'mysql') await insert.onDuplicateKeyUpdate((row) => ({ last_update: row.fn('values', ['last_update']) })).execute();
    else await insert.onConflict((conflict) => conflict.column('amphora_id').doUpdateSet((row) => ({ last_update: row.ref('excluded.last_update') }))).execute();
  }
}

/** Starts watching an amphora as if it had just been heard, so that a silent one is noticed too. */
export async function startMonitoring(trx: Trx, amphoraId: string): Promise<void> {
  const values = { last_update: databaseNow(trx), busy: false };
  const insert = trx.insertInto('amphora_health').values({ amphora_id: amphoraId, ...values });
  await (dialectOf(trx) === 'mysql' ? insert.onDuplicateKeyUpdate(values) : insert.onConflict((conflict) => conflict.column('amphora_id').doUpdateSet(values))).execute();
}

/** Stops watching amphorae: a deleted one must not look silent. */
export async function stopMonitoring(trx: Trx, amphoraIds: readonly string[]): Promise<void> {
  if (amphoraIds.length > 0) await trx.deleteFrom('amphora_health').where('amphora_id', 'in', amphoraIds).execute();
}

export interface StaleAmphora {
  readonly amphoraId: string;
  readonly loadBalancerId: string | null;
  readonly status: string;
  readonly lastUpdate: string;
}

/** Amphorae not heard for so many seconds and not in anybody's hands, longest silence first. All statuses: the caller judges. */
export async function findStale(db: Kysely<Database>, timeoutSeconds: number): Promise<readonly StaleAmphora[]> {
  const rows = await db
    .selectFrom('amphora_health').innerJoin('amphora', 'amphora.id', 'amphora_health.amphora_id')
    .select(['amphora.id', 'amphora.load_balancer_id', 'amphora.status', 'amphora_health.last_update'])
    .where('amphora_health.busy', '=', false)
    .where('amphora_health.last_update', '<', databaseNowPlus(db, -timeoutSeconds))
    .orderBy('amphora_health.last_update').orderBy('amphora.id')
    .execute();
  return rows.map((row) => ({ amphoraId: row.id, loadBalancerId: row.load_balancer_id, status: row.status, lastUpdate: row.last_update }));
}

/** Takes a stale amphora for failover: compare-and-set of `busy`. False when another took it or it has spoken since. */
export async function takeStale(trx: Trx, amphoraId: string, timeoutSeconds: number): Promise<boolean> {
  const updated = await trx
    .updateTable('amphora_health').set({ busy: true })
    .where('amphora_id', '=', amphoraId).where('busy', '=', false).where('last_update', '<', databaseNowPlus(trx, -timeoutSeconds))
    .executeTakeFirst();
  return updated.numUpdatedRows > 0n;
}

/** Marks amphorae as in somebody's hands, or gives them back. */
export async function setBusy(trx: Trx, amphoraIds: readonly string[], isBusy: boolean): Promise<void> {
  if (amphoraIds.length > 0) await trx.updateTable('amphora_health').set({ busy: isBusy }).where('amphora_id', 'in', amphoraIds).execute();
}

/** The brake: stale amphorae that are not being deleted become FAILOVER_STOPPED (upstream AmphoraHealthRepository.get_stale_amphora). */
export async function stopFailovers(trx: Trx, amphoraIds: readonly string[]): Promise<void> {
  for (const batch of chunksOf(amphoraIds)) {
    await trx.updateTable('amphora').set({ status: 'FAILOVER_STOPPED', updated_at: databaseNow(trx) }).where('id', 'in', batch).where('status', 'not in', ['DELETED', 'PENDING_DELETE']).execute();
  }
}

/** Lets go of the brake for amphorae that speak again: FAILOVER_STOPPED becomes ALLOCATED. Returns how many. */
export async function resumeFailovers(trx: Trx, timeoutSeconds: number): Promise<number> {
  const rows = await trx
    .selectFrom('amphora').innerJoin('amphora_health', 'amphora_health.amphora_id', 'amphora.id').select('amphora.id')
    .where('amphora.status', '=', 'FAILOVER_STOPPED').where('amphora_health.busy', '=', false)
    .where('amphora_health.last_update', '>=', databaseNowPlus(trx, -timeoutSeconds))
    .execute();
  for (const batch of chunksOf(rows.map((row) => row.id))) {
    await trx.updateTable('amphora').set({ status: 'ALLOCATED', updated_at: databaseNow(trx) }).where('id', 'in', batch).where('status', '=', 'FAILOVER_STOPPED').execute();
  }
  return rows.length;
}
