import { readFileSync } from 'node:fs';
import { connect, isIP, type Socket } from 'node:net';
import { type CompiledQuery, type DatabaseConnection, type Dialect, type Driver, MysqlAdapter, MysqlIntrospector, MysqlQueryCompiler, type QueryResult } from 'kysely';
import { createPool, type FieldPacket, type Pool, type PoolConnection, type ResultSetHeader } from 'mysql2';
import type { ServerAddress } from '../connection-url.ts';
import { DatabaseConflict, DatabaseUnavailable, DuplicateKey, ForeignKeyMissing, SchemaLacking, StatementFailed, ValueRefused } from '../errors.ts';
import { mayWait } from './later.ts';
import { connectionInTime, type PoolSettings } from './pool-settings.ts';
import { type ColumnDecoder, decodeRows, toBigInt, toBoolean, toSmallestInteger } from './row-decoder.ts';

export interface ServerDialect {
  readonly dialect: Dialect;
  readonly close: () => Promise<void>;
}

/** MySQL and MariaDB: strings for dates, UTC sessions, strict mode as oslo.db sets it. */
export function mysqlDialect(address: ServerAddress, settings: PoolSettings): ServerDialect {
  const socketPath = address.query.get('unix_socket');
  const [host, port] = [address.host ?? 'localhost', address.port ?? 3306];
  const tls = mysqlTls(address.query);
  const pool = createPool({
    ...(socketPath ? { socketPath } : { host, port }),
    ...(!socketPath && tls.ssl?.verifyIdentity === true && isIP(host) !== 0 && { stream: () => namedByAddress(host, port) }),
    user: address.user ?? '',
    password: address.password ?? '',
    database: address.database,
    charset: 'utf8mb4',
    timezone: 'Z',
    dateStrings: true,
    supportBigNumbers: true,
    connectionLimit: settings.size,
    maxIdle: settings.size,
    idleTimeout: 60_000,
    connectTimeout: Number(address.query.get('connect_timeout') ?? 10) * 1000,
    // Errors are mapped to our own, which have a stack; mysql2 would note one with every statement.
    trace: false,
    // For statements that travel together (see MysqlConnection); every value is escaped by the client either way.
    multipleStatements: true,
    ...tls,
  });
  return {
    dialect: {
      createAdapter: () => new MysqlAdapter(),
      createDriver: () => new MysqlDriver(pool, settings),
      createIntrospector: (db) => new MysqlIntrospector(db),
      createQueryCompiler: () => new MysqlQueryCompiler(),
    },
    close: () => new Promise((resolve, reject) => pool.end((error) => (error ? reject(mapMysqlError(error)) : resolve()))),
  };
}

/**
 * TLS as SQLAlchemy and PyMySQL read the URL: a CA file proves the server and its name, unless ssl_check_hostname is off;
 * a client certificate alone encrypts and proves nothing. With ssl_verify_cert or ssl_verify_identity the name counts only
 * where that is asked for. These two make the original forget the files, and ssl_verify_identity every proof: what the
 * operator asks for is done here.
 */
export function mysqlTls(query: ReadonlyMap<string, string>) {
  const file = (name: string, key: string) => {
    const path = query.get(name);
    return path === undefined ? {} : { [key]: readFileSync(path, 'utf8') };
  };
  const files = { ...file('ssl_ca', 'ca'), ...file('ssl_cert', 'cert'), ...file('ssl_key', 'key') };
  const isOff = (name: string) => /^(false|f|no|n|off|none|0)$/i.test(query.get(name) ?? '');
  const isOn = (name: string) => Boolean(query.get(name)) && !isOff(name);
  if (Object.keys(files).length === 0 && !isOn('ssl_verify_cert') && !isOn('ssl_verify_identity')) return {};
  const saysWhatToProve = Boolean(query.get('ssl_verify_cert')) || Boolean(query.get('ssl_verify_identity'));
  const rejectUnauthorized = saysWhatToProve ? !isOff('ssl_verify_cert') : 'ca' in files;
  const isNameAsked = isOn('ssl_verify_identity') || (saysWhatToProve ? isOn('ssl_check_hostname') : !isOff('ssl_check_hostname'));
  return { ssl: { ...files, rejectUnauthorized, verifyIdentity: rejectUnauthorized && isNameAsked } };
}

/** For an address mysql2 would look for `localhost` in the certificate; TLS takes the name that the socket was opened for, and a final dot does not count there. */
function namedByAddress(address: string, port: number): Socket {
  return connect({ host: `${address}.`, port, noDelay: true, keepAlive: true, lookup: (_name, _options, answer) => answer(null, [{ address, family: isIP(address) }]) });
}

class MysqlDriver implements Driver {
  readonly #pool: Pool;
  readonly #settings: PoolSettings;
  readonly #connections = new WeakMap<object, MysqlConnection>();

  constructor(pool: Pool, settings: PoolSettings) {
    this.#pool = pool;
    this.#settings = settings;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<MysqlConnection> {
    const connection = await connectionInTime<MysqlConnection>(this.#settings, (answer) => this.#take(answer), (late) => late.release());
    if (!connection.isReady) await connection.prepare(this.#settings);
    return connection;
  }

  #take(answer: (error: unknown, connection?: MysqlConnection) => void): void {
    this.#pool.getConnection((error, raw) => {
      if (error) return answer(mapMysqlError(error));
      const connection = this.#connectionOf(raw);
      if (connection.isYoungerThan(this.#settings.lifetimeMs)) return answer(null, connection);
      raw.destroy();
      this.#take(answer);
    });
  }

  /** One wrapper for the life of a connection, not one per statement. */
  #connectionOf(raw: PoolConnection): MysqlConnection {
    const known = this.#connections.get(raw);
    if (known) return known;
    const connection = new MysqlConnection(raw);
    this.#connections.set(raw, connection);
    return connection;
  }

  async beginTransaction(connection: MysqlConnection): Promise<void> {
    connection.begin();
  }

  async commitTransaction(connection: MysqlConnection): Promise<void> {
    await connection.commit();
  }

  async rollbackTransaction(connection: MysqlConnection): Promise<void> {
    await connection.rollback();
  }

  async releaseConnection(connection: MysqlConnection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {}
}

/** Bytes of waiting statements that are sent without waiting longer: far below any server's max_allowed_packet. */
const MAX_WAITING = 500_000;

/**
 * One session. `begin` and what `executeLater` sends wait for the next statement and travel with it: a round trip costs a
 * process more CPU time than all else about a statement. A failure of any of them is reported by the one they came with.
 */
class MysqlConnection implements DatabaseConnection {
  readonly #raw: PoolConnection;
  #isBroken = false;
  #waiting: string[] = [];
  #waitingBytes = 0;
  /** Whether the server knows of the transaction. */
  #isOpen = false;
  /** Set once the session speaks as we expect. */
  isReady = false;
  readonly #since = performance.now();

  constructor(raw: PoolConnection) {
    this.#raw = raw;
  }

  isYoungerThan(ms: number | null): boolean {
    return ms === null || performance.now() - this.#since < ms;
  }

  async prepare({ sqlMode, wsrepSyncWait, idleTransactionMs }: PoolSettings): Promise<void> {
    try {
      // The client escapes texts with backslashes: taken literally, they would let a text end its quotes.
      const mode = sqlMode === '' ? "replace(@@sql_mode, 'NO_BACKSLASH_ESCAPES', '')" : this.#raw.escape(sqlMode.replaceAll(/NO_BACKSLASH_ESCAPES/gi, ''));
      const chosen = [`sql_mode = ${mode}`, ...(wsrepSyncWait === null ? [] : [`wsrep_sync_wait = ${wsrepSyncWait}`])];
      // MySQL cuts grouped texts after 1024 bytes, silently; then only its longest packet limits them. A server that is strict with all tables takes no larger number.
      // A process that stands still inside a transaction must not keep its locks: MariaDB ends such a connection.
      await this.query(`set ${["time_zone = '+00:00'", ...chosen, 'group_concat_max_len = 1073741824'].join(', ')} /*M!100300 , idle_transaction_timeout = ${Math.ceil(idleTransactionMs / 1000)} */`);
      this.isReady = true;
    } catch (error) {
      this.#raw.destroy();
      throw error;
    }
  }

  release(): void {
    if (this.#isBroken) this.#raw.destroy();
    else this.#raw.release();
  }

  begin(): void {
    this.#isOpen = false;
    this.#waiting = ['begin'];
    this.#waitingBytes = 0;
  }

  async commit(): Promise<void> {
    // Nothing was asked between begin and commit.
    if (!this.#isOpen && this.#waiting.length === 1) this.#waiting = [];
    else await this.query('commit');
  }

  /** The failure that led here is what the caller must see: a connection that cannot even roll back is thrown away. */
  async rollback(): Promise<void> {
    this.#waiting = [];
    if (!this.#isOpen) return;
    await this.query('rollback').catch(() => {
      this.#isBroken = true;
    });
  }

  /** With callbacks: mysql2's promises cost a third of its time per statement. */
  query(sql: string, parameters: readonly unknown[] = []): Promise<[unknown, FieldPacket[]]> {
    const sent = this.#takeWaiting();
    return new Promise((resolve, reject) => {
      const answer = (error: Error | null, results: unknown, fields: unknown) => {
        if (!error) return resolve((sent.length === 0 ? [results, fields] : [(results as unknown[]).at(-1), (fields as unknown[]).at(-1)]) as [unknown, FieldPacket[]]);
        const mapped = mapMysqlError(error);
        if (mapped instanceof DatabaseUnavailable) this.#isBroken = true;
        reject(mapped);
      };
      if (sent.length === 0) this.#raw.query(sql, parameters.map(encode), answer);
      else this.#raw.query([...sent, this.#format(sql, parameters)].join(';\n'), answer);
    });
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (mayWait(query) && this.#waitingBytes < MAX_WAITING) {
      const text = this.#format(query.sql, query.parameters);
      this.#waiting.push(text);
      this.#waitingBytes += text.length;
      return { rows: [] };
    }
    const [result, fields] = await this.query(query.sql, query.parameters);
    if (Array.isArray(result)) {
      // Several statements in one text: the rows of each are a row of the whole.
      const isSeveral = Array.isArray(fields[0]);
      if (isSeveral) for (const [index, of] of (fields as unknown as FieldPacket[][]).entries()) decodeRows(result[index] as unknown[], of.flatMap(decoderOf));
      else decodeRows(result, fields.flatMap(decoderOf));
      return { rows: result as R[] };
    }
    const header = result as ResultSetHeader;
    return { rows: [], numAffectedRows: BigInt(header.affectedRows), insertId: BigInt(header.insertId) };
  }

  #takeWaiting(): readonly string[] {
    const waiting = this.#waiting;
    if (waiting.length === 0) return waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#isOpen = true;
    return waiting;
  }

  #format(sql: string, parameters: readonly unknown[]): string {
    return this.#raw.format(sql, parameters.map(encode));
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query);
  }
}

/** mysql2 would write a plain Uint8Array as an object. */
function encode(value: unknown): unknown {
  return value instanceof Uint8Array && !Buffer.isBuffer(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
}

/** Protocol type numbers: TINY 1, LONGLONG 8, NEWDECIMAL 246. */
function decoderOf(field: FieldPacket): (readonly [string, ColumnDecoder])[] {
  if (field.columnType === 1 && field.columnLength === 1) return [[field.name, toBoolean]];
  if (field.columnType === 8) return [[field.name, field.orgTable === '' ? toSmallestInteger : toBigInt]];
  if (field.columnType === 246) return [[field.name, toSmallestInteger]];
  return [];
}

const CONFLICT = new Set([1205, 1213, 1020, 1180]);
const DUPLICATE = new Set([1022, 1062, 1586]);
const FOREIGN_KEY = new Set([1216, 1217, 1451, 1452]);
/** 1267: a text is compared with a column whose character set cannot hold it, as utf8mb3 cannot an emoji. */
const REFUSED = new Set([1048, 1364, 1264, 1265, 1267, 1292, 1366, 1406, 3140]);
/** Gone, full, out of memory, read-only or shut. */
const UNAVAILABLE = new Set([1021, 1026, 1037, 1038, 1040, 1041, 1044, 1045, 1047, 1049, 1053, 1114, 1203, 1290, 1836, 1927, 2002, 2003, 2006, 2013, 3024]);
/** A table or a column that is not there. */
const LACKING = new Set([1054, 1146]);

function mapMysqlError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const number = 'errno' in error && typeof error.errno === 'number' ? error.errno : 0;
  if (DUPLICATE.has(number)) return new DuplicateKey(/for key '([^']*)'/.exec(error.message)?.[1] ?? error.message, error);
  if (FOREIGN_KEY.has(number)) return new ForeignKeyMissing(/CONSTRAINT `([^`]*)`/.exec(error.message)?.[1] ?? error.message, error);
  if (CONFLICT.has(number)) return new DatabaseConflict(error.message, error);
  if (REFUSED.has(number)) return new ValueRefused(error.message, error);
  // Numbers below 1000 are the system's own: refused, reset, timed out.
  if (UNAVAILABLE.has(number) || number < 1000 || ('fatal' in error && error.fatal === true)) return new DatabaseUnavailable(error.message, error);
  if (LACKING.has(number)) return new SchemaLacking(error.message, error);
  return new StatementFailed(error.message, error);
}
