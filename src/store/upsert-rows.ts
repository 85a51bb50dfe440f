import { type CompiledQuery, sql } from 'kysely';
import type { Database, Trx } from './database.ts';
import { dialectOf } from './dialect-of.ts';

/** What becomes of a column of a row that is there already: it takes the new value, adds it, or keeps the higher one. */
export type Change = 'replace' | 'add' | 'higher';

export interface Upsert {
  readonly table: keyof Database;
  /** In the order of the values of each row. */
  readonly columns: readonly string[];
  /** Columns of the key by which a row is known. */
  readonly key: readonly string[];
  /** Columns that change; the others stay as they are. */
  readonly change: Readonly<Record<string, Change>>;
}

/** Rows in one statement at most. */
const MAX_ROWS = 256;

const compiled = new WeakMap<Upsert, Map<string, CompiledQuery>>();

/**
 * Inserts rows or changes those that are there. Rows are written in powers of two, so that few statements are ever built and
 * prepared, whatever the number of rows: health managers do this for every amphora every few seconds. `upsert` must be the
 * same object each time. Give rows in the order of the key, so that two writers never wait for each other in a circle.
 */
export async function upsertRows(trx: Trx, upsert: Upsert, rows: readonly (readonly unknown[])[]): Promise<void> {
  for (let start = 0; start < rows.length; ) {
    const size = Math.min(MAX_ROWS, 2 ** Math.floor(Math.log2(rows.length - start)));
    await trx.executeQuery({ ...statementFor(trx, upsert, size), parameters: rows.slice(start, start + size).flat() });
    start += size;
  }
}

function statementFor(trx: Trx, upsert: Upsert, size: number): CompiledQuery {
  const known = compiled.get(upsert) ?? new Map<string, CompiledQuery>();
  compiled.set(upsert, known);
  const name = `${dialectOf(trx)} ${size}`;
  const statement = known.get(name) ?? compile(trx, upsert, size);
  known.set(name, statement);
  return statement;
}

function compile(trx: Trx, { table, columns, key, change }: Upsert, size: number): CompiledQuery {
  const dialect = dialectOf(trx);
  const higher = sql.raw(dialect === 'sqlite' ? 'max' : 'greatest');
  const changes = Object.entries(change).map(([column, how]) => {
    const stored = sql.ref(`${table}.${column}`);
    const given = dialect === 'mysql' ? sql`values(${sql.ref(column)})` : sql.ref(`excluded.${column}`);
    const value = { replace: given, add: sql`${stored} + ${given}`, higher: sql`${higher}(${stored}, ${given})` }[how];
    return sql`${sql.ref(column)} = ${value}`;
  });
  const names = (list: readonly string[]) => sql.join(list.map((column) => sql.ref(column)));
  const row = () => sql`(${sql.join(columns.map(() => sql`${null}`))})`;
  const onConflict = dialect === 'mysql' ? sql`on duplicate key update` : sql`on conflict (${names(key)}) do update set`;
  return sql`insert into ${sql.table(table)} (${names(columns)}) values ${sql.join(Array.from({ length: size }, row))} ${onConflict} ${sql.join(changes)}`.compile(trx);
}
