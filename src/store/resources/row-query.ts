import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Resource } from '../../model/resources/resource.ts';
import type { Row } from '../../model/resources/serialise.ts';
import { selectByKey } from '../by-key.ts';
import type { Database } from '../database.ts';
import { dialectOf } from '../dialect-of.ts';
import { kindOf } from './column-kind.ts';

export type Direction = 'asc' | 'desc';

/** Which rows of a resource, in which order. Columns are plain names or `joined_table.column`. */
export interface RowQuery {
  readonly filters: readonly { readonly column: string; readonly value: unknown }[];
  readonly tags: TagFilters;
  readonly sort: readonly SortKey[];
  /** Id of the last row of the page before; null: from the start. */
  readonly marker: string | null;
  /** The row of the marker when it is at hand; it need not be there any more. */
  readonly afterRow?: Row | null;
  /** Compares the other way round, as the original's page_reverse does. */
  readonly isReversed: boolean;
  /** Null: all. */
  readonly limit: number | null;
}

export interface SortKey {
  readonly column: string;
  readonly direction: Direction;
  /** What a null counts as; absent for columns that never are null, which are then compared bare so that an index helps. */
  readonly nullAs?: string | number | boolean;
}

export interface TagFilters {
  /** Every one of these. */
  readonly all?: readonly string[];
  /** At least one of these. */
  readonly any?: readonly string[];
  /** Not every one of these. */
  readonly notAll?: readonly string[];
  /** None of these. */
  readonly notAny?: readonly string[];
}

/**
 * Rows of one page, or `unknown-marker`. Rows hold own columns by name and joined ones as `<table>.<column>`. The page is cut
 * out of the bare table first, so that joins are looked up for its rows only. Not so in order of age, where an index leads from
 * row to row and nothing is sorted: (project_id, created_at, id) or (created_at, id). `selected` is what is read of each row.
 */
export async function selectRows(db: Kysely<Database>, resource: Resource, query: RowQuery, selected = selection(resource)): Promise<readonly Row[] | 'unknown-marker'> {
  const conditions = [...visibility(resource), ...query.filters.map((filter) => matches(resource, { ...filter, value: asKept(db, filter.value) })), ...tagConditions(resource, query.tags)];
  if (query.afterRow) conditions.push(after(db, resource, query, query.afterRow));
  else if (query.marker !== null) {
    const marker = await selectRow(db, resource, query.marker);
    if (!marker) return 'unknown-marker';
    conditions.push(after(db, resource, query, { ...marker, ...(await exactTimes(db, resource, query, query.marker)) }));
  }
  const where = conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`;
  const orderBy = orderOf(query, (key) => sortExpression(resource, key));
  const limit = query.limit === null ? sql`` : sql`limit ${query.limit}`;
  const usesJoin = [...query.filters, ...query.sort].some(({ column }) => column.includes('.'));
  const id = columnRef(resource, resource.idColumn);
  const statement = query.limit === null || usesJoin || isByAge(query) || resource.joins.length === 0
    ? sql<Row>`select ${selected} from ${from(resource)} ${where} ${orderBy} ${limit}`
    : sql<Row>`select ${selected} from (select ${sql.join([sql`${id} as page_id`, ...pageKeys(resource, query)])} from ${sql.table(resource.table)} ${where} ${orderBy} ${limit}) as page
        inner join ${from(resource, sql`on ${id} = page.page_id`)} ${orderOf(query, (_, index) => sql`page.${sql.id(`key${index}`)}`)}`;
  return (await statement.execute(db)).rows;
}

function orderOf({ sort }: RowQuery, expression: (key: SortKey, index: number) => Fragment): Fragment {
  return sort.length === 0 ? sql`` : sql`order by ${sql.join(sort.map((key, index) => sql`${expression(key, index)} ${key.direction === 'desc' ? sql`desc` : sql`asc`}`))}`;
}

/** By them the page is put in order again before it is joined: MariaDB would otherwise write whole rows down to sort them. */
function pageKeys(resource: Resource, { sort }: RowQuery): Fragment[] {
  return sort.map((key, index) => sql`${sortExpression(resource, key)} as ${sql.id(`key${index}`)}`);
}

function isByAge({ sort }: RowQuery): boolean {
  return sort.map(({ column, direction, nullAs }) => `${column} ${direction} ${nullAs ?? ''}`).join() === 'created_at asc ,id asc ';
}

/** One visible row by id; undefined when there is none or it is DELETED. */
export async function selectRow(db: Kysely<Database>, resource: Resource, id: string): Promise<Row | undefined> {
  const select = rowSelects.get(resource) ?? rowSelect(resource);
  rowSelects.set(resource, select);
  return (await select(db, id))[0];
}

const rowSelects = new WeakMap<Resource, ReturnType<typeof rowSelect>>();

function rowSelect(resource: Resource) {
  return selectByKey<Row>((db, id) => {
    const conditions = [sql`${columnRef(resource, resource.idColumn)} = ${id}`, ...visibility(resource)];
    return sql<Row>`select ${selection(resource)} from ${from(resource)} where ${sql.join(conditions, sql` and `)}`.compile(db);
  });
}

type Fragment = RawBuilder<unknown>;

/** A column of the resource's own table or of a joined one. */
export function columnRef(resource: Resource, column: string): Fragment {
  return sql.ref(column.includes('.') ? column : `${resource.table}.${column}`);
}

/** Columns behind the `session_persistence` of a pool. */
export const PERSISTENCE_COLUMNS = ['session_persistence.type', 'session_persistence.cookie_name', 'session_persistence.persistence_timeout', 'session_persistence.persistence_granularity'];

/** All own columns, and those of joined tables that fields show. */
function selection(resource: Resource): Fragment {
  const joined = Object.values(resource.fields)
    .flatMap((field) => (field.column?.includes('.') ? [field.column] : []))
    .concat(resource.table === 'pool' ? PERSISTENCE_COLUMNS : []);
  return sql.join([sql`${sql.table(resource.table)}.*`, ...joined.map((column) => sql`${sql.ref(column)} as ${sql.id(column)}`)]);
}

function from(resource: Resource, on: Fragment = sql``): Fragment {
  const joins = resource.joins.map(({ table, key }) => sql`left join ${sql.table(table)} on ${sql.ref(`${table}.${key}`)} = ${sql.ref(`${resource.table}.id`)}`);
  return sql.join([sql.table(resource.table), on, ...joins], sql` `);
}

function visibility(resource: Resource): Fragment[] {
  return resource.deletedIn === null ? [] : [sql`${columnRef(resource, resource.deletedIn)} <> 'DELETED'`];
}

/** MySQL keeps a fraction in four bytes and compares it in eight, where 1.1 is another number. */
function asKept(db: Kysely<Database>, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) && dialectOf(db) === 'mysql' ? Math.fround(value) : value;
}

function matches(resource: Resource, filter: { readonly column: string; readonly value: unknown }): Fragment {
  return filter.value === null ? sql`${columnRef(resource, filter.column)} is null` : sql`${columnRef(resource, filter.column)} = ${filter.value}`;
}

function tagConditions(resource: Resource, tags: TagFilters): Fragment[] {
  const id = columnRef(resource, resource.idColumn);
  const has = (tag: string) => sql`exists (select 1 from tags where tags.resource_id = ${id} and tags.tag = ${tag})`;
  const hasAny = (list: readonly string[]) => sql`exists (select 1 from tags where tags.resource_id = ${id} and tags.tag in (${sql.join(list)}))`;
  return [
    ...(tags.all ?? []).map(has),
    ...(tags.any?.length ? [hasAny(tags.any)] : []),
    ...(tags.notAll?.length ? [sql`not (${sql.join(tags.notAll.map(has), sql` and `)})`] : []),
    ...(tags.notAny?.length ? [sql`not ${hasAny(tags.notAny)}`] : []),
  ];
}

/**
 * Keyset condition: rows behind the marker in sort order. Written as nested "past the first key, or equal and past the
 * rest" with the first key's bound repeated outside, so that an index on it can be used.
 */
function after(db: Kysely<Database>, resource: Resource, query: RowQuery, marker: Row): Fragment {
  const keys = query.sort.map((key) => ({
    ref: sortExpression(resource, key), value: asKept(db, marker[key.column] ?? key.nullAs ?? null), isForward: (key.direction === 'asc') !== query.isReversed,
  }));
  const past = (index: number): Fragment => {
    const key = keys[index];
    if (!key) return sql`1 = 0`;
    const beyond = sql`${key.ref} ${key.isForward ? sql`>` : sql`<`} ${key.value}`;
    return index === keys.length - 1 ? beyond : sql`(${beyond} or (${key.ref} = ${key.value} and ${past(index + 1)}))`;
  };
  const first = keys[0];
  return first ? sql`(${first.ref} ${first.isForward ? sql`>=` : sql`<=`} ${first.value} and ${past(0)})` : sql`1 = 1`;
}

/** Times of a row with the fractions of seconds that rows do not show: the original wrote them where they are kept, which MySQL does not. */
async function exactTimes(db: Kysely<Database>, resource: Resource, { sort }: RowQuery, id: string): Promise<Row> {
  const times = sort.map(({ column }) => column).filter((column) => !column.includes('.') && kindOf(resource, column) === 'datetime');
  if (times.length === 0 || dialectOf(db) === 'mysql') return {};
  const texts = sql.join(times.map((column) => sql`cast(${sql.ref(column)} as text) as ${sql.id(column)}`));
  const { rows: [row = {}] } = await sql<Row>`select ${texts} from ${sql.table(resource.table)} where ${sql.ref(resource.idColumn)} = ${id}`.execute(db);
  return row;
}

function sortExpression(resource: Resource, key: SortKey): Fragment {
  const ref = columnRef(resource, key.column);
  return key.nullAs === undefined ? ref : sql`coalesce(${ref}, ${key.nullAs})`;
}
