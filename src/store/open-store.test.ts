import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BadConnectionUrl, parseConnectionUrl } from './connection-url.ts';
import { databaseNow, databaseNowPlus } from './database-clock.ts';
import type { Store } from './database.ts';
import { DatabaseUnavailable, ValueRefused } from './errors.ts';
import { lockRow } from './lock-row.ts';
import { openStore } from './open-store.ts';
import { upgradeHead } from './schema/migrate.ts';
import { availableDialects, startTestServer, type TestServer } from './testing/databases.ts';

describe('connection URLs', () => {
  it.each([
    ['sqlite://', { dialect: 'sqlite', path: ':memory:' }],
    ['sqlite:///rel/octavia.db', { dialect: 'sqlite', path: 'rel/octavia.db' }],
    ['sqlite:////var/lib/octavia.db', { dialect: 'sqlite', path: '/var/lib/octavia.db' }],
    ['mysql+pymysql://octavia:p%40ss:w#/%@db.example:3307/octavia', { dialect: 'mysql', user: 'octavia', password: 'p%40ss:w#/%', host: 'db.example', port: 3307, database: 'octavia' }],
    ['mysql+pymysql://octavia:p%40ss@[::1]/octavia?charset=utf8', { dialect: 'mysql', password: 'p@ss', host: '::1', port: null, query: new Map([['charset', 'utf8']]) }],
    ['mysql://u@/o?unix_socket=/run/x.sock', { dialect: 'mysql', user: 'u', password: null, host: null, query: new Map([['unix_socket', '/run/x.sock']]) }],
    ['postgresql+psycopg2://u:p@h/o', { dialect: 'postgres', host: 'h', database: 'o' }],
    ['postgresql://u:p@h:5433/o?sslmode=require', { dialect: 'postgres', port: 5433 }],
  ])('%s', (url, expected) => expect(parseConnectionUrl(url)).toMatchObject(expected));

  it.each(['oracle://x/y', 'nonsense', 'mysql://u:secret@h/', 'sqlite://host/x', 'mysql://h:0/x'])('%s is refused without showing the password', (url) => {
    expect(() => parseConnectionUrl(url)).toThrow(BadConnectionUrl);
    expect(() => parseConnectionUrl(url)).not.toThrow(/secret/);
  });
});

describe('a database that is not there', () => {
  it.each(['mysql+pymysql://u:p@127.0.0.1:1/o', 'postgresql://u:p@127.0.0.1:1/o', 'sqlite:////nonexistent/dir/o.db'])('%s is DatabaseUnavailable at once', async (url) => {
    await expect(openStore(url)).rejects.toBeInstanceOf(DatabaseUnavailable);
  });
});

describe.each([...availableDialects, 'memory' as const])('on %s', (dialect) => {
  let server: TestServer;
  let store: Store;
  let url: string;
  beforeAll(async () => {
    server = await startTestServer(dialect === 'memory' ? 'sqlite' : dialect);
    url = dialect === 'memory' ? 'sqlite://' : await server.newDatabase();
    store = await openStore(url);
    await upgradeHead(store);
  }, 120_000);
  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  it.skipIf(dialect === 'memory' || dialect === 'sqlite')('ends a transaction that stands still, when it was told to', async () => {
    const strict = await openStore(url, { idleTransactionMs: 1000 });
    let attempts = 0;
    const halted = strict.transaction(async (trx) => {
      attempts += 1;
      await sql`select 1`.execute(trx);
      if (attempts === 1) await sleep(2500);
      await sql`select 1`.execute(trx);
    });
    await halted;
    expect(attempts).toBe(2);
    await strict.close();
  });

  const balancer = (id: string) => ({ id, enabled: true, provisioning_status: 'ACTIVE' as const, operating_status: 'ONLINE' as const });

  it('rows carry booleans, bigints, UTC text and bytes whichever the database', async () => {
    const row = {
      listener_id: 'l', amphora_id: 'a', bytes_in: 9_007_199_254_740_993n, bytes_out: 0n, total_connections: 5n, request_errors: 1n, active_connections: 7,
    };
    const listener = {
      id: 'listener', protocol: 'HTTP' as const, protocol_port: 80, provisioning_status: 'ACTIVE' as const, operating_status: 'ONLINE' as const, enabled: false,
      client_authentication: 'NONE' as const, hsts_preload: true, insert_headers: new Uint8Array([0, 128, 255]), created_at: '2026-01-31 23:59:59',
    };
    await store.transaction(async (trx) => {
      await trx.insertInto('listener_statistics').values(row).execute();
      await trx.insertInto('listener').values(listener).execute();
    });
    expect({ ...(await store.read.selectFrom('listener_statistics').selectAll().executeTakeFirstOrThrow()) }).toEqual(row);
    const found = await store.read.selectFrom('listener').selectAll().executeTakeFirstOrThrow();
    expect(found).toMatchObject({ enabled: false, hsts_preload: true, hsts_include_subdomains: null, client_authentication: 'NONE', created_at: '2026-01-31 23:59:59', updated_at: null, protocol_port: 80 });
    expect([...(found.insert_headers ?? [])]).toEqual([0, 128, 255]);
  });

  it('a schema that was never made, or is older, is told with the command that makes it', async () => {
    const fresh = await openStore(dialect === 'memory' ? 'sqlite://' : await server.newDatabase());
    await expect(fresh.read.selectFrom('amphora').selectAll().execute()).rejects.toThrow(/amphora.*Run octavia-db-manage upgrade head/);
    await fresh.close();
    await expect(store.read.selectFrom('amphora').select(sql.ref('later').as('later')).execute()).rejects.toThrow(/later.*Run octavia-db-manage upgrade head/);
  });

  it('counts are numbers, sums are exact', async () => {
    const found = await store.read.selectFrom('listener_statistics').select((row) => [row.fn.countAll().as('count'), row.fn.sum('bytes_in').as('sum')]).executeTakeFirstOrThrow();
    expect({ ...found }).toEqual({ count: 1, sum: 9_007_199_254_740_993n });
  });

  it('an update counts the rows it met, changed or not', async () => {
    await store.transaction((trx) => trx.insertInto('load_balancer').values(balancer('cas')).execute());
    const set = (from: 'ACTIVE' | 'ERROR') => store.transaction((trx) =>
      trx.updateTable('load_balancer').set({ provisioning_status: 'ACTIVE' }).where('id', '=', 'cas').where('provisioning_status', '=', from).executeTakeFirst());
    expect((await set('ACTIVE')).numUpdatedRows).toBe(1n);
    expect((await set('ERROR')).numUpdatedRows).toBe(0n);
  });

  it('what a transaction wrote before it failed is gone', async () => {
    await expect(store.transaction(async (trx) => {
      await trx.insertInto('load_balancer').values(balancer('rolled-back')).execute();
      throw new Error('no');
    })).rejects.toThrow('no');
    expect(await store.read.selectFrom('load_balancer').select('id').where('id', '=', 'rolled-back').execute()).toEqual([]);
  });

  it('read-modify-write transactions at the same time lose nothing', async () => {
    const second = dialect === 'memory' ? store : await openStore(url);
    await store.transaction((trx) => trx.insertInto('load_balancer').values({ ...balancer('counter'), name: '0' }).execute());
    const increment = (from: Store) => from.transaction(async (trx) => {
      expect(await lockRow(trx, 'load_balancer', 'counter')).toBe(true);
      const { name } = await trx.selectFrom('load_balancer').select('name').where('id', '=', 'counter').executeTakeFirstOrThrow();
      await trx.updateTable('load_balancer').set({ name: String(Number(name) + 1) }).where('id', '=', 'counter').execute();
    });
    await Promise.all(Array.from({ length: 20 }, (_, index) => increment(index % 2 ? store : second)));
    expect(await store.read.selectFrom('load_balancer').select('name').where('id', '=', 'counter').executeTakeFirst()).toMatchObject({ name: '20' });
    if (second !== store) await second.close();
  });

  it('a read while a transaction is open neither waits for it nor sees its rows', { skip: dialect === 'memory' }, async () => {
    let finish = () => {};
    const held = new Promise<void>((resolve) => { finish = resolve; });
    let began = () => {};
    const begun = new Promise<void>((resolve) => { began = resolve; });
    const writing = store.transaction(async (trx) => {
      await trx.insertInto('load_balancer').values(balancer('unseen')).execute();
      began();
      await held;
    });
    await begun;
    expect(await store.read.selectFrom('load_balancer').select('id').where('id', '=', 'unseen').execute()).toEqual([]);
    finish();
    await writing;
    expect(await store.read.selectFrom('load_balancer').select('id').where('id', '=', 'unseen').execute()).toHaveLength(1);
  });

  it('connections that the server ended are replaced unnoticed', { skip: dialect === 'sqlite' || dialect === 'memory' }, async () => {
    const victim = await openStore(url, { poolSize: 2 });
    const query = dialect === 'mysql' ? sql<{ id: bigint }>`select connection_id() as id` : sql<{ id: number }>`select pg_backend_pid() as id`;
    const id = Number((await query.execute(victim.read)).rows[0]?.id);
    await (dialect === 'mysql' ? sql.raw(`kill ${id}`) : sql.raw(`select pg_terminate_backend(${id}, 5000)`)).execute(store.read);
    await victim.transaction((trx) => trx.insertInto('load_balancer').values(balancer('after-kill')).execute());
    expect(await victim.read.selectFrom('load_balancer').select('id').where('id', '=', 'after-kill').execute()).toHaveLength(1);
    await victim.close();
  });

  it('NOT NULL is ValueRefused', async () => {
    await expect(store.transaction((trx) => sql`insert into load_balancer (id) values ('x')`.execute(trx))).rejects.toBeInstanceOf(ValueRefused);
  });

  it('a text that no column can hold, looked for or stored, is ValueRefused where the columns have an old character set', { skip: dialect !== 'mysql' }, async () => {
    await expect(store.read.selectFrom('load_balancer').select('id').where('name', '=', '\u{1F600}').execute()).rejects.toBeInstanceOf(ValueRefused);
    await expect(store.transaction((trx) => trx.insertInto('load_balancer').values({ ...balancer('smile'), name: '\u{1F600}' }).execute())).rejects.toBeInstanceOf(ValueRefused);
  });

  it('the database clock is UTC and counts in whole seconds', async () => {
    const found = await store.read.selectNoFrom([databaseNow(store.read).as('now'), databaseNowPlus(store.read, -60).as('before')]).executeTakeFirstOrThrow();
    expect(Math.abs(Date.parse(`${found.now.replace(' ', 'T')}Z`) - Date.now())).toBeLessThan(60_000);
    expect(Date.parse(`${found.now.replace(' ', 'T')}Z`) - Date.parse(`${found.before.replace(' ', 'T')}Z`)).toBe(60_000);
  });
});

it('deadlocked transactions are tried again', { skip: !availableDialects.includes('mysql'), timeout: 120_000 }, async () => {
  const server = await startTestServer('mysql');
  const store = await openStore(await server.newDatabase());
  await upgradeHead(store);
  const balancer = (id: string) => ({ id, enabled: true, provisioning_status: 'ACTIVE' as const, operating_status: 'ONLINE' as const });
  await store.transaction((trx) => trx.insertInto('load_balancer').values([balancer('a'), balancer('b')]).execute());
  const arrived = { count: 0, open: () => {} };
  const both = new Promise<void>((resolve) => { arrived.open = resolve; });
  let tries = 0;
  const crossing = (first: string, second: string) => store.transaction(async (trx) => {
    tries += 1;
    await lockRow(trx, 'load_balancer', first);
    arrived.count += 1;
    if (arrived.count === 2) arrived.open();
    await both;
    await lockRow(trx, 'load_balancer', second);
  });
  await Promise.all([crossing('a', 'b'), crossing('b', 'a')]);
  expect(tries).toBe(3);
  await store.close();
  await server.stop();
});
