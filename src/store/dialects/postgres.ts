import { readFileSync } from 'node:fs';
import { type CompiledQuery, type DatabaseConnection, type Driver, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, type QueryResult } from 'kysely';
import pg from 'pg';
import type { ServerAddress } from '../connection-url.ts';
import { DatabaseConflict, DatabaseUnavailable, DuplicateKey, ForeignKeyMissing, SchemaLacking, StatementFailed, ValueRefused } from '../errors.ts';
import type { ServerDialect } from './mysql.ts';
import { connectionInTime, type PoolSettings } from './pool-settings.ts';
import { type ColumnDecoder, decodeRows, toSeconds, toSmallestInteger } from './row-decoder.ts';

const INT8 = 20;
const TIMESTAMP = 1114;
const NUMERIC = 1700;

/** PostgreSQL: strings for timestamps, bigint for int8, UTC sessions. */
export function postgresDialect(address: ServerAddress, settings: PoolSettings): ServerDialect {
  const pool = new pg.Pool({
    host: address.query.get('host') ?? address.host ?? 'localhost',
    port: address.port ?? Number(address.query.get('port') ?? 5432),
    user: address.user ?? undefined,
    password: address.password ?? undefined,
    database: address.database,
    max: settings.size,
    idleTimeoutMillis: 60_000,
    // pg means both by it: how long connecting and how long a free connection may take; the wait itself has a limit of its own below.
    connectionTimeoutMillis: Math.max(Number(address.query.get('connect_timeout') ?? 10) * 1000, settings.waitMs),
    ...(settings.lifetimeMs !== null && { maxLifetimeSeconds: settings.lifetimeMs / 1000 }),
    application_name: address.query.get('application_name') ?? 'octavia',
    // A process that stands still inside a transaction must not keep its locks.
    options: `-c timezone=UTC -c idle_in_transaction_session_timeout=${settings.idleTransactionMs}`,
    ...tls(address.query),
  });
  // An idle connection that breaks is dropped by the pool; the next user gets a new one.
  pool.on('error', () => undefined);
  return {
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new PostgresDriver(pool, settings),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    close: () => pool.end(),
  };
}

function tls(query: ReadonlyMap<string, string>) {
  const mode = query.get('sslmode') ?? 'prefer';
  if (!['require', 'verify-ca', 'verify-full'].includes(mode)) return {};
  const file = (name: string, key: string) => {
    const path = query.get(name);
    return path === undefined ? {} : { [key]: readFileSync(path, 'utf8') };
  };
  return {
    ssl: {
      ...file('sslrootcert', 'ca'), ...file('sslcert', 'cert'), ...file('sslkey', 'key'),
      rejectUnauthorized: mode !== 'require' || query.has('sslrootcert'),
      ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
    },
  };
}

class PostgresDriver implements Driver {
  readonly #pool: pg.Pool;
  readonly #settings: PoolSettings;

  constructor(pool: pg.Pool, settings: PoolSettings) {
    this.#pool = pool;
    this.#settings = settings;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PostgresConnection> {
    const client = await connectionInTime<pg.PoolClient>(
      this.#settings, (answer) => this.#pool.connect((error, taken) => answer(error && mapPostgresError(error), taken)), (late) => late.release());
    return new PostgresConnection(client);
  }

  async beginTransaction(connection: PostgresConnection): Promise<void> {
    await connection.query('begin');
  }

  async commitTransaction(connection: PostgresConnection): Promise<void> {
    await connection.query('commit');
  }

  async rollbackTransaction(connection: PostgresConnection): Promise<void> {
    await connection.rollback();
  }

  async releaseConnection(connection: PostgresConnection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {}
}

class PostgresConnection implements DatabaseConnection {
  readonly #client: pg.PoolClient;
  #broken: Error | undefined;
  readonly #onError = (error: Error) => {
    this.#broken = error;
  };

  constructor(client: pg.PoolClient) {
    this.#client = client;
    client.on('error', this.#onError);
  }

  release(): void {
    this.#client.off('error', this.#onError);
    this.#client.release(this.#broken);
  }

  /** The failure that led here is what the caller must see: a connection that cannot even roll back is thrown away. */
  async rollback(): Promise<void> {
    await this.query('rollback').catch((error: unknown) => {
      this.#broken = error instanceof Error ? error : new Error(String(error));
    });
  }

  async query(sql: string, parameters: readonly unknown[] = []): Promise<pg.QueryResult<pg.QueryResultRow>> {
    try {
      return await mapped(() => this.#client.query({ text: sql, values: [...parameters], types }));
    } catch (error) {
      if (error instanceof DatabaseUnavailable) this.#broken = error;
      throw error;
    }
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const result = await this.query(query.sql, query.parameters);
    decodeRows(result.rows, result.fields.flatMap(decoderOf));
    return { rows: result.rows as R[], numAffectedRows: BigInt(result.rowCount ?? 0) };
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query);
  }
}

type TextParser = (text: string) => unknown;

const ownParsers: ReadonlyMap<number, TextParser> = new Map<number, TextParser>([[INT8, BigInt], [TIMESTAMP, toSeconds], [NUMERIC, toSmallestInteger]]);

/** Own parsers for this connection only: pg's global table belongs to nobody. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => ownParsers.get(oid) ?? pg.types.getTypeParser(oid, format as 'text'),
};

/** An int8 that is no column is a count. */
function decoderOf(field: pg.FieldDef): (readonly [string, ColumnDecoder])[] {
  return field.dataTypeID === INT8 && field.tableID === 0 ? [[field.name, toSmallestInteger]] : [];
}

async function mapped<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw mapPostgresError(error);
  }
}

/** SQLSTATE codes; https://www.postgresql.org/docs/current/errcodes-appendix.html. */
function mapPostgresError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const state = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
  const constraint = error instanceof pg.DatabaseError ? (error.constraint ?? error.message) : error.message;
  if (state === '23505') return new DuplicateKey(constraint, error);
  if (state === '23503' || state === '23001') return new ForeignKeyMissing(constraint, error);
  if (state === '40001' || state === '40P01' || state === '55P03') return new DatabaseConflict(error.message, error);
  if (state.startsWith('22') || state.startsWith('23')) return new ValueRefused(error.message, error);
  // No SQLSTATE: the socket, not the server.
  if (state === '' || /^(08|28|3D|53|57|58|25006|25P03)/.test(state)) return new DatabaseUnavailable(error.message, error);
  if (state === '42P01' || state === '42703') return new SchemaLacking(error.message, error);
  return new StatementFailed(error.message, error);
}
