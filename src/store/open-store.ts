import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely } from 'kysely';
import { type ConnectionUrl, parseConnectionUrl } from './connection-url.ts';
import type { Database, DialectName, Store, Trx } from './database.ts';
import { DatabaseConflict, DatabaseUnavailable } from './errors.ts';

export interface StoreOptions {
  /** Connections to a database server. @default 10 ([database] max_pool_size) */
  readonly poolSize?: number;
  /** Attempts to reach a database server at start, and the pause between them; -1 tries for ever. @default 1 ([database] max_retries, retry_interval) */
  readonly connectAttempts?: number;
  readonly retryIntervalMs?: number;
  readonly signal?: AbortSignal;
}

const MAX_ATTEMPTS = 20;

/**
 * Opens the database named by an SQLAlchemy URL ([database] connection): sqlite:// (in memory), sqlite:////path,
 * mysql+pymysql://, postgresql://. Throws BadConnectionUrl or DatabaseUnavailable; does not touch the schema.
 */
export async function openStore(connectionUrl: string, options: StoreOptions = {}): Promise<Store> {
  const url = parseConnectionUrl(connectionUrl);
  const { writer, reader, close } = await connect(url, options.poolSize ?? 10);
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
async function untilReachable(reader: Kysely<Database>, { connectAttempts = 1, retryIntervalMs = 10_000, signal }: StoreOptions): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await reader.selectNoFrom((one) => one.lit(1).as('one')).execute();
      return;
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable) || attempt === connectAttempts) throw error;
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
async function connect(url: ConnectionUrl, poolSize: number): Promise<Handles> {
  if (url.dialect === 'sqlite') {
    const { sqliteDialects } = await import('./dialects/sqlite.ts');
    const { writer, reader, close } = sqliteDialects(url.path);
    const writing = new Kysely<Database>({ dialect: writer });
    return { writer: writing, reader: writer === reader ? writing : new Kysely<Database>({ dialect: reader }), close: async () => close() };
  }
  const { dialect, close } = url.dialect === 'mysql' ? (await import('./dialects/mysql.ts')).mysqlDialect(url, poolSize) : (await import('./dialects/postgres.ts')).postgresDialect(url, poolSize);
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
        // A pooled connection may have died unnoticed: without a commit nothing stays, so one more try is safe.
        const wasStale = error instanceof DatabaseUnavailable && this.dialect !== 'sqlite' && !isCommitting && attempt === 1;
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
