import { type Kysely, sql } from 'kysely';
import type { OperatingStatus } from '../model/enums.ts';
import type { Database, Trx } from './database.ts';
import { dialectOf } from './dialect-of.ts';
import { chunksOf } from './tree-ids.ts';

/** Since when an object is as it is, and why as far as an amphora told. */
export interface Condition {
  readonly objectId: string;
  readonly loadBalancerId: string;
  readonly objectType: string;
  readonly operatingStatus: OperatingStatus;
  /** UTC, `YYYY-MM-DD HH:MM:SS`. */
  readonly since: string;
  readonly reason: string | null;
}

const WELL: readonly OperatingStatus[] = ['ONLINE', 'NO_MONITOR'];

/**
 * Keeps the new conditions of objects whose status has changed; those that are well again need none. Only rows that exist
 * are deleted: on MySQL a delete that finds nothing locks the gap where another health manager inserts.
 */
export async function recordConditions(trx: Trx, conditions: readonly Condition[]): Promise<void> {
  const sorted = conditions.toSorted((a, b) => (a.objectId < b.objectId ? -1 : Number(a.objectId > b.objectId)));
  for (const batch of chunksOf(sorted.filter(({ operatingStatus }) => WELL.includes(operatingStatus)))) {
    const known = await trx.selectFrom('ts_condition').select('object_id').where('object_id', 'in', batch.map(({ objectId }) => objectId)).orderBy('object_id').execute();
    if (known.length > 0) await trx.deleteFrom('ts_condition').where('object_id', 'in', known.map((row) => row.object_id)).execute();
  }
  for (const batch of chunksOf(sorted.filter(({ operatingStatus }) => !WELL.includes(operatingStatus)))) await upsert(trx, batch);
}

async function upsert(trx: Trx, conditions: readonly Condition[]): Promise<void> {
  const isMysql = dialectOf(trx) === 'mysql';
  const given = (column: string) => (isMysql ? sql`values(${sql.ref(column)})` : sql`${sql.ref(`excluded.${column}`)}`);
  const change = Object.fromEntries(['operating_status', 'since', 'reason'].map((column) => [column, given(column)]));
  const insert = trx.insertInto('ts_condition').values(conditions.map((one) => ({
    object_id: one.objectId, load_balancer_id: one.loadBalancerId, object_type: one.objectType, operating_status: one.operatingStatus, since: one.since, reason: one.reason,
  })));
  await (isMysql ? insert.onDuplicateKeyUpdate(change) : insert.onConflict((conflict) => conflict.column('object_id').doUpdateSet(change))).execute();
}

const KINDS = ['load_balancer', 'listener', 'pool', 'member', 'health_monitor', 'l7policy', 'l7rule'] as const;

/** Everything that is not well in a load balancer. What was deleted, or got another status by a change of its configuration, is not told any more. */
export async function listConditions(db: Kysely<Database>, loadBalancerId: string): Promise<readonly Condition[]> {
  const rows = await db.selectFrom('ts_condition').selectAll().where('load_balancer_id', '=', loadBalancerId).orderBy('since').orderBy('object_id').execute();
  const statuses = new Map<string, OperatingStatus>();
  for (const kind of KINDS) {
    for (const ids of chunksOf(rows.filter((row) => row.object_type === kind).map((row) => row.object_id))) {
      for (const found of await db.selectFrom(kind).select(['id', 'operating_status']).where('id', 'in', ids).execute()) statuses.set(found.id, found.operating_status);
    }
  }
  return rows.filter((row) => statuses.get(row.object_id) === row.operating_status).map((row) => ({
    objectId: row.object_id, loadBalancerId: row.load_balancer_id, objectType: row.object_type, operatingStatus: row.operating_status, since: row.since, reason: row.reason,
  }));
}

/** Forgets conditions of objects that are gone. Found first and deleted by key: a delete that looks into other tables locks their rows on MySQL. */
export async function purgeConditions(trx: Trx): Promise<void> {
  for (const kind of KINDS) {
    const orphans = await trx.selectFrom('ts_condition').select('object_id').where('object_type', '=', kind)
      .where((of) => of.not(of.exists(of.selectFrom(kind).select(`${kind}.id`).whereRef(`${kind}.id`, '=', 'ts_condition.object_id')))).orderBy('object_id').execute();
    for (const ids of chunksOf(orphans.map((row) => row.object_id))) await trx.deleteFrom('ts_condition').where('object_id', 'in', ids).execute();
  }
}
