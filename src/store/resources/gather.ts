import { type CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database, DialectName } from '../database.ts';
import { dialectOf } from '../dialect-of.ts';

/** One kind of small rows that belong to owners: where they are, whose they are, what of them is wanted and in which order. */
export interface Branch {
  readonly table: keyof Database;
  /** Column with the owner's id. */
  readonly owner: string;
  /** Up to three columns, read as text. */
  readonly columns: readonly string[];
  /** Column they are sorted by, then by the first of `columns`. @default the first of `columns` */
  readonly order?: string;
  /** True when `order` holds numbers. */
  readonly isNumeric?: true;
  /** A condition besides the owner, without parameters. */
  readonly where?: RawBuilder<unknown>;
}

export interface Leaf {
  readonly owner: string;
  /** In the order of the branch's columns. */
  readonly values: readonly [string | null, string | null, string | null];
}

export type Gathered<K extends string> = Readonly<Record<K, ReadonlyMap<string, readonly Leaf[]>>>;

interface UnionRow { readonly branch: number; readonly owner: string; readonly a: string | null; readonly b: string | null; readonly c: string | null; readonly ordered: string | null }

/**
 * Reads the rows of all branches for these owners with one statement: a round trip costs more than everything else a small
 * answer needs (measured: half of the CPU time of an API process went into writing statements to its socket).
 */
export async function gather<K extends string>(db: Kysely<Database>, branches: Readonly<Record<K, Branch>>, ownerIds: readonly string[]): Promise<Gathered<K>> {
  const names = Object.keys(branches) as K[];
  const groups = names.map(() => new Map<string, UnionRow[]>());
  for (let start = 0; start < ownerIds.length; start += CHUNK) {
    for (const row of await readChunk(db, branches, names, ownerIds.slice(start, start + CHUNK))) append(groups[row.branch], row);
  }
  return Object.fromEntries(names.map((name, index) => [name, sorted(groups[index] ?? new Map(), branches[name])])) as unknown as Gathered<K>;
}

/** Owners per statement: five branches stay far below SQLite's 32,766 parameters, and MariaDB turns lists of a thousand into a slow subquery. */
const CHUNK = 512;

async function readChunk<K extends string>(db: Kysely<Database>, branches: Readonly<Record<K, Branch>>, names: readonly K[], ids: readonly string[]): Promise<readonly UnionRow[]> {
  // Rounded up to a power of two by repeating an id, so that few statements are ever compiled and prepared.
  const size = 2 ** Math.ceil(Math.log2(ids.length));
  const padded = [...ids, ...Array.from({ length: size - ids.length }, () => ids[0])];
  const statement = compiledFor(db, branches, names, size);
  const query: CompiledQuery<UnionRow> = { ...statement, parameters: names.flatMap(() => padded) };
  return (await db.executeQuery(query)).rows;
}

const compiled = new WeakMap<object, Map<string, CompiledQuery<UnionRow>>>();

function compiledFor<K extends string>(db: Kysely<Database>, branches: Readonly<Record<K, Branch>>, names: readonly K[], size: number): CompiledQuery<UnionRow> {
  const dialect = dialectOf(db);
  const known = compiled.get(branches) ?? new Map<string, CompiledQuery<UnionRow>>();
  compiled.set(branches, known);
  const key = `${dialect} ${size}`;
  const found = known.get(key);
  if (found) return found;
  const places = Array.from({ length: size }, () => '');
  const selects = names.map((name, index) => selectOf(dialect, branches[name], index, places));
  const statement = sql<UnionRow>`${sql.join(selects, sql` union all `)}`.compile(db);
  known.set(key, statement);
  return statement;
}

function selectOf(dialect: DialectName, branch: Branch, index: number, places: readonly string[]): RawBuilder<unknown> {
  // One text type for all branches: a union of different types or collations is refused by some databases.
  const type = sql.raw(dialect === 'mysql' ? 'char' : 'text');
  const column = (name: string | undefined) => sql`cast(${name === undefined ? sql.lit(null) : sql.ref(`${branch.table}.${name}`)} as ${type})`;
  const owner = sql.ref(`${branch.table}.${branch.owner}`);
  const [a, b, c] = branch.columns;
  return sql`select ${sql.lit(index)} as branch, ${column(branch.owner)} as owner, ${column(a)} as a, ${column(b)} as b, ${column(c)} as c, ${column(branch.order ?? a)} as ordered
    from ${sql.table(branch.table)} where ${owner} in (${sql.join(places)})${branch.where ? sql` and ${branch.where}` : sql``}`;
}

function append(groups: Map<string, UnionRow[]> | undefined, row: UnionRow): void {
  const group = groups?.get(row.owner);
  if (group) group.push(row);
  else groups?.set(row.owner, [row]);
}

function sorted(groups: ReadonlyMap<string, UnionRow[]>, branch: Branch): ReadonlyMap<string, readonly Leaf[]> {
  const first = (x: string | null, y: string | null) => ((x ?? '') < (y ?? '') ? -1 : Number((x ?? '') > (y ?? '')));
  const byOrder = branch.isNumeric ? (x: UnionRow, y: UnionRow) => Number(x.ordered) - Number(y.ordered) : (x: UnionRow, y: UnionRow) => first(x.ordered, y.ordered);
  const leaves = new Map<string, readonly Leaf[]>();
  for (const [owner, rows] of groups) {
    if (rows.length > 1) rows.sort((x, y) => byOrder(x, y) || first(x.a, y.a));
    leaves.set(owner, rows.map((row) => ({ owner, values: [row.a, row.b, row.c] })));
  }
  return leaves;
}
