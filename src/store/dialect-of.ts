import { MysqlAdapter, PostgresAdapter } from 'kysely';
import type { Kysely } from 'kysely';
import type { Database, DialectName } from './database.ts';

/** Which database a handle speaks to. */
export function dialectOf(db: Kysely<Database>): DialectName {
  const { adapter } = db.getExecutor();
  if (adapter instanceof MysqlAdapter) return 'mysql';
  return adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite';
}
