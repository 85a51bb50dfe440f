import { sql } from 'kysely';
import type { Trx } from '../database.ts';
import { dialectOf } from '../dialect-of.ts';
import { quoter } from './ddl.ts';
import type { octaviaTables } from './octavia-tables.ts';

interface ListIndex {
  readonly name: string;
  readonly table: keyof typeof octaviaTables;
  /** Equality first, then the default order of lists. */
  readonly columns: readonly string[];
}

const ORDER = ['created_at', 'id'];
const index = (table: ListIndex['table'], name: string, leading: readonly string[]): ListIndex => ({ name: `ts_${table}_${name}`, table, columns: [...leading, ...ORDER] });

/**
 * Indexes that let a page of a list cost the same in a table of a hundred rows and of a million: one project's objects, and
 * everybody's for administrators. The original has none of them; the prefix `ts_` marks them as ours, and Octavia's
 * migrations neither see nor need them. None begins with a column whose foreign key has no other index: InnoDB would drop
 * its own for ours.
 */
export const listIndexes: readonly ListIndex[] = [
  ...(['load_balancer', 'listener', 'pool', 'health_monitor', 'l7policy'] as const).flatMap((table) => [index(table, 'by_project', ['project_id']), index(table, 'by_age', [])]),
  index('member', 'by_pool', ['pool_id']),
  index('listener', 'by_load_balancer', ['load_balancer_id']),
  index('amphora', 'by_age', []),
];

/** Makes the indexes that are missing, on tables that are there, and names them as `index <name>`. */
export async function createListIndexes(trx: Trx, isThere: (table: string) => boolean): Promise<string[]> {
  const quote = quoter(dialectOf(trx));
  const known = await indexNames(trx);
  const missing = listIndexes.filter(({ name, table }) => !known.has(name) && isThere(table));
  for (const { name, table, columns } of missing) await sql.raw(`create index ${quote(name)} on ${quote(table)} (${columns.map(quote).join(', ')})`).execute(trx);
  return missing.map(({ name }) => `index ${name}`);
}

/** MySQL has no `create index if not exists`, so the catalogue is asked. */
async function indexNames(trx: Trx): Promise<ReadonlySet<string>> {
  const queries = {
    sqlite: sql<{ name: string }>`select name from sqlite_master where type = 'index'`,
    mysql: sql<{ name: string }>`select distinct index_name as name from information_schema.statistics where table_schema = database()`,
    postgres: sql<{ name: string }>`select indexname as name from pg_indexes where schemaname = current_schema()`,
  };
  return new Set((await queries[dialectOf(trx)].execute(trx)).rows.map((row) => row.name));
}
