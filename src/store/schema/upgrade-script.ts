import {
  type CompiledQuery, type DatabaseConnection, type Dialect, type Driver, Kysely, MysqlIntrospector, MysqlQueryCompiler, PostgresIntrospector, PostgresQueryCompiler,
  type QueryResult, SqliteIntrospector, SqliteQueryCompiler,
} from 'kysely';
import type { Database, DialectName, Store } from '../database.ts';
import { StatementFailed } from '../errors.ts';
import { upgradeWithin } from './migrate.ts';

/** The statements that `upgrade head` would run on this database now, in its dialect. Changes nothing. */
export async function upgradeScript(store: Store): Promise<readonly string[]> {
  const statements: string[] = [];
  await new Kysely<Database>({ dialect: recording(store, statements) }).transaction().execute(upgradeWithin);
  return statements;
}

const PARTS = {
  sqlite: [SqliteQueryCompiler, SqliteIntrospector], mysql: [MysqlQueryCompiler, MysqlIntrospector], postgres: [PostgresQueryCompiler, PostgresIntrospector],
} as const;

/** Asks the database what is asked, and writes down what would change it. */
function recording(store: Store, statements: string[]): Dialect {
  const [Compiler, Introspector] = PARTS[store.dialect];
  const connection: DatabaseConnection = {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      if (/^\s*(select|with|pragma)\b/i.test(query.sql)) return await answerOf<R>(store, query);
      statements.push(`${withValues(query, store.dialect)};`);
      return { rows: [], numAffectedRows: 1n };
    },
    // Nothing is streamed while a schema is upgraded.
    async *streamQuery() {},
  };
  const nothing = async (): Promise<void> => undefined;
  const driver: Driver = {
    init: nothing, acquireConnection: async () => connection, beginTransaction: nothing, commitTransaction: nothing, rollbackTransaction: nothing,
    releaseConnection: nothing, destroy: nothing,
  };
  return {
    createAdapter: () => store.read.getExecutor().adapter, createDriver: () => driver,
    createQueryCompiler: () => new Compiler(), createIntrospector: (db) => new Introspector(db),
  };
}

/** A table that a statement before would have made is empty. */
async function answerOf<R>(store: Store, query: CompiledQuery): Promise<QueryResult<R>> {
  try {
    return await store.read.executeQuery<R>(query as CompiledQuery<R>);
  } catch (error) {
    if (error instanceof StatementFailed) return { rows: [] };
    throw error;
  }
}

function withValues({ sql, parameters }: CompiledQuery, dialect: DialectName): string {
  if (parameters.length === 0) return sql;
  let next = 0;
  return sql.replaceAll(dialect === 'postgres' ? /\$\d+/g : /\?/g, () => literal(parameters[next++], dialect));
}

/** Of the values that lookup and placeholder rows have. */
function literal(value: unknown, dialect: DialectName): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return dialect === 'postgres' ? String(value) : String(Number(value));
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  throw new TypeError(`there is no literal for a ${typeof value}`);
}
