import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from './database.ts';
import { CommitUnknown, DatabaseUnavailable } from './errors.ts';
import { openStore } from './open-store.ts';
import { upgradeHead } from './schema/migrate.ts';
import { availableDialects, startTestServer, type TestServer } from './testing/databases.ts';

const start = async (dialect: 'sqlite' | 'mysql' | 'postgres', count = 1): Promise<{ server: TestServer; stores: Store[] }> => {
  const server = await startTestServer(dialect);
  const url = await server.newDatabase();
  const stores = await Promise.all(Array.from({ length: count }, () => openStore(url)));
  await upgradeHead(stores[0] ?? await openStore(url));
  return { server, stores };
};
const addQuota = (store: Store, id: string, padding = '') => store.transaction((trx) => trx.insertInto('quotas').values({ project_id: `${id}${padding}`.slice(0, 36) }).execute());

describe.skipIf(!availableDialects.includes('mysql'))('MariaDB', () => {
  let server: TestServer;
  let stores: Store[];
  beforeAll(async () => { ({ server, stores } = await start('mysql', 2)); }, 120_000);
  afterAll(async () => {
    for (const store of stores) await store.close();
    await server.stop();
  });

  it.each([
    ['the disk is full', 1021], ['a file cannot be written', 1026], ['a table is full', 1114], ['memory is short', 1041], ['there are too many connections', 1040], ['it is read-only', 1290],
  ])('%s: an outage that is waited for, not a defect', async (_what, number) => {
    const failing = stores[0]?.transaction((trx) => sql.raw(`signal sqlstate 'HY000' set mysql_errno = ${number}, message_text = 'no'`).execute(trx));
    await expect(failing).rejects.toMatchObject({ code: 'database-unavailable', retry: 'retry' });
  });
});

describe.each(availableDialects.filter((dialect) => dialect !== 'sqlite'))('on %s', (dialect) => {
  let server: TestServer;
  let stores: Store[];
  beforeAll(async () => { ({ server, stores } = await start(dialect, 2)); }, 120_000);
  afterAll(async () => {
    for (const store of stores) await store.close();
    await server.stop();
  });

  it('a process that stands still inside a transaction loses it, and with it its row locks', async () => {
    const [halted, other] = stores;
    if (!halted || !other) throw new Error('two stores');
    await addQuota(other, 'locked');
    const lock = (store: Store, pool: number, then: () => Promise<void>) => store.transaction(async (trx) => {
      await trx.updateTable('quotas').set({ pool }).where('project_id', '=', 'locked').execute();
      await then();
      await trx.updateTable('quotas').set({ listener: pool }).where('project_id', '=', 'locked').execute();
    });
    // Standing still also on the second attempt would be twice as long: it fails there.
    let attempts = 0;
    let waiting: Promise<void> | undefined;
    const stood = lock(halted, 1, async () => {
      attempts += 1;
      if (attempts > 1) throw new Error('it was noticed');
      waiting = lock(other, 2, async () => undefined);
      await waiting;
    });
    await expect(stood).rejects.toThrow('it was noticed');
    await waiting;
    expect(await other.read.selectFrom('quotas').select(['pool', 'listener']).where('project_id', '=', 'locked').executeTakeFirst()).toEqual({ pool: 2, listener: 2 });
  }, 40_000);

  it('a connection that ends before a commit is replaced; with the commit it leaves open what became of it, and nothing is done twice', async () => {
    const [store, other] = stores;
    if (!store || !other) throw new Error('two stores');
    const killed = (id: string, lastKill: number, isAtEnd: boolean) => {
      let attempts = 0;
      const done = store.transaction(async (trx) => {
        attempts += 1;
        const add = () => trx.insertInto('quotas').values({ project_id: id }).execute();
        if (isAtEnd) await add();
        const { rows: [session] } = await sql<{ id: number }>`select ${sql.raw(dialect === 'mysql' ? 'connection_id()' : 'pg_backend_pid()')} as id`.execute(trx);
        if (attempts <= lastKill) await sql.raw(dialect === 'mysql' ? `kill ${session?.id}` : `select pg_terminate_backend(${session?.id})`).execute(other.read);
        if (!isAtEnd) await add();
      });
      return { done, attempts: () => attempts };
    };
    const before = killed('before', 1, false);
    await before.done;
    expect(before.attempts()).toBe(2);
    const during = killed('during', 9, true);
    await expect(during.done).rejects.toBeInstanceOf(CommitUnknown);
    expect(during.attempts()).toBe(1);
  }, 40_000);
});

describe('SQLite on a full disk', () => {
  it('says so, keeps what was written before and nothing by halves, and goes on when there is space', async () => {
    const { server, stores: [store] } = await start('sqlite');
    if (!store) throw new Error('a store');
    await addQuota(store, 'before');
    const fill = () => store.transaction(async (trx) => {
      for (let number = 0; number < 2_000; number += 1) await trx.insertInto('quotas').values({ project_id: `part ${number}` }).execute();
    });
    const limit = (pages: string) => store.transaction((trx) => sql.raw(`pragma max_page_count = ${pages}`).execute(trx));
    const { rows: [size] } = await sql<{ page_count: number }>`pragma page_count`.execute(store.read);
    await limit(String(size?.page_count));
    await expect(fill()).rejects.toBeInstanceOf(DatabaseUnavailable);
    const ids = async () => (await store.read.selectFrom('quotas').select('project_id').execute()).map((row) => row.project_id);
    expect(await ids()).toEqual(['before']);
    await limit('1073741823');
    await fill();
    expect(await ids()).toHaveLength(2_001);
    await store.close();
    await server.stop();
  });
});
