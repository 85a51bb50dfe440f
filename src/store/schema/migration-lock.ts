import { sql } from 'kysely';
import type { Trx } from '../database.ts';
import { dialectOf } from '../dialect-of.ts';
import { DatabaseUnavailable } from '../errors.ts';

const LOCK_NAME = 'octavia_schema';
/** Any number that nobody else uses: PostgreSQL's advisory locks have no names. */
const LOCK_NUMBER = 7_146_223_491;
const PATIENCE_SECONDS = 120;

/** Lets one process at a time change the schema; on MySQL DDL ends the transaction, so a named lock of the session is needed. */
export async function withMigrationLock<T>(trx: Trx, work: () => Promise<T>): Promise<T> {
  switch (dialectOf(trx)) {
    case 'sqlite':
      return await work();
    case 'postgres':
      await sql`select pg_advisory_xact_lock(${sql.lit(LOCK_NUMBER)})`.execute(trx);
      return await work();
    case 'mysql': {
      const got = await sql<{ got: number | null }>`select get_lock(${LOCK_NAME}, ${PATIENCE_SECONDS}) as got`.execute(trx);
      if (got.rows[0]?.got !== 1) throw new DatabaseUnavailable('another process is changing the schema', null);
      try {
        return await work();
      } finally {
        await sql`do release_lock(${LOCK_NAME})`.execute(trx);
      }
    }
  }
}
