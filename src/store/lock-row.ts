import type { Trx } from './database.ts';
import { dialectOf } from './dialect-of.ts';

/**
 * Locks one row until the transaction ends (SELECT ... FOR UPDATE) and says whether it exists. On SQLite a
 * transaction holds the only write lock from its start, so there it only looks.
 */
export async function lockRow(trx: Trx, table: 'load_balancer' | 'amphora' | 'listener' | 'pool' | 'member', id: string): Promise<boolean> {
  const query = trx.selectFrom(table).select('id').where('id', '=', id);
  const row = await (dialectOf(trx) === 'sqlite' ? query : query.forUpdate()).executeTakeFirst();
  return row !== undefined;
}
