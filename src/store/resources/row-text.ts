import { sql, type Kysely } from 'kysely';
import type { TextBuffer } from '../../lib/text-buffer.ts';
import { NIL_UUID } from '../../model/enums.ts';
import type { Resource } from '../../model/resources/resource.ts';
import { shownFields, type Computed, type Row, type ShownField } from '../../model/resources/serialise.ts';
import type { Database, DialectName } from '../database.ts';
import { dialectOf } from '../dialect-of.ts';
import { kindOf } from './column-kind.ts';
import { booleanAsJson, commaListAsJson, datetimeAsJson, floatAsJson, type Fragment, integerAsJson, textAsJson, written } from './json-text.ts';
import type { Relations } from './relations.ts';
import { columnRef, type RowQuery } from './row-query.ts';

/** Name under which a row carries its text. */
const TEXT = 'json_text';

/**
 * What to select so that rows carry the JSON text of all that `relations` does not compute, with the keys and values of
 * `serialise`, and besides only the columns that a page and these relations need. A page of thousands then costs this process
 * no object per row and no column per field. Undefined when SQL cannot tell a field: the columns must then be read.
 */
export function textSelection(db: Kysely<Database>, resource: Resource, query: RowQuery, relations: Relations | undefined): Fragment | undefined {
  const text = textOf(db, resource, relations);
  if (text === undefined) return undefined;
  const columns = new Set([resource.idColumn, ...query.sort.map(({ column }) => column), ...(relations?.columns ?? [])]);
  return sql.join([...[...columns].map((column) => sql`${columnRef(resource, column)} as ${sql.id(column)}`), sql`${sql.raw(text)} as ${sql.id(TEXT)}`]);
}

/** Appends the JSON of one object from a row read by `textSelection`. */
export function appendBody(to: TextBuffer, row: Row, computed: Computed): void {
  const more = JSON.stringify(computed);
  to.append(String(row[TEXT]));
  if (more !== '{}') to.append(',');
  // Its brace is either in the way or what is missing.
  to.append(more.slice(1));
}

const NO_RELATIONS = {};
const texts = new WeakMap<object, Map<string, string | undefined>>();

/** Worked out once per database kind: composing it takes longer than reading a short page. */
function textOf(db: Kysely<Database>, resource: Resource, relations: Relations | undefined): string | undefined {
  const dialect = dialectOf(db);
  const of = texts.get(relations ?? NO_RELATIONS) ?? new Map<string, string | undefined>();
  texts.set(relations ?? NO_RELATIONS, of);
  const key = `${dialect} ${resource.table}`;
  if (!of.has(key)) of.set(key, objectText(dialect, resource, relations?.computes ?? [])?.compile(db).sql);
  return of.get(key);
}

/** Without the closing brace, as more may follow. */
function objectText(dialect: DialectName, resource: Resource, computes: readonly string[]): Fragment | undefined {
  const parts: Fragment[] = [];
  const add = (name: string, value: Fragment) => parts.push(sql.lit(`${parts.length === 0 ? '{' : ','}"${name}":`), value);
  for (const shown of shownFields(resource)) {
    if (shown.column === null || computes.includes(shown.name)) continue;
    const value = fieldText(dialect, resource, shown.column, shown);
    if (value === undefined) return undefined;
    add(shown.name, value);
  }
  if (resource.hasProject) add('tenant_id', textAsJson(dialect, columnRef(resource, 'project_id'), null));
  return written(dialect, parts);
}

function fieldText(dialect: DialectName, resource: Resource, column: string, { field }: ShownField): Fragment | undefined {
  const value = columnRef(resource, column);
  const { nullAs = null, nilAsNull, storedAs } = field;
  switch (kindOf(resource, column)) {
    case 'varchar': case 'text': {
      if (storedAs === 'comma-list') return commaListAsJson(dialect, value);
      return textAsJson(dialect, nilAsNull ? sql`nullif(${value}, ${sql.lit(NIL_UUID)})` : value, nullAs === null ? null : String(nullAs));
    }
    case 'int': return integerAsJson(dialect, value);
    case 'float': return floatAsJson(dialect, value);
    case 'bool': return booleanAsJson(dialect, value, nullAs === null ? null : nullAs === true);
    case 'datetime': return datetimeAsJson(dialect, value);
    default: return undefined;
  }
}
