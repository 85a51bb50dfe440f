import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely } from 'kysely';
import { type ConnectionUrl, parseConnectionUrl } from './connection-url.ts';
import type { Database, DialectName, Store, Trx } from './database.ts';
import type { PoolSettings } from './dialects/pool-settings.ts';
import { CommitUnknown, DatabaseConflict, DatabaseUnavailable, NoFreeConnection } from './errors.ts';

export interface StoreOptions {
  /** Connections to a database server. @default 10 */
  readonly poolSize?: number;
  /** Longest wait for one of them. @default 10 seconds */
  readonly poolTimeoutMs?: number;
  /** Age at which a connection is replaced; null = none. @default an hour */
  readonly recycleMs?: number | null;
  /** How long a transaction may stand still before a database server ends it. @default 10 seconds */
  readonly idleTransactionMs?: number;
  /** sql_mode of MySQL sessions; '' leaves the server's. @default 'TRADITIONAL' */
  readonly sqlMode?: string;
  /** wsrep_sync_wait of Galera sessions. @default the server's */
  readonly wsrepSyncWait?: number | null;
  /** Added to the query of the URL: `param1=value1&param2=value2`. */
  readonly parameters?: string;
  /** Attempts to reach a database server at start, and the pause between them; -1 tries for ever. @default 1 */
  readonly connectAttempts?: number;
  readonly retryIntervalMs?: number;
  /** Told of an attempt that failed and will be followed by another. */
  readonly onFailedAttempt?: (attempt: number, error: DatabaseUnavailable) => void;
  /** Ends the attempts. */
  readonly signal?: AbortSignal;
}

const MAX_ATTEMPTS = 20;

/**
 * Opens the database named by an SQLAlchemy URL ([database] connection): sqlite:// (in memory), sqlite:////path,
 * mysql+pymysql://, postgresql://. Throws BadConnectionUrl or DatabaseUnavailable; does not touch the schema.
 */
export async function openStore(connectionUrl: string, options: StoreOptions = {}): Promise<Store> {
  const { parameters = '', poolSize: size = 10, poolTimeoutMs: waitMs = 10_000, recycleMs: lifetimeMs = 3_600_000, idleTransactionMs = 10_000, sqlMode = 'TRADITIONAL', wsrepSyncWait = null } = options;
  const url = parseConnectionUrl(parameters === '' ? connectionUrl : `${connectionUrl}${connectionUrl.includes('?') ? '&' : '?'}${parameters}`);
  const { writer, reader, close } = await connect(url, { size, waitMs, lifetimeMs, idleTransactionMs, sqlMode, wsrepSyncWait });
  const store = new SqlStore(url.dialect, writer, reader, close);
  try {
    await untilReachable(reader, options);
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

/** One round trip now, so that a wrong host or password is an error at start and not of the first request. */
async function untilReachable(reader: Kysely<Database>, { connectAttempts = 1, retryIntervalMs = 10_000, onFailedAttempt, signal }: StoreOptions): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await reader.selectNoFrom((one) => one.lit(1).as('one')).execute();
      return;
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable) || attempt === connectAttempts) throw error;
      onFailedAttempt?.(attempt, error);
    }
    await sleep(retryIntervalMs, undefined, signal ? { signal } : {});
  }
}

interface Handles {
  readonly writer: Kysely<Database>;
  readonly reader: Kysely<Database>;
  readonly close: () => Promise<void>;
}

/** Loads the one client library that is needed: each costs every process time and memory. */
async function connect(url: ConnectionUrl, settings: PoolSettings): Promise<Handles> {
  if (url.dialect === 'sqlite') {
    const { sqliteDialects } = await import('./dialects/sqlite.ts');
    const { writer, reader, close } = sqliteDialects(url.path);
    const writing = new Kysely<Database>({ dialect: writer });
    return { writer: writing, reader: writer === reader ? writing : new Kysely<Database>({ dialect: reader }), close: async () => close() };
  }
  const { dialect, close } = url.dialect === 'mysql' ? (await import('./dialects/mysql.ts')).mysqlDialect(url, settings) : (await import('./dialects/postgres.ts')).postgresDialect(url, settings);
  const db = new Kysely<Database>({ dialect });
  return { writer: db, reader: db, close };
}

class SqlStore implements Store {
  readonly dialect: DialectName;
  readonly read: Kysely<Database>;
  readonly #writer: Kysely<Database>;
  readonly #close: () => Promise<void>;

  constructor(dialect: DialectName, writer: Kysely<Database>, reader: Kysely<Database>, close: () => Promise<void>) {
    this.dialect = dialect;
    this.read = reader;
    this.#writer = writer;
    this.#close = close;
  }

  async transaction<T>(work: (trx: Trx) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      let isCommitting = false;
      try {
        return await this.#writer.transaction().execute(async (trx) => {
          const result = await work(trx);
          isCommitting = true;
          return result;
        });
      } catch (error) {
        if (isCommitting && error instanceof DatabaseUnavailable) throw new CommitUnknown(error);
        // A pooled connection may have died unnoticed: without a commit nothing stays, so one more try is safe.
        const wasStale = error instanceof DatabaseUnavailable && !(error instanceof NoFreeConnection) && this.dialect !== 'sqlite' && attempt === 1;
        if (!wasStale && !(error instanceof DatabaseConflict && attempt < MAX_ATTEMPTS)) throw error;
      }
      await sleep(Math.random() * Math.min(2 ** attempt * 2, 250));
    }
  }

  async close(): Promise<void> {
    await this.#writer.destroy();
    if (this.read !== this.#writer) await this.read.destroy();
    await this.#close();
  }
}
