import { type CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely';
import { compiledOnce, type SlotOf } from '../compiled-once.ts';
import type { Database, DialectName } from '../database.ts';
import { dialectOf } from '../dialect-of.ts';
import type { OwnerRange } from './owner-range.ts';

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

/** One such row; `a`, `b` and `c` are the branch's columns in their order. */
export interface Leaf {
  readonly owner: string;
  readonly a: string | null;
  readonly b?: string | null;
  readonly c?: string | null;
}

export type Gathered<K extends string> = Readonly<Record<K, ReadonlyMap<string, readonly Leaf[]>>>;

interface BranchRow extends Leaf { readonly ordered?: string | number | null }

interface UnionRow extends BranchRow { readonly branch: number }

/**
 * Reads the rows of all branches for these owners with one statement: a round trip costs more than everything else a small
 * answer needs (measured: half of the CPU time of an API process went into writing statements to its socket). `range` says
 * that the owners are all of a range, which MySQL is then asked for; the others take a list of ids well.
 */
export async function gather<K extends string>(db: Kysely<Database>, branches: Readonly<Record<K, Branch>>, ownerIds: readonly string[], range: OwnerRange | null = null): Promise<Gathered<K>> {
  const names = Object.keys(branches) as K[];
  const groups = names.map(() => new Map<string, BranchRow[]>());
  if (range !== null && dialectOf(db) === 'mysql') {
    for (const [index, rows] of (await readRange(db, branches, range)).entries()) for (const row of rows) append(groups[index], row);
  } else for (let start = 0; start < ownerIds.length; start += CHUNK) {
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

/**
 * The rows of each branch in their order. The branches travel together as statements of their own: a union would copy every
 * row. Tables that hold nothing at all are left out: looking each owner up in them took a fifth of the database's time.
 */
async function readRange(db: Kysely<Database>, branches: Readonly<Record<string, Branch>>, range: OwnerRange): Promise<readonly (readonly BranchRow[])[]> {
  const filled = await filledOf(db, branches);
  const known = compiledRanges.get(branches) ?? new Map<string, ReturnType<typeof compileRange>>();
  compiledRanges.set(branches, known);
  const key = `${range.table} ${range.projectId !== null} ${filled.map(Number).join('')}`;
  const statement = known.get(key) ?? compileRange(Object.values(branches).filter((_branch, index) => filled[index]), range);
  known.set(key, statement);
  const { first, last, projectId } = range;
  const count = filled.filter(Boolean).length;
  const found = count === 0 ? [] : (await db.executeQuery(statement(db, [first.createdAt, last.createdAt, first.id, last.id, projectId]))).rows;
  // A single statement answers with its rows, several with a list of theirs.
  const results = count === 1 ? [found as unknown as readonly BranchRow[]] : [...found];
  return filled.map((isFilled) => (isFilled ? (results.shift() ?? []) : []));
}

/** Whether the table of each branch holds anything. */
async function filledOf(db: Kysely<Database>, branches: Readonly<Record<string, Branch>>): Promise<readonly boolean[]> {
  const statement = compiledFilled.get(branches) ?? compileFilled(branches);
  compiledFilled.set(branches, statement);
  const { rows: [row = {}] } = await db.executeQuery(statement(db, []));
  return Object.keys(branches).map((name) => Number(row[name]) === 1);
}

const compiledFilled = new WeakMap<object, ReturnType<typeof compileFilled>>();

function compileFilled(branches: Readonly<Record<string, Branch>>) {
  const columns = Object.entries(branches).map(([name, { table }]) => sql`exists (select 1 from ${sql.table(table)}) as ${sql.id(name)}`);
  return compiledOnce<Readonly<Record<string, number>>>((db) => sql<Readonly<Record<string, number>>>`select ${sql.join(columns)}`.compile(db));
}

const compiledRanges = new WeakMap<object, Map<string, ReturnType<typeof compileRange>>>();

function compileRange(branches: readonly Branch[], { table, projectId }: OwnerRange) {
  const inProject = (slot: SlotOf) => (projectId === null ? sql`` : sql` and owners.project_id = ${slot(4)}`);
  return compiledOnce<readonly BranchRow[]>((db, slot) => {
    // Joined in this order, as MariaDB was seen to begin with the children.
    const selects = branches.map((branch) => sql`select ${plainColumnsOf(branch)}
      from ${sql.table(table)} as owners straight_join ${sql.table(branch.table)} on ${sql.ref(`${branch.table}.${branch.owner}`)} = owners.id
      where owners.created_at between ${slot(0)} and ${slot(1)}${inProject(slot)}
      and (owners.created_at > ${slot(0)} or owners.id >= ${slot(2)}) and (owners.created_at < ${slot(1)} or owners.id <= ${slot(3)})${more(branch)}`);
    return sql<readonly BranchRow[]>`${sql.join(selects, sql`; `)}`.compile(db);
  });
}

function plainColumnsOf(branch: Branch): RawBuilder<unknown> {
  const names = ['a', 'b', 'c'];
  const column = (name: string, alias: string) => sql`${sql.ref(`${branch.table}.${name}`)} as ${sql.id(alias)}`;
  return sql.join([
    column(branch.owner, 'owner'),
    ...branch.columns.map((name, index) => column(name, names[index] ?? name)),
    ...(branch.order ? [column(branch.order, 'ordered')] : []),
  ]);
}

function selectOf(dialect: DialectName, branch: Branch, index: number, places: readonly string[]): RawBuilder<unknown> {
  const owner = sql.ref(`${branch.table}.${branch.owner}`);
  return sql`${columnsOf(dialect, branch, index)} from ${sql.table(branch.table)} where ${owner} in (${sql.join(places)})${more(branch)}`;
}

const more = ({ where }: Branch) => (where ? sql` and ${where}` : sql``);

function columnsOf(dialect: DialectName, branch: Branch, index: number): RawBuilder<unknown> {
  // One text type for all branches: a union of different types or collations is refused by some databases.
  const type = sql.raw(dialect === 'mysql' ? 'char' : 'text');
  const column = (name: string | undefined) => sql`cast(${name === undefined ? sql.lit(null) : sql.ref(`${branch.table}.${name}`)} as ${type})`;
  const [a, b, c] = branch.columns;
  return sql`select ${sql.lit(index)} as branch, ${column(branch.owner)} as owner, ${column(a)} as a, ${column(b)} as b, ${column(c)} as c, ${column(branch.order ?? a)} as ordered`;
}

function append(groups: Map<string, BranchRow[]> | undefined, row: BranchRow): void {
  const group = groups?.get(row.owner);
  if (group) group.push(row);
  else groups?.set(row.owner, [row]);
}

type Key = string | number | null | undefined;

function sorted(groups: ReadonlyMap<string, BranchRow[]>, branch: Branch): ReadonlyMap<string, readonly Leaf[]> {
  const byText = (x: Key, y: Key) => (String(x ?? '') < String(y ?? '') ? -1 : Number(String(x ?? '') > String(y ?? '')));
  const byOrder = branch.isNumeric ? (x: Key, y: Key) => Number(x) - Number(y) : byText;
  for (const rows of groups.values()) {
    if (rows.length > 1) rows.sort((x, y) => byOrder(x.ordered, y.ordered) || byText(x.a, y.a));
  }
  return groups;
}
