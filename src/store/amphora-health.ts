import { toSqlDatetime } from '../lib/clock.ts';
import type { Trx } from './database.ts';
import { upsertRows, type Upsert } from './upsert-rows.ts';

const HEARD: Upsert = { table: 'amphora_health', columns: ['amphora_id', 'last_update', 'busy'], key: ['amphora_id'], change: { last_update: 'replace' } };

/** Writes when amphorae were heard last (milliseconds since 1970); rows that are missing are made, `busy` stays as it is. */
export async function recordHeartbeats(trx: Trx, heardAtMs: ReadonlyMap<string, number>): Promise<void> {
  const sorted = [...heardAtMs].toSorted(([a], [b]) => (a < b ? -1 : 1));
  await upsertRows(trx, HEARD, sorted.map(([id, at]) => [id, toSqlDatetime(at), false]));
}
