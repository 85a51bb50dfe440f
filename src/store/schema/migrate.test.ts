import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../database.ts';
import { dbManage } from '../db-manage.ts';
import { DuplicateKey, ForeignKeyMissing } from '../errors.ts';
import { openStore } from '../open-store.ts';
import { availableDialects, startTestServer, type TestServer } from '../testing/databases.ts';
import { createTable } from './ddl.ts';
import { inspectSchema, SchemaNotUpgradable, upgradeHead } from './migrate.ts';
import { octaviaTables } from './octavia-tables.ts';
import { ownTables } from './own-tables.ts';
import { HEAD, REVISIONS } from './revisions.ts';

it('the definitions are the 41 tables and 260 columns that the original\'s migrations leave', () => {
  expect(Object.keys(octaviaTables)).toHaveLength(41);
  expect(Object.values(octaviaTables).flatMap((table) => Object.keys(table.columns))).toHaveLength(260);
  expect(REVISIONS).toHaveLength(95);
  expect(REVISIONS.at(-1)).toBe(HEAD);
});

it('MySQL tables are InnoDB with the character set of octavia-db-manage', () => {
  expect(createTable('mysql', 'tags', octaviaTables.tags)).toEqual([expect.stringMatching(/engine=InnoDB default charset=utf8mb3$/)]);
});

describe.each(availableDialects)('on %s', (dialect) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(dialect);
  }, 120_000);
  afterAll(() => server.stop());

  const withStore = async (work: (store: Store, url: string) => Promise<void>) => {
    const url = await server.newDatabase();
    const store = await openStore(url);
    try {
      await work(store, url);
    } finally {
      await store.close();
    }
  };

  it('an empty database gets every table, column, lookup row and placeholder, once', () => withStore(async (store) => {
    const report = await upgradeHead(store);
    expect(report).toMatchObject({ from: null, to: HEAD });
    expect(await inspectSchema(store)).toEqual({ revision: HEAD, isHead: true, isNewer: false, missingTables: [], missingColumns: [] });
    const tables = await store.read.introspection.getTables();
    const expected = Object.entries({ ...octaviaTables, ...ownTables }).map(([name, table]) => [name, Object.keys(table.columns).toSorted()]);
    expect(Object.fromEntries(tables.map((table) => [table.name, table.columns.map((column) => column.name).toSorted()]))).toEqual(Object.fromEntries(expected));
    expect((await store.read.selectFrom('provisioning_status').select('name').execute()).length).toBe(10);
    expect(await store.read.selectFrom('flavor').select(['enabled']).executeTakeFirst()).toEqual({ enabled: false });
    expect((await store.read.selectFrom('spares_pool').select('updated_at').execute())[0]?.updated_at).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect((await upgradeHead(store)).changes).toEqual([]);
  }));

  it('NOT NULL, defaults, unique and foreign keys hold', () => withStore(async (store) => {
    await upgradeHead(store);
    const insert = (values: { id: string; name: string; flavor_profile_id: string }) => store.transaction((trx) => trx.insertInto('flavor').values({ ...values, enabled: true }).execute());
    const profile = '00000000-0000-0000-0000-000000000000';
    await insert({ id: 'a', name: 'n', flavor_profile_id: profile });
    await expect(insert({ id: 'b', name: 'n', flavor_profile_id: profile })).rejects.toBeInstanceOf(DuplicateKey);
    await expect(insert({ id: 'a', name: 'm', flavor_profile_id: profile })).rejects.toBeInstanceOf(DuplicateKey);
    await expect(insert({ id: 'c', name: 'c', flavor_profile_id: 'nowhere' })).rejects.toBeInstanceOf(ForeignKeyMissing);
    await expect(store.transaction((trx) => trx.deleteFrom('flavor_profile').execute())).rejects.toBeInstanceOf(ForeignKeyMissing);
  }));

  it('several processes may start at once', () => withStore(async (first, url) => {
    const others = await Promise.all([openStore(url), openStore(url)]);
    const reports = await Promise.all([first, ...others].map(upgradeHead));
    expect(reports.filter((report) => report.changes.length > 0)).toHaveLength(1);
    await Promise.all(others.map((store) => store.close()));
  }));

  it('a schema of an older release gets what it lacks and keeps its rows', () => withStore(async (store) => {
    await upgradeHead(store);
    await age(store);
    await store.transaction((trx) => trx.insertInto('load_balancer').values({ id: 'lb', enabled: true, provisioning_status: 'ACTIVE', operating_status: 'ONLINE' }).execute());
    await store.transaction((trx) => sql`insert into vip (load_balancer_id) values ('lb')`.execute(trx));
    const report = await upgradeHead(store);
    expect(report).toMatchObject({ from: '31f7653ded67', to: HEAD });
    expect(report.changes.toSorted()).toEqual([
      'column listener.hsts_include_subdomains', 'column listener.hsts_max_age', 'column listener.hsts_preload', 'column member.vnic_type', 'column vip.vnic_type',
      'provisioning_status: FAILOVER_STOPPED', 'table amphora_member_port', 'table vip_security_group',
    ]);
    expect(await store.read.selectFrom('vip').selectAll().execute()).toMatchObject([{ load_balancer_id: 'lb', vnic_type: 'normal' }]);
  }));

  it.each(['0995c26fc506', '632152d2d32e', 'db2a73e82626'])('is stamped %s for a db-manage that knows no newer one, and brought back', (revision) => withStore(async (store) => {
    await upgradeHead(store);
    await dbManage(store, 'stamp', [revision]);
    expect(await dbManage(store, 'check_migration')).toEqual([`${revision} is complete`]);
    expect(await upgradeHead(store)).toEqual({ from: revision, to: HEAD, changes: [] });
  }));

  it.skipIf(dialect !== 'mysql').each(['utf8mb3_unicode_ci', 'utf8mb4_unicode_520_ci'])('what is added to tables of collation %s can be compared with them', (collation) => withStore(async (store) => {
    // As octavia-db-manage makes them in a database of that collation.
    for (const [name, table] of Object.entries(octaviaTables)) await sql.raw(createTable(dialect, name, table).join(';').replace(/charset=.*/, `collate=${collation}`)).execute(store.read);
    await store.transaction(async (trx) => {
      await trx.insertInto('alembic_version').values({ version_num: HEAD }).execute();
    });
    await age(store);
    await upgradeHead(store);
    expect(await inspectSchema(store)).toMatchObject({ isHead: true, missingTables: [], missingColumns: [] });
    expect(await store.read.selectFrom('ts_lease').innerJoin('load_balancer', 'load_balancer.id', 'ts_lease.load_balancer_id').select('load_balancer.id').execute()).toEqual([]);
  }));

  it.skipIf(dialect !== 'mysql')('what an earlier version added in another collation is brought to that of the tables that were there', () => withStore(async (store) => {
    await upgradeHead(store);
    await store.transaction(async (trx) => {
      await trx.insertInto('ts_lease').values({ load_balancer_id: 'lb', fence: 7, attempts: 0, expires_at: '2026-01-01 00:00:00' }).execute();
    });
    for (const name of Object.keys(ownTables)) await sql`alter table ${sql.table(name)} convert to character set utf8mb3 collate utf8mb3_unicode_ci`.execute(store.read);
    expect((await upgradeHead(store)).changes).toContain('collation of ts_lease');
    expect(await store.read.selectFrom('ts_lease').leftJoin('load_balancer', 'load_balancer.id', 'ts_lease.load_balancer_id').select('ts_lease.fence').execute()).toEqual([{ fence: 7 }]);
    expect((await upgradeHead(store)).changes).toEqual([]);
  }));

  it('a schema newer than ours keeps its revision and gets only our own tables', () => withStore(async (store) => {
    await upgradeHead(store);
    await store.transaction(async (trx) => {
      await trx.updateTable('alembic_version').set({ version_num: 'ffffffffffff' }).execute();
      await trx.schema.dropTable('ts_event').execute();
    });
    expect(await upgradeHead(store)).toEqual({ from: 'ffffffffffff', to: 'ffffffffffff', changes: ['table ts_event'] });
  }));

  it('a schema that is too old, or without a revision, is refused untouched', () => withStore(async (store) => {
    await upgradeHead(store);
    await store.transaction((trx) => trx.updateTable('alembic_version').set({ version_num: '35dee79d5865' }).execute());
    await expect(upgradeHead(store)).rejects.toBeInstanceOf(SchemaNotUpgradable);
    await store.transaction((trx) => trx.schema.dropTable('alembic_version').execute());
    await expect(upgradeHead(store)).rejects.toThrow(/no alembic_version/);
  }));

  it('upgrade head --sql prints what would be run, runs nothing, and what it prints leads to the same', () => withStore(async (store) => {
    const script = await dbManage(store, 'upgrade', ['head'], { sql: true });
    expect(await store.read.introspection.getTables()).toEqual([]);
    for (const statement of script) await store.transaction((trx) => sql.raw(statement).execute(trx));
    expect(await inspectSchema(store)).toMatchObject({ isHead: true, missingTables: [], missingColumns: [] });
    expect((await upgradeHead(store)).changes).toEqual([]);
    // Indexes that may be there already are asked for each time.
    expect((await dbManage(store, 'upgrade', ['head'], { sql: true })).filter((statement) => !statement.startsWith('create index if not exists'))).toEqual([]);
    await age(store);
    const afterwards = await dbManage(store, 'upgrade', ['head'], { sql: true });
    expect(afterwards.at(-1)).toMatch(/update .*alembic_version.* set .*'fabf4983846b';$/);
    for (const statement of afterwards) await store.transaction((trx) => sql.raw(statement).execute(trx));
    expect((await upgradeHead(store)).changes).toEqual([]);
  }));

  it('db-manage speaks as the original does', () => withStore(async (store) => {
    expect(await dbManage(store, 'current')).toEqual([]);
    await expect(dbManage(store, 'check_migration')).rejects.toThrow(/lacks table/);
    expect((await dbManage(store, 'upgrade', ['head'])).at(-1)).toBe(`upgraded an empty database to ${HEAD}`);
    expect(await dbManage(store, 'upgrade', ['head'])).toEqual([`already at ${HEAD}`]);
    expect(await dbManage(store, 'current')).toEqual([`${HEAD} (head)`]);
    expect(await dbManage(store, 'check_migration')).toEqual([`${HEAD} is complete`]);
    expect(await dbManage(store, 'stamp', ['8db7'])).toEqual(['stamped 8db7a6443785']);
    expect(await dbManage(store, 'current')).toEqual(['8db7a6443785']);
    expect((await dbManage(store, 'history'))[0]).toBe(`8db7a6443785 -> ${HEAD} (head)`);
    await expect(dbManage(store, 'downgrade')).rejects.toThrow(/no longer supported/);
    await expect(dbManage(store, 'upgrade', ['-1'])).rejects.toThrow(/downgrade/);
    await expect(dbManage(store, 'upgrade', ['8db7'])).rejects.toThrow(/only head \(fabf4983846b\) can be upgraded to/);
    await expect(dbManage(store, 'upgrade', [], { delta: '1' })).rejects.toThrow(/--delta is not supported/);
    await expect(dbManage(store, 'revision')).rejects.toThrow(/revision is not supported/);
    await expect(dbManage(store, 'current', [], { sql: true })).rejects.toThrow(/--sql goes with upgrade/);
    await expect(dbManage(store, 'stamp', ['nonsense'])).rejects.toThrow(/no revision/);
  }));
});

/** Takes a database back to what Yoga's migrations leave, our own tables apart. */
async function age(store: Store): Promise<void> {
  await store.transaction(async (trx) => {
    await trx.schema.dropTable('amphora_member_port').execute();
    await trx.schema.dropTable('vip_security_group').execute();
    for (const column of ['hsts_max_age', 'hsts_include_subdomains', 'hsts_preload']) await trx.schema.alterTable('listener').dropColumn(column).execute();
    await trx.schema.alterTable('vip').dropColumn('vnic_type').execute();
    await trx.schema.alterTable('member').dropColumn('vnic_type').execute();
    await trx.deleteFrom('provisioning_status').where('name', '=', 'FAILOVER_STOPPED').execute();
    await trx.updateTable('alembic_version').set({ version_num: '31f7653ded67' }).execute();
  });
}
