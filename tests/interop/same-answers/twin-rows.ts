import { sql } from 'kysely';
import type { Store } from '../../../src/store/database.ts';
import { openStore } from '../../../src/store/open-store.ts';

/** Rows of one database that shall be the same before each case. */
export interface Rows {
  /** Plays the worker: what is PENDING becomes ACTIVE or goes. */
  settle(): Promise<void>;
  /** Puts back what was kept. */
  restore(): Promise<void>;
}

/** Several databases with equal rows. */
export interface TwinRows {
  /** In the order of the databases. */
  readonly each: readonly Rows[];
  /** Remembers the first database's rows and puts them into the others. */
  keep(): Promise<void>;
  /** Runs a statement on the first database. */
  onFirst(statement: string): Promise<void>;
  close(): Promise<void>;
}

const WITH_STATUS = ['load_balancer', 'listener', 'pool', 'member', 'health_monitor', 'l7policy', 'l7rule'] as const;

/** Statements run as procedures: one way to the server for all tables. */
export async function openTwinRows(urls: readonly string[]): Promise<TwinRows> {
  const stores = await Promise.all(urls.map((url) => openStore(url)));
  const [first] = stores;
  if (first === undefined) throw new Error('no database');
  const run = async (store: Store, statement: string) => void (await sql.raw(statement).execute(store.read));
  const tables = await tablesOf(first);
  const name = databaseName(urls[0] ?? '');
  const kept = `${name}_kept`;
  await run(first, `create database ${kept} character set utf8mb3`);
  for (const table of tables) await run(first, `create table ${kept}.${table} like ${name}.${table}`);
  for (const store of stores) {
    await run(store, procedure('settle', settleStatements()));
    await run(store, procedure('restore', tables.flatMap((table) => [`delete from ${table}`, `insert into ${table} select * from ${kept}.${table}`])));
  }
  await run(first, procedure('keep', tables.map((table) => `insert into ${kept}.${table} select * from ${table}`)));
  const each = stores.map((store) => ({ settle: () => run(store, 'call settle()'), restore: () => run(store, 'call restore()') }));
  return {
    each,
    keep: async () => {
      await run(first, 'call keep()');
      await Promise.all(each.map((rows) => rows.restore()));
    },
    onFirst: (statement) => run(first, statement),
    close: async () => void (await Promise.all(stores.map((store) => store.close()))),
  };
}

const databaseName = (url: string) => new URL(url).pathname.slice(1);

/** A procedure without foreign key checks, in one transaction. */
const procedure = (name: string, statements: readonly string[]) =>
  `create procedure ${name}() begin set foreign_key_checks = 0; start transaction; ${statements.map((one) => `${one};`).join(' ')} commit; set foreign_key_checks = 1; end`;

const settleStatements = () => WITH_STATUS.flatMap((table) => [
  `delete from ${table} where provisioning_status = 'PENDING_DELETE'`,
  `update ${table} set provisioning_status = 'ACTIVE' where provisioning_status like 'PENDING%'`,
]);

/** Every table of the original that an API writes to. */
async function tablesOf(store: Store): Promise<readonly string[]> {
  const { rows } = await sql<{ readonly name: string }>`select table_name as name from information_schema.tables where table_schema = database() and table_type = 'BASE TABLE'`.execute(store.read);
  const fixed = /^(alembic_version.*|ts_.*|algorithm|protocol|provisioning_status|operating_status|lb_topology|amphora_roles|vrrp_auth_method|health_monitor_type|session_persistence_type|l7policy_action|l7rule_type|l7rule_compare_type|client_authentication_mode|amphora_build_.*)$/;
  return rows.map((row) => row.name).filter((name) => !fixed.test(name));
}
