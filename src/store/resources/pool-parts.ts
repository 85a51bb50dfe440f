import type { Kysely } from 'kysely';
import type { Pool } from '../../model/graph.ts';
import type { Database } from '../database.ts';
import { toMember, toPool } from '../graph-rows.ts';

/** A pool with its persistence, monitor and members, for provider dicts. */
export async function readWholePool(db: Kysely<Database>, row: Database['pool']): Promise<Pool> {
  const persistence = await db.selectFrom('session_persistence').selectAll().where('pool_id', '=', row.id).executeTakeFirst();
  const monitor = await db.selectFrom('health_monitor').selectAll().where('pool_id', '=', row.id).executeTakeFirst();
  const members = await db.selectFrom('member').selectAll().where('pool_id', '=', row.id).orderBy('created_at').orderBy('id').execute();
  return toPool(row, { persistence, monitor, members: members.map(toMember) });
}
