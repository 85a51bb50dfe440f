import { symlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../config/load-config.ts';
import { awaitConfiguredStore, openConfiguredStore, withConfiguredStore } from './configured-store.ts';
import type { Store } from './database.ts';
import { DatabaseUnavailable, NoFreeConnection } from './errors.ts';
import { availableDialects, startTestServer, type TestServer } from './testing/databases.ts';

const database = (options: object) => loadConfig({ env: {}, overrides: { database: options } }).database;
const servers = availableDialects.filter((dialect) => dialect !== 'sqlite');

describe.each(servers)('connections to %s', (dialect) => {
  let server: TestServer;
  let url: string;
  beforeAll(async () => {
    server = await startTestServer(dialect);
    url = await server.newDatabase();
  }, 120_000);
  afterAll(() => server.stop());

  const session = async (store: Store): Promise<string> => {
    const query = dialect === 'mysql' ? sql<{ id: bigint }>`select connection_id() as id` : sql<{ id: number }>`select pg_backend_pid() as id`;
    return String((await query.execute(store.read)).rows[0]?.id);
  };

  it('that are all in use are waited for as long as pool_timeout says, and given up once', async () => {
    const store = await openConfiguredStore(database({ connection: url, max_pool_size: 1, pool_timeout: 1 }));
    let finish = () => {};
    const held = new Promise<void>((resolve) => { finish = resolve; });
    const holding = store.transaction(async (trx) => {
      await sql`select 1`.execute(trx);
      await held;
    });
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const refused = await store.transaction((trx) => sql`select 1`.execute(trx)).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(NoFreeConnection);
    expect((refused as Error).message).toMatch(/no connection within 1 s \(\[database\] pool_timeout\): all 1 \(max_pool_size\)/);
    expect(timers.mock.calls.filter(([, ms]) => ms === 1_000)).toHaveLength(1);
    timers.mockRestore();
    finish();
    await holding;
    await sleep(50);
    expect((await sql`select 1 as one`.execute(store.read)).rows).toHaveLength(1);
    await store.close();
  });

  it('are not used again once they are older than connection_recycle_time', async () => {
    const store = await openConfiguredStore(database({ connection: url, max_pool_size: 1, connection_recycle_time: 1 }));
    let first = '';
    // A busy machine may need more than their second for two looks.
    await expect.poll(async () => [first, first = await session(store)].every((id) => id === first)).toBe(true);
    await sleep(1_200);
    expect(await session(store)).not.toBe(first);
    await store.close();
  });
});

describe.skipIf(!availableDialects.includes('mysql'))('MariaDB', () => {
  let server: TestServer;
  let url: string;
  beforeAll(async () => {
    server = await startTestServer('mysql');
    url = await server.newDatabase();
  }, 120_000);
  afterAll(() => server.stop());

  const variable = async (store: Store, name: string): Promise<unknown> => (await sql<{ value: unknown }>`select ${sql.raw(`@@session.${name}`)} as value`.execute(store.read)).rows[0]?.value;

  const withServerMode = async (mode: string, work: () => Promise<void>) => {
    const admin = await openConfiguredStore(database({ connection: url }));
    try {
      await sql.raw(`set global sql_mode = '${mode}'`).execute(admin.read);
      await work();
    } finally {
      await sql.raw('set global sql_mode = default').execute(admin.read);
      await admin.close();
    }
  };

  it.each([['TRADITIONAL', /STRICT_ALL_TABLES.*TRADITIONAL/], ['ANSI_QUOTES', /^ANSI_QUOTES$/]])('sessions have mysql_sql_mode %s', async (mode, expected) => {
    const store = await openConfiguredStore(database({ connection: url, mysql_sql_mode: mode }));
    expect(await variable(store, 'sql_mode')).toMatch(expected);
    await store.close();
  });

  it('sessions keep the mode of the server when mysql_sql_mode is empty, and wait for Galera as mysql_wsrep_sync_wait says', async () => {
    const store = await openConfiguredStore(database({ connection: url, mysql_sql_mode: '', mysql_wsrep_sync_wait: 7 }));
    const { rows: [server] } = await sql<{ mode: string }>`select @@global.sql_mode as mode`.execute(store.read);
    expect(await variable(store, 'sql_mode')).toContain(server?.mode);
    expect(Number(await variable(store, 'wsrep_sync_wait'))).toBe(7);
    await store.close();
  });

  it.each(['TRADITIONAL', ''])('whose own mode is TRADITIONAL takes sessions with mysql_sql_mode %j', async (mode) => {
    await withServerMode('TRADITIONAL', async () => {
      const store = await openConfiguredStore(database({ connection: url, mysql_sql_mode: mode }));
      expect(await variable(store, 'sql_mode')).toMatch(/STRICT_ALL_TABLES.*TRADITIONAL/);
      await store.close();
    });
  });

  it('is found by what connection_parameters add to the connection', async () => {
    const [bare = '', query = ''] = url.split('?');
    const store = await openConfiguredStore(database({ connection: bare, connection_parameters: query }));
    await store.close();
    await expect(openConfiguredStore(database({ connection: `${bare}?charset=utf8`, connection_parameters: 'unix_socket=/nowhere' }))).rejects.toThrow('/nowhere');
  });

  it.each(['NO_BACKSLASH_ESCAPES', 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES,ANSI_QUOTES', ''])('takes quotes and backslashes for what they are, whatever the mode (%j)', async (mode) => {
    const admin = await openConfiguredStore(database({ connection: url }));
    const { rows: [former] } = await sql<{ mode: string }>`select @@global.sql_mode as mode`.execute(admin.read);
    await sql`set global sql_mode = 'NO_BACKSLASH_ESCAPES'`.execute(admin.read);
    const store = await openConfiguredStore(database({ connection: url, mysql_sql_mode: mode }));
    await sql`set global sql_mode = ${former?.mode}`.execute(admin.read);
    for (const text of ['\\', "\\' or 1 = 1 -- ", "it's \\\\ \n"]) expect((await sql<{ text: string }>`select ${text} as text`.execute(store.read)).rows).toEqual([{ text }]);
    if (mode.includes(',')) expect(await variable(store, 'sql_mode')).toBe('ANSI_QUOTES,STRICT_ALL_TABLES');
    await admin.close();
    await store.close();
  });

  it('is not spoken to in plain text when the URL asks for a proven server', async () => {
    await expect(openConfiguredStore(database({ connection: `${url}&ssl_verify_cert=true` }))).rejects.toThrow(/secure connection/);
  });

  it('is waited for when it comes later than the service, each attempt being told of', async () => {
    const socket = join(tmpdir(), `octavia-late-${process.pid}.sock`);
    const real = new URLSearchParams(url.split('?')[1]).get('unix_socket') ?? '';
    const reasons: string[] = [];
    const store = await awaitConfiguredStore(database({ connection: url.replace(real, socket), max_retries: -1, retry_interval: 0 }), {
      signal: new AbortController().signal,
      onFailedAttempt: (attempt, error) => {
        reasons.push(error.message);
        if (attempt === 3) symlinkSync(real, socket);
      },
    });
    expect(reasons).toEqual(Array.from({ length: 3 }, () => expect.stringContaining(socket)));
    await store.close();
    rmSync(socket);
  });
});

describe('a database that stays away', () => {
  const connection = 'mysql+pymysql://u:p@127.0.0.1:1/o';

  it('is given up after max_retries attempts', async () => {
    const told: number[] = [];
    const opening = awaitConfiguredStore(database({ connection, max_retries: 3, retry_interval: 0 }), { signal: new AbortController().signal, onFailedAttempt: (attempt) => void told.push(attempt) });
    await expect(opening).rejects.toBeInstanceOf(DatabaseUnavailable);
    expect(told).toEqual([1, 2]);
  });

  it('is not waited for any longer once the signal says so', async () => {
    const ending = new AbortController();
    const opening = awaitConfiguredStore(database({ connection, max_retries: -1, retry_interval: 3600 }), { signal: ending.signal, onFailedAttempt: () => ending.abort() });
    await expect(opening).rejects.toThrow(/aborted/);
  });
});

describe('a configuration that names no database', () => {
  const nowhere = database({});

  it('is refused by commands, whose work would be gone with them', async () => {
    const work = vi.fn<() => Promise<void>>();
    await expect(withConfiguredStore(nowhere, work)).rejects.toThrow(/\[database\] connection: no database is named.*--config-file/);
    expect(work).not.toHaveBeenCalled();
  });

  it('is refused by services, which would have no tables and share nothing', async () => {
    await expect(awaitConfiguredStore(nowhere, { signal: new AbortController().signal, onFailedAttempt: () => undefined })).rejects.toThrow(/no database is named/);
  });
});
