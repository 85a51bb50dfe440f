import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from './database.ts';
import { dialectOf } from './dialect-of.ts';

/** The database's own UTC time as `YYYY-MM-DD HH:MM:SS`: the one clock that all processes share. */
export function databaseNow(db: Kysely<Database>): RawBuilder<string> {
  return databaseNowPlus(db, 0);
}

/** That time plus (or minus) seconds; whole seconds count. */
export function databaseNowPlus(db: Kysely<Database>, seconds: number): RawBuilder<string> {
  const whole = Math.round(seconds);
  switch (dialectOf(db)) {
    case 'sqlite':
      return sql<string>`datetime('now', ${`${whole} seconds`})`;
    case 'mysql':
      return sql<string>`(utc_timestamp() + interval ${whole} second)`;
    case 'postgres':
      // now() is the start of the transaction, which may be long ago.
      return sql<string>`date_trunc('second', (statement_timestamp() at time zone 'utc') + ${whole} * interval '1 second')`;
  }
}
