import { toSqlDatetime } from '../lib/clock.ts';
import type { Trx } from './database.ts';
import { dialectOf } from './dialect-of.ts';
import { chunksOf } from './tree-ids.ts';

/**
 * Writes when amphorae were heard last (milliseconds since 1970), one statement per 500; rows that are missing are made,
 * `busy` stays as it is.
 */
export async function recordHeartbeats(trx: Trx, heardAtMs: ReadonlyMap<string, number>): Promise<void> {
  // In the order of the key, so that two writers never wait for each other in a circle.
  const sorted = [...heardAtMs].toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const batch of chunksOf(sorted)) {
    const insert = trx.insertInto('amphora_health').values(batch.map(([amphora_id, at]) => ({ amphora_id, last_update: toSqlDatetime(at), busy: false })));
    if (dialectOf(trx) === 'mysql') await insert.onDuplicateKeyUpdate((row) => ({ last_update: row.fn('values', ['last_update']) })).execute();
    else await insert.onConflict((conflict) => conflict.column('amphora_id').doUpdateSet((row) => ({ last_update: row.ref('excluded.last_update') }))).execute();
  }
}
