import { readFileSync } from 'node:fs';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database, Store } from '../database.ts';
import { openStore } from '../open-store.ts';
import { availableDialects, startTestServer, type TestServer } from '../testing/databases.ts';
import { upgradeHead } from './migrate.ts';

const snapshot = (name: string) => readFileSync(new URL(`testdata/octavia-db-manage.${name}.txt`, import.meta.url), 'utf8').trim().split('\n');

/** The snapshots were taken from MariaDB 10.11 after `octavia-db-manage upgrade head` with all 95 migrations. */
describe.skipIf(!availableDialects.includes('mysql'))('a MariaDB database of ours is the original\'s', () => {
  let server: TestServer;
  let store: Store;
  beforeAll(async () => {
    server = await startTestServer('mysql');
    store = await openStore(await server.newDatabase());
    await upgradeHead(store);
  }, 120_000);
  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  it('in every column: type, nullability, default and order', async () => {
    expect(await columns(store.read)).toEqual(snapshot('columns'));
  });

  it('in every primary, unique and foreign key, and in its name: newer migrations of the original change keys by name', async () => {
    expect((await keys(store.read)).toSorted()).toEqual(snapshot('keys').toSorted());
  });
});

async function columns(db: Kysely<Database>): Promise<string[]> {
  const found = await sql<{ line: string }>`
    select concat(table_name, '.', column_name, ' ', concat_ws('|', column_type, is_nullable, coalesce(column_default, ''), ordinal_position)) as line
    from information_schema.columns where table_schema = database() and table_name not like 'ts\\_%' order by concat(table_name, '.', column_name)`.execute(db);
  return found.rows.map((row) => row.line);
}

async function keys(db: Kysely<Database>): Promise<string[]> {
  const found = await sql<{ line: string }>`
    select concat(
      part.table_name, '(', group_concat(part.column_name order by part.ordinal_position), ')',
      coalesce(concat('->', min(part.referenced_table_name), '.', min(part.referenced_column_name)), ''), ' ', min(whole.constraint_type), ' ', part.constraint_name
    ) as line
    from information_schema.key_column_usage part
    join information_schema.table_constraints whole
      on whole.constraint_name = part.constraint_name and whole.table_name = part.table_name and whole.table_schema = part.table_schema
    where part.table_schema = database() and part.table_name not like 'ts\\_%'
    group by part.table_name, part.constraint_name`.execute(db);
  return found.rows.map((row) => row.line);
}
