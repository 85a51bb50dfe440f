import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CompiledQuery, type DatabaseConnection, type Dialect, type Driver, type QueryResult, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { DatabaseConflict, DatabaseUnavailable, DuplicateKey, ForeignKeyMissing, SchemaLacking, StatementFailed, ValueRefused } from '../errors.ts';
import { Mutex } from './mutex.ts';
import { type ColumnDecoder, decodeRows, toBigInt, toBoolean, toSeconds, toSmallestInteger } from './row-decoder.ts';

const STATEMENT_CACHE_SIZE = 500;
/** Longest wait for other writers, in this process or another, before a transaction fails. */
const PATIENCE_MS = 30_000;

/** Writer and reader of one database file. In memory both are the same connection and take turns. */
export interface SqliteDialects {
  readonly writer: Dialect;
  readonly reader: Dialect;
  /** Closes both. */
  readonly close: () => void;
}

/** Opens (and makes) the file with WAL, foreign keys and NORMAL synchronisation; throws DatabaseUnavailable. */
export function sqliteDialects(path: string): SqliteDialects {
  const epoch: SchemaEpoch = { value: 0 };
  const writerDb = open(path, 50);
  if (path === ':memory:') {
    const shared = dialect(new SqliteConnection(writerDb, epoch), new Mutex(PATIENCE_MS));
    return { writer: shared, reader: shared, close: () => writerDb.close() };
  }
  const readerDb = open(path, 5000);
  readerDb.exec('pragma query_only = on');
  return {
    writer: dialect(new SqliteConnection(writerDb, epoch), new Mutex(PATIENCE_MS)),
    reader: dialect(new SqliteConnection(readerDb, epoch), null),
    close: () => {
      readerDb.close();
      writerDb.close();
    },
  };
}

function open(path: string, busyTimeoutMs: number): DatabaseSync {
  try {
    const db = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 5000 });
    db.exec(`pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = ${busyTimeoutMs}; pragma temp_store = memory; pragma cache_size = -32000`);
    return db;
  } catch (cause) {
    throw new DatabaseUnavailable(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function dialect(connection: SqliteConnection, turns: Mutex | null): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new SqliteDriver(connection, turns),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection;
  readonly #turns: Mutex | null;

  constructor(connection: SqliteConnection, turns: Mutex | null) {
    this.#connection = connection;
    this.#turns = turns;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    await this.#turns?.lock();
    return this.#connection;
  }

  async beginTransaction(): Promise<void> {
    // A deferred begin fails with BUSY_SNAPSHOT when two processes read and then write; waiting here must not block the event loop.
    const deadline = performance.now() + PATIENCE_MS;
    for (let wait = 1; ; wait = Math.min(wait * 2, 50)) {
      try {
        return this.#connection.exec('begin immediate');
      } catch (error) {
        if (!(error instanceof DatabaseConflict)) throw error;
        if (performance.now() > deadline) throw new DatabaseUnavailable('another process keeps the write lock', error);
      }
      await sleep(wait + Math.random() * wait);
    }
  }

  async commitTransaction(): Promise<void> {
    this.#connection.exec('commit');
  }

  async rollbackTransaction(): Promise<void> {
    this.#connection.rollback();
  }

  async releaseConnection(): Promise<void> {
    this.#turns?.unlock();
  }

  async destroy(): Promise<void> {}
}

/** Counts schema changes: statements prepared before the last one may describe columns wrongly. */
interface SchemaEpoch {
  value: number;
}

interface Prepared {
  readonly statement: StatementSync;
  readonly isReader: boolean;
  readonly decoders: readonly (readonly [string, ColumnDecoder])[];
}

class SqliteConnection implements DatabaseConnection {
  readonly #db: DatabaseSync;
  readonly #epoch: SchemaEpoch;
  readonly #cache = new Map<string, Prepared>();
  #cachedAt = 0;

  constructor(db: DatabaseSync, epoch: SchemaEpoch) {
    this.#db = db;
    this.#epoch = epoch;
  }

  exec(sql: string): void {
    try {
      this.#db.exec(sql);
    } catch (error) {
      throw mapSqliteError(error);
    }
  }

  /** SQLite ends a transaction by itself when the disk is full and the like. */
  rollback(): void {
    if (this.#db.isTransaction) this.exec('rollback');
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const { statement, isReader, decoders } = this.#prepare(query.sql);
      // Kysely's parameters are `unknown`; node:sqlite itself refuses what it cannot bind.
      const parameters = query.parameters as (string | number | bigint | Uint8Array | null)[];
      if (isReader) {
        const rows = statement.all(...parameters);
        decodeRows(rows, decoders);
        return { rows: rows as R[] };
      }
      const { changes, lastInsertRowid } = statement.run(...parameters);
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    } catch (error) {
      throw mapSqliteError(error);
    }
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query);
  }

  #prepare(sql: string): Prepared {
    if (this.#cachedAt !== this.#epoch.value) {
      this.#cache.clear();
      this.#cachedAt = this.#epoch.value;
    }
    const known = this.#cache.get(sql);
    if (known) return known;
    const prepared = describe(this.#db.prepare(sql));
    if (/^\s*(create|alter|drop)\b/i.test(sql)) {
      this.#epoch.value += 1;
      return prepared;
    }
    this.#cache.set(sql, prepared);
    if (this.#cache.size > STATEMENT_CACHE_SIZE) {
      for (const oldest of this.#cache.keys()) {
        this.#cache.delete(oldest);
        break;
      }
    }
    return prepared;
  }
}

function describe(statement: StatementSync): Prepared {
  const columns = statement.columns();
  const types = columns.map((column) => (column.type ?? '').toUpperCase());
  // Wide integers are read as bigint for the whole statement, so the narrow ones must be brought back.
  const isWide = types.some((type) => type === 'BIGINT' || type === '');
  if (isWide) statement.setReadBigInts(true);
  const decoders = columns.flatMap((column, index): (readonly [string, ColumnDecoder])[] => {
    const decode = decoderOf(types[index] ?? '', isWide);
    return decode ? [[column.name, decode]] : [];
  });
  return { statement, isReader: columns.length > 0, decoders };
}

function decoderOf(type: string, isWide: boolean): ColumnDecoder | null {
  if (type === 'BOOLEAN' || type === 'TINYINT(1)') return toBoolean;
  if (type === 'DATETIME') return toSeconds;
  if (type === 'BIGINT') return toBigInt;
  // An expression may be text: leave that alone.
  if (type === '') return (value) => (typeof value === 'bigint' ? toSmallestInteger(value) : value);
  return isWide ? (value) => (typeof value === 'bigint' ? Number(value) : value) : null;
}

/** Extended result codes of https://sqlite.org/rescode.html. */
const DUPLICATE = new Set([1555, 2067, 2579]);
const CONSTRAINT = 19;
const FOREIGN_KEY = new Set([787]);
const CONFLICT = new Set([5, 6]);
const UNAVAILABLE = new Set([8, 10, 11, 13, 14, 23, 26]);

function mapSqliteError(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error;
  const code = error.errcode;
  const detail = error.message.replace(/^(UNIQUE|NOT NULL|CHECK|FOREIGN KEY) constraint failed: /, '');
  if (DUPLICATE.has(code)) return new DuplicateKey(detail, error);
  if (FOREIGN_KEY.has(code)) return new ForeignKeyMissing(detail, error);
  if ((code & 0xff) === CONSTRAINT) return new ValueRefused(error.message, error);
  if (CONFLICT.has(code & 0xff)) return new DatabaseConflict(error.message, error);
  if (UNAVAILABLE.has(code & 0xff)) return new DatabaseUnavailable(error.message, error);
  if (/^no such (table|column): /.test(error.message)) return new SchemaLacking(error.message, error);
  return new StatementFailed(error.message, error);
}
