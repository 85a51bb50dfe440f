import { toSqlDatetime } from '../lib/clock.ts';
import type { Trx } from '../store/database.ts';
import { dialectOf } from '../store/dialect-of.ts';
import { chunks } from './read-snapshots.ts';

/**
 * Writes amphora_health.last_update of many amphorae, one statement per 500; rows that are missing are made. `busy`
 * stays as it is.
 */
export async function writeLiveness(trx: Trx, heardAtMs: ReadonlyMap<string, number>): Promise<void> {
  const sorted = [...heardAtMs].toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const batch of chunks(sorted)) {
    const insert = trx.insertInto('amphora_health').values(batch.map(([amphora_id, at]) => ({ amphora_id, last_update: toSqlDatetime(at), busy: false })));
    if (dialectOf(trx) === 'mysql') await insert.onDuplicateKeyUpdate((eb) => ({ last_update: eb.fn('values', ['last_update']) })).execute();
    else await insert.onConflict((conflict) => conflict.column('amphora_id').doUpdateSet((eb) => ({ last_update: eb.ref('excluded.last_update') }))).execute();
  }
}
