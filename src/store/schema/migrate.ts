import { sql } from 'kysely';
import { OctaviaError } from '../../lib/errors.ts';
import type { Store, Trx } from '../database.ts';
import { dialectOf } from '../dialect-of.ts';
import type { Column, Table } from './columns.ts';
import { addColumn, createIndexes, createTable, isAddable, setCollation } from './ddl.ts';
import { createListIndexes } from './list-indexes.ts';
import { octaviaTables } from './octavia-tables.ts';
import { ownTables } from './own-tables.ts';
import { HEAD, isKnownRevision, isOlder, OLDEST_UPGRADABLE } from './revisions.ts';
import { sow } from './sow.ts';
import { withMigrationLock } from './migration-lock.ts';

/** A database whose schema we cannot bring to ours. */
export class SchemaNotUpgradable extends OctaviaError {
  constructor(reason: string) {
    super('schema-not-upgradable', `${reason}; upgrade it with octavia-db-manage first`);
  }
}

export interface SchemaState {
  /** alembic_version; null in a database without one. */
  readonly revision: string | null;
  readonly isHead: boolean;
  /** Written by an Octavia newer than ours. */
  readonly isNewer: boolean;
  readonly missingTables: readonly string[];
  /** As `table.column`, of tables that exist. */
  readonly missingColumns: readonly string[];
}

export interface UpgradeReport {
  readonly from: string | null;
  readonly to: string;
  /** Statements of one line each, for the log: tables, columns and rows that were added. */
  readonly changes: readonly string[];
}

type AnyTable = Table<Readonly<Record<string, Column<unknown>>>>;
const allTables: Readonly<Record<string, AnyTable>> = { ...octaviaTables, ...ownTables };

/**
 * Brings a database to our schema: an empty one gets everything; one made by octavia-db-manage gets the tables,
 * columns and lookup rows it lacks, and our own tables. Idempotent; several processes may start at once.
 */
export async function upgradeHead(store: Store): Promise<UpgradeReport> {
  return await store.transaction((trx) => withMigrationLock(trx, () => upgradeWithin(trx)));
}

/** Compares a database with our definitions without changing it. */
export async function inspectSchema(store: Store): Promise<SchemaState> {
  return await store.transaction(inspect);
}

/** Writes alembic_version without changing anything else. */
export async function stampRevision(store: Store, revision: string): Promise<void> {
  await store.transaction((trx) => writeRevision(trx, revision));
}

/** The same without the lock, for whoever has it or changes nothing. */
export async function upgradeWithin(trx: Trx): Promise<UpgradeReport> {
  const state = await inspect(trx);
  refuseForeignSchemas(state);
  const dialect = dialectOf(trx);
  const collations = dialect === 'mysql' ? await readCollations(trx) : new Map<string, string>();
  const collation = collations.get('load_balancer');
  const missing = new Set(state.missingTables);
  const changes: string[] = [];
  const run = async (statement: string, remark?: string) => {
    await sql.raw(statement).execute(trx);
    if (remark) changes.push(remark);
  };
  for (const [name, table] of Object.entries(allTables)) {
    // A newer Octavia's tables are its own business; ours we always need.
    if (state.isNewer && !(name in ownTables)) continue;
    if (missing.has(name)) {
      for (const [index, statement] of createTable(dialect, name, table, collation ? { collation } : {}).entries()) await run(statement, index === 0 ? `table ${name}` : undefined);
      continue;
    }
    // Earlier versions gave ours the default of the character set.
    if (collation !== undefined && name in ownTables && collations.get(name) !== collation) await run(setCollation(name, collation), `collation of ${name}`);
    for (const [column, definition] of Object.entries(table.columns)) {
      if (state.missingColumns.includes(`${name}.${column}`)) await run(addColumn(dialect, name, column, definition), `column ${name}.${column}`);
    }
    for (const statement of createIndexes(dialect, name, table)) await run(statement);
  }
  const indexes = await createListIndexes(trx, (table) => !state.isNewer || !missing.has(table));
  // A database made here has them from the start, which is no news; one made elsewhere takes a moment for them.
  if (state.revision !== null) changes.push(...indexes);
  if (state.isNewer && state.revision !== null) return { from: state.revision, to: state.revision, changes };
  changes.push(...(await sow(trx)));
  if (!state.isHead) await writeRevision(trx, HEAD);
  return { from: state.revision, to: HEAD, changes };
}

async function inspect(trx: Trx): Promise<SchemaState> {
  const existing = new Map<string, ReadonlySet<string>>();
  for (const table of await trx.introspection.getTables()) existing.set(table.name, new Set(table.columns.map((column) => column.name)));
  const revision = existing.has('alembic_version') ? ((await trx.selectFrom('alembic_version').select('version_num').executeTakeFirst())?.version_num ?? null) : null;
  const missingTables = Object.keys(allTables).filter((name) => !existing.has(name));
  const missingColumns = Object.entries(allTables).flatMap(([name, table]) => {
    const columns = existing.get(name);
    return columns ? Object.keys(table.columns).filter((column) => !columns.has(column)).map((column) => `${name}.${column}`) : [];
  });
  return { revision, isHead: revision === HEAD, isNewer: revision !== null && !isKnownRevision(revision), missingTables, missingColumns };
}

function refuseForeignSchemas(state: SchemaState): void {
  const { revision } = state;
  if (revision === null && !state.missingTables.includes('load_balancer') && state.missingTables.includes('alembic_version')) {
    throw new SchemaNotUpgradable('the database has tables of Octavia but no alembic_version');
  }
  if (revision === null || state.isNewer) return;
  if (isOlder(revision, OLDEST_UPGRADABLE)) throw new SchemaNotUpgradable(`the database is at revision ${revision}, older than ${OLDEST_UPGRADABLE}`);
  const stuck = state.missingColumns.filter((place) => {
    const [table = '', column = ''] = place.split('.');
    const definition = allTables[table]?.columns[column];
    return !definition || !isAddable(definition);
  });
  if (stuck.length > 0) throw new SchemaNotUpgradable(`the database lacks columns that cannot be added to it: ${stuck.join(', ')}`);
}

/** By table. Foreign keys and joins need one collation at both ends; a server's default may be any. */
async function readCollations(trx: Trx): Promise<ReadonlyMap<string, string>> {
  const found = await sql<{ table: string; collation: string }>`
    select table_name as ${sql.id('table')}, table_collation as ${sql.id('collation')} from information_schema.tables where table_schema = database() and table_type = 'BASE TABLE'`.execute(trx);
  return new Map(found.rows.map((row) => [row.table, row.collation]));
}

async function writeRevision(trx: Trx, revision: string): Promise<void> {
  const isThere = (await trx.selectFrom('alembic_version').select('version_num').executeTakeFirst()) !== undefined;
  if (isThere) await trx.updateTable('alembic_version').set({ version_num: revision }).execute();
  else await trx.insertInto('alembic_version').values({ version_num: revision }).execute();
}
