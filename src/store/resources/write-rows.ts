import { type CompiledQuery, sql } from 'kysely';
import { columnOf, type Resource } from '../../model/resources/resource.ts';
import { encodeColumn } from '../../model/resources/serialise.ts';
import type { Trx } from '../database.ts';
import { dialectOf } from '../dialect-of.ts';
import { executeLater } from '../dialects/later.ts';
import { writePickledTexts } from '../python-pickle.ts';

/** Column values of one row. */
export type Columns = Readonly<Record<string, unknown>>;

/** A decoded body as columns of the resource's own table; fields that live elsewhere are left out. */
export function toColumns(resource: Resource, body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const columns: Record<string, unknown> = {};
  for (const name in body) {
    const field = resource.fields[name];
    const column = field && columnOf(name, field);
    if (!field || !column || column.includes('.')) continue;
    columns[column] = field.storedAs === 'python-dict' ? pickled(body[name]) : encodeColumn(field, body[name]);
  }
  return columns;
}

/** Inserts one row; throws DuplicateKey, ForeignKeyMissing or ValueRefused. */
export async function insertRow(trx: Trx, table: string, columns: Columns): Promise<void> {
  await trx.executeQuery(insertOf(trx, table, columns));
}

/** The same, but on MySQL the row travels with the next statement, which then fails in its place. */
export async function insertRowLater(trx: Trx, table: string, columns: Columns): Promise<void> {
  await executeLater(trx, insertOf(trx, table, columns));
}

const compiledInserts = new Map<string, CompiledQuery>();
/** Bodies choose among many combinations of columns. */
const MAX_COMPILED = 500;

function insertOf(trx: Trx, table: string, columns: Columns): CompiledQuery {
  const names = Object.keys(columns);
  const key = `${dialectOf(trx)} ${table} ${names.join()}`;
  let statement = compiledInserts.get(key);
  if (!statement) {
    statement = sql`insert into ${sql.table(table)} (${sql.join(names.map((name) => sql.ref(name)))}) values (${sql.join(names.map(() => sql`${null}`))})`.compile(trx);
    if (compiledInserts.size >= MAX_COMPILED) compiledInserts.clear();
    compiledInserts.set(key, statement);
  }
  return { ...statement, parameters: Object.values(columns) };
}

export async function updateRow(trx: Trx, table: string, id: string, columns: Columns): Promise<void> {
  const names = Object.keys(columns);
  if (names.length === 0) return;
  await sql`update ${sql.table(table)} set ${sql.join(names.map((name) => sql`${sql.ref(name)} = ${columns[name]}`))} where id = ${id}`.execute(trx);
}

/** Gives an object exactly these tags; null and undefined leave them. */
export async function replaceTags(trx: Trx, resourceId: string, tags: readonly string[] | null | undefined, isNew = false): Promise<void> {
  if (!tags) return;
  if (!isNew) await trx.deleteFrom('tags').where('resource_id', '=', resourceId).execute();
  const distinct = [...new Set(tags)];
  if (distinct.length === 0) return;
  const insert = trx.insertInto('tags').values(distinct.map((tag) => ({ resource_id: resourceId, tag })));
  // MySQL's collation takes `Blue` and `blue` for one tag: the first stays.
  await (dialectOf(trx) === 'mysql' ? insert.ignore() : insert).execute();
}

/** Maps are pickled dicts, as the original reads them; null stays null. */
function pickled(value: unknown): Uint8Array | null {
  if (typeof value !== 'object' || value === null) return null;
  return writePickledTexts(Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)])));
}
