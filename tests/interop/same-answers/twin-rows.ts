import { sql } from 'kysely';
import type { Store } from '../../../src/store/database.ts';
import { openStore } from '../../../src/store/open-store.ts';

/** Rows of two databases that shall be equal before each case. */
export interface TwinRows {
  /** Plays the worker on the first database: what is PENDING becomes ACTIVE or goes. */
  settleFirst(): Promise<void>;
  /** Plays it on both. */
  settle(): Promise<void>;
  /** Remembers the first database's rows. */
  keep(): Promise<void>;
  /** Puts what `keep` remembers into both databases. */
  restore(): Promise<void>;
  /** Runs a statement on the first database. */
  onFirst(statement: string): Promise<void>;
  close(): Promise<void>;
}

const WITH_STATUS = ['load_balancer', 'listener', 'pool', 'member', 'health_monitor', 'l7policy', 'l7rule'] as const;

/** Statements run as procedures: one way to the server for all tables. */
export async function openTwinRows(urls: readonly [string, string]): Promise<TwinRows> {
  const stores = await Promise.all(urls.map((url) => openStore(url)));
  const [first] = stores;
  if (first === undefined) throw new Error('no database');
  const names = urls.map(databaseName);
  const run = async (store: Store, statement: string) => void (await sql.raw(statement).execute(store.read));
  const tables = await tablesOf(first);
  const kept = `${names[0]}_kept`;
  await run(first, `create database ${kept} character set utf8mb3`);
  for (const table of tables) await run(first, `create table ${kept}.${table} like ${names[0]}.${table}`);
  for (const store of stores) {
    await run(store, procedure('settle', settleStatements()));
    await run(store, procedure('restore', tables.flatMap((table) => [`delete from ${table}`, `insert into ${table} select * from ${kept}.${table}`])));
  }
  await run(first, procedure('keep', tables.map((table) => `insert into ${kept}.${table} select * from ${table}`)));
  const onBoth = async (statement: string) => void (await Promise.all(stores.map((store) => run(store, statement))));
  return {
    settleFirst: () => run(first, 'call settle()'),
    settle: () => onBoth('call settle()'),
    keep: () => run(first, 'call keep()'),
    restore: () => onBoth('call restore()'),
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
