import { type CompiledQuery, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { healthMonitor } from '../../model/resources/health-monitor.ts';
import { l7policy } from '../../model/resources/l7policy.ts';
import { listener } from '../../model/resources/listener.ts';
import { loadBalancer } from '../../model/resources/load-balancer.ts';
import { member } from '../../model/resources/member.ts';
import { pool } from '../../model/resources/pool.ts';
import type { Resource } from '../../model/resources/resource.ts';
import type { DialectName, Store } from '../database.ts';
import { openStore } from '../open-store.ts';
import { selectRows, type RowQuery } from '../resources/row-query.ts';
import { availableDialects, startTestServer, type TestServer } from '../testing/databases.ts';
import { createTable } from './ddl.ts';
import { listIndexes } from './list-indexes.ts';
import { upgradeHead } from './migrate.ts';
import { octaviaTables } from './octavia-tables.ts';

const OBJECTS = 3000;
const SORT = [{ column: 'created_at', direction: 'asc' }, { column: 'id', direction: 'asc' }] as const;
const page = (filters: RowQuery['filters'], marker: string | null = null): RowQuery => ({ filters, tags: {}, sort: SORT, marker, isReversed: false, limit: 10 });

describe.each(availableDialects)('on %s', (dialect) => {
  let server: TestServer;
  let store: Store;
  beforeAll(async () => {
    server = await startTestServer(dialect);
    store = await openStore(await server.newDatabase());
    await upgradeHead(store);
    await fill(store);
  }, 120_000);
  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  const lists: [string, string, Resource, RowQuery['filters'], string][] = [
    ...[loadBalancer, listener, pool, healthMonitor, l7policy].flatMap((resource: Resource): typeof lists => [
      [resource.collection, 'a project', resource, [{ column: 'project_id', value: 'p1' }], `ts_${resource.table}_by_project`],
      [resource.collection, 'everybody', resource, [], `ts_${resource.table}_by_age`],
    ]),
    ['members', 'a pool', member, [{ column: 'pool_id', value: idOf('pool', 1) }], 'ts_member_by_pool'],
  ];

  it.each(lists)('a page of %s of %s comes in the order of its index: nothing is sorted, nothing else read', async (_name, _whose, resource, filters, index) => {
    for (const marker of [null, idOf(resource.table, OBJECTS / 2)]) {
      const plan = await planOf(store, dialect, resource, page(filters, marker));
      expect(plan.text).toContain(index);
      expect(plan.sorts, plan.text).toBe(false);
    }
  });

  it('a database made elsewhere gets the indexes, and once', async () => {
    const other = await openStore(await server.newDatabase());
    try {
      await createAsElsewhere(other, dialect);
      const before = await indexes(other, dialect);
      expect((await upgradeHead(other)).changes.filter((change) => change.startsWith('index '))).toEqual(listIndexes.map(({ name }) => `index ${name}`));
      const ours = listIndexes.map(({ name, table, columns }) => `${table}.${name}(${columns.join(',')})`);
      const lookedFor = (await indexes(other, dialect)).filter((line) => !/^ts_|^tags\./.test(line));
      expect(lookedFor.toSorted()).toEqual([...before.filter((line) => !line.startsWith('tags.')), ...ours].toSorted());
      expect((await upgradeHead(other)).changes).toEqual([]);
    } finally {
      await other.close();
    }
  });
});

const idOf = (table: string, number: number) => `${table}-${String(number).padStart(6, '0')}`;

/** Three thousand of each kind, of three projects; every tenth marked deleted, so that the status index tempts the planner. */
async function fill(store: Store): Promise<void> {
  const numbers = Array.from({ length: OBJECTS }, (_, index) => index);
  await store.transaction(async (trx) => {
    const insert = async (table: 'load_balancer' | 'pool' | 'listener' | 'member' | 'health_monitor' | 'l7policy', more: (number: number) => Record<string, unknown>) => {
      for (let start = 0; start < OBJECTS; start += 500) {
        const rows = numbers.slice(start, start + 500).map((number) => ({
          id: idOf(table, number), project_id: `p${number % 3}`, provisioning_status: number % 10 === 9 ? 'DELETED' : 'ACTIVE', operating_status: 'ONLINE', enabled: true,
          created_at: `2026-01-01 ${String(Math.floor(number / 60) % 24).padStart(2, '0')}:${String(number % 60).padStart(2, '0')}:00`, ...more(number),
        }));
        await trx.insertInto(table).values(rows as never).execute();
      }
    };
    await insert('load_balancer', () => ({}));
    await insert('pool', (number) => ({ load_balancer_id: idOf('load_balancer', number), protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', tls_enabled: false }));
    await insert('listener', (number) => ({ load_balancer_id: idOf('load_balancer', number), protocol: 'HTTP', protocol_port: 80, client_authentication: 'NONE' }));
    await insert('member', (number) => ({ pool_id: idOf('pool', number % 3), ip_address: `10.0.${number >> 8}.${number & 255}`, protocol_port: 80, backup: false, vnic_type: 'normal' }));
    await insert('health_monitor', (number) => ({ pool_id: idOf('pool', number), type: 'TCP', delay: 1, timeout: 1, fall_threshold: 1, rise_threshold: 1 }));
    await insert('l7policy', (number) => ({ listener_id: idOf('listener', number), action: 'REJECT', position: 1 }));
  });
  const analyse = { sqlite: 'analyze', postgres: 'analyze', mysql: `analyze table ${['load_balancer', 'pool', 'listener', 'member', 'health_monitor', 'l7policy'].join(', ')}` };
  await store.transaction((trx) => sql.raw(analyse[store.dialect]).execute(trx));
}

/** How the database would find a page: the innermost select is what walks the list. */
async function planOf(store: Store, dialect: DialectName, resource: Resource, query: RowQuery): Promise<{ text: string; sorts: boolean }> {
  const executor = store.read.getExecutor();
  const original = executor.executeQuery.bind(executor);
  let seen: CompiledQuery | undefined;
  executor.executeQuery = async (compiled, ...rest) => {
    seen = compiled;
    return original(compiled, ...rest);
  };
  await selectRows(store.read, resource, query);
  executor.executeQuery = original;
  if (!seen) throw new Error('nothing was asked');
  const explain = { sqlite: 'explain query plan ', mysql: 'explain format=json ', postgres: 'explain ' }[dialect];
  const found = await original<Record<string, unknown>>({ ...seen, sql: explain + innerSelect(seen.sql), parameters: seen.parameters });
  const text = found.rows.map((row) => Object.values(row).join(' ')).join('\n');
  return { text, sorts: /filesort|TEMP B-TREE|\bSort\b/.test(text) };
}

/** The page itself when joins are looked up for its rows afterwards. */
function innerSelect(statement: string): string {
  const start = statement.indexOf('(select ');
  return start < 0 ? statement : statement.slice(start + 1, statement.indexOf(') as page'));
}

/** What octavia-db-manage leaves: its tables and its revision, none of ours. */
async function createAsElsewhere(store: Store, dialect: DialectName): Promise<void> {
  await store.transaction(async (trx) => {
    for (const [name, table] of Object.entries(octaviaTables)) for (const statement of createTable(dialect, name, table)) await sql.raw(statement).execute(trx);
    await trx.insertInto('alembic_version').values({ version_num: '8db7a6443785' }).execute();
  });
}

/** `table.index(columns)` of every index that has a name of its own. */
async function indexes(store: Store, dialect: DialectName): Promise<string[]> {
  const queries = {
    sqlite: sql<{ line: string }>`
      select m.tbl_name || '.' || m.name || '(' || (select group_concat(i.name, ',') from pragma_index_info(m.name) i) || ')' as line from sqlite_master m where m.type = 'index'`,
    mysql: sql<{ line: string }>`
      select concat(table_name, '.', index_name, '(', group_concat(column_name order by seq_in_index), ')') as line
      from information_schema.statistics where table_schema = database() group by table_name, index_name`,
    postgres: sql<{ line: string }>`
      select t.relname || '.' || i.relname || '(' || (select string_agg(a.attname, ',' order by a.attnum) from pg_attribute a where a.attrelid = i.oid) || ')' as line
      from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid join pg_namespace n on n.oid = t.relnamespace where n.nspname = current_schema()`,
  };
  return (await queries[dialect].execute(store.read)).rows.map((row) => row.line);
}
