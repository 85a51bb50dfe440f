import type { Kysely, Transaction } from 'kysely';
import type { RowOf } from './schema/columns.ts';
import type { octaviaTables } from './schema/octavia-tables.ts';
import type { ownTables } from './schema/own-tables.ts';

type Tables = typeof octaviaTables & typeof ownTables;

/** Row types of every table, for the query builder. */
export type Database = { [T in keyof Tables]: RowOf<Tables[T]> };

/** A transaction handle: the only thing a repository may be given. */
export type Trx = Transaction<Database>;

export type DialectName = 'sqlite' | 'mysql' | 'postgres';

/**
 * One database, whichever dialect. Inside `transaction` only its `trx` may be used: on SQLite a second handle would
 * wait for the first until it gives up after half a minute. Transactions are retried on deadlock, busy and serialisation errors (so `work` must
 * have no effect outside the database); SQLite ones begin IMMEDIATE.
 */
export interface Store {
  readonly dialect: DialectName;
  transaction<T>(work: (trx: Trx) => Promise<T>): Promise<T>;
  /** Read-only use outside a transaction; never inside `transaction`. */
  readonly read: Kysely<Database>;
  close(): Promise<void>;
}
