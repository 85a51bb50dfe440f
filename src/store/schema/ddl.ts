import type { DialectName } from '../database.ts';
import type { Column, Table } from './columns.ts';

type AnyTable = Table<Readonly<Record<string, Column<unknown>>>>;

export interface DdlOptions {
  /** Collation of MySQL tables, and with it their character set: that of the tables they refer to. @default utf8mb3's own */
  readonly collation?: string;
}

/** CREATE TABLE with keys and foreign keys, then its indexes. Identifiers are ours, never a user's. */
export function createTable(dialect: DialectName, name: string, table: AnyTable, options: DdlOptions = {}): string[] {
  const quote = quoter(dialect);
  const columns = Object.entries(table.columns);
  const keys = columns.filter(([, column]) => column.isPrimaryKey).map(([column]) => quote(column));
  const parts = [
    ...columns.map(([column, definition]) => columnText(dialect, column, definition)),
    `primary key (${keys.join(', ')})`,
    ...table.unique.map((unique) => `constraint ${quote(UNIQUE_NAMES[name] ?? constraintName('uq', name, unique))} unique (${unique.map(quote).join(', ')})`),
    ...columns.flatMap(([column, definition]) => (definition.references ? [foreignKey(quote, name, column, definition.references)] : [])),
    ...(dialect === 'mysql' ? table.indexes.map((index) => `key ${quote(constraintName('ix', name, index))} (${index.map(quote).join(', ')})`) : []),
  ];
  const suffix = dialect === 'mysql' ? ` engine=InnoDB default ${options.collation ? `collate=${options.collation}` : 'charset=utf8mb3'}` : '';
  return [`create table ${quote(name)} (\n  ${parts.join(',\n  ')}\n)${suffix}`, ...createIndexes(dialect, name, table)];
}

/** Indexes that are separate statements: all of SQLite's and PostgreSQL's. MySQL has them in its table, foreign keys included. */
export function createIndexes(dialect: DialectName, name: string, table: AnyTable): string[] {
  if (dialect === 'mysql') return [];
  const quote = quoter(dialect);
  return [...table.indexes, ...foreignKeyIndexes(name, table)].map(
    (index) => `create index if not exists ${quote(constraintName('ix', name, index))} on ${quote(name)} (${index.map(quote).join(', ')})`,
  );
}

/** ALTER TABLE ... ADD COLUMN for a column that is nullable or has a default. */
export function addColumn(dialect: DialectName, tableName: string, columnName: string, column: Column<unknown>): string {
  return `alter table ${quoter(dialect)(tableName)} add column ${columnText(dialect, columnName, column)}`;
}

/** Gives a MySQL table and its columns another collation, and the character set that its name begins with. */
export function setCollation(tableName: string, collation: string): string {
  return `alter table ${quoter('mysql')(tableName)} convert to character set ${collation.split('_')[0]} collate ${collation}`;
}

/** Whether `addColumn` can bring a column into a table that has rows. */
export function isAddable(column: Column<unknown>): boolean {
  return !column.isPrimaryKey && column.references === undefined && (column.isNullable || column.serverDefault !== undefined);
}

/** Quotes an identifier of ours. */
export function quoter(dialect: DialectName): (name: string) => string {
  return dialect === 'mysql' ? (name) => `\`${name}\`` : (name) => `"${name}"`;
}

function columnText(dialect: DialectName, name: string, column: Column<unknown>): string {
  const fallback = column.serverDefault === undefined ? '' : ` default ${defaultText(dialect, column)}`;
  return `${quoter(dialect)(name)} ${typeText(dialect, column)}${column.isNullable ? '' : ' not null'}${fallback}`;
}

const TYPES: Readonly<Record<Exclude<Column<unknown>['kind'], 'varchar'>, Readonly<Record<DialectName, string>>>> = {
  text: { sqlite: 'text', mysql: 'text', postgres: 'text' },
  int: { sqlite: 'integer', mysql: 'int', postgres: 'integer' },
  bigint: { sqlite: 'bigint', mysql: 'bigint', postgres: 'bigint' },
  bool: { sqlite: 'boolean', mysql: 'tinyint(1)', postgres: 'boolean' },
  datetime: { sqlite: 'datetime', mysql: 'datetime', postgres: 'timestamp' },
  float: { sqlite: 'float', mysql: 'float', postgres: 'double precision' },
  blob: { sqlite: 'blob', mysql: 'blob', postgres: 'bytea' },
};

function typeText(dialect: DialectName, column: Column<unknown>): string {
  return column.kind === 'varchar' ? `varchar(${column.length ?? 255})` : TYPES[column.kind][dialect];
}

function defaultText(dialect: DialectName, column: Column<unknown>): string {
  const value = column.serverDefault;
  if (column.kind === 'datetime') return dialect === 'postgres' ? "(now() at time zone 'utc')" : 'current_timestamp';
  if (column.kind === 'bool' && dialect === 'postgres') return value === 0 ? 'false' : 'true';
  return typeof value === 'number' ? String(value) : `'${value}'`;
}

function foreignKey(quote: (name: string) => string, table: string, column: string, references: string): string {
  const { target, key } = referenceOf(references);
  return `constraint ${quote(foreignKeyName(table, column, { target, key }))} foreign key (${quote(column)}) references ${quote(target)} (${quote(key)})`;
}

/** The original names most by what they refer to. */
function foreignKeyName(table: string, column: string, { target, key }: { target: string; key: string }): string {
  return FOREIGN_KEY_NAMES[`${table}.${column}`] ?? constraintName('fk', table, [target, key]);
}

/** Those that are called otherwise. Migrations of a newer Octavia find constraints by their names. */
const FOREIGN_KEY_NAMES: Readonly<Record<string, string>> = {
  'additional_vip.load_balancer_id': 'fk_add_vip_load_balancer_id',
  'amphora.role': 'fk_amphora_roles_name',
  'amphora_member_port.amphora_id': 'fk_member_port_amphora_id',
  'availability_zone.availability_zone_profile_id': 'fk_az_az_profile_id',
  // Nameless in the original, so that MySQL named them.
  'listener.client_authentication': 'listener_ibfk_1',
  'pool.load_balancer_id': 'pool_ibfk_1',
  'load_balancer.flavor_id': 'fk_loadbalancer_flavor_id',
  'load_balancer.topology': 'fk_lb_topology_name',
  'vip_security_group.load_balancer_id': 'fk_vip_sg_vip_lb_id',
  'vrrp_group.vrrp_auth_type': 'fk_load_balancer_vrrp_auth_method_name',
};

const UNIQUE_NAMES: Readonly<Record<string, string>> = {
  health_monitor: 'uq_health_monitor_pool',
  listener: 'uq_listener_load_balancer_id_protocol_port',
  member: 'uq_member_pool_id_address_protocol_port',
};

/** Tables whose key is `name`: the lookup tables and availability zones. */
const NAMED = new Set([
  'algorithm', 'amphora_roles', 'client_authentication_mode', 'health_monitor_type', 'l7policy_action', 'l7rule_compare_type', 'l7rule_type', 'lb_topology',
  'operating_status', 'protocol', 'provisioning_status', 'session_persistence_type', 'vrrp_auth_method', 'availability_zone',
]);

function referenceOf(references: string): { target: string; key: string } {
  const [target = '', key] = references.split('.');
  return { target, key: key ?? (NAMED.has(target) ? 'name' : 'id') };
}

/** Foreign keys that joins and deletes follow. Those into lookup tables would only cost writes, except the statuses that sweeps look for. */
function foreignKeyIndexes(name: string, table: AnyTable): string[][] {
  const firstKey = Object.entries(table.columns).find(([, column]) => column.isPrimaryKey)?.[0];
  const leading = new Set([firstKey, ...table.unique.map((unique) => unique[0]), ...table.indexes.map((index) => index[0])]);
  return Object.entries(table.columns)
    .filter(([column, { references }]) => references !== undefined && !leading.has(column) && isWorthAnIndex(name, references))
    .map(([column]) => [column]);
}

function isWorthAnIndex(table: string, references: string): boolean {
  const { target, key } = referenceOf(references);
  if (target === 'provisioning_status') return table === 'load_balancer' || table === 'amphora';
  return key !== 'name' || target === 'availability_zone';
}

/** PostgreSQL cuts names at 63 characters. */
function constraintName(prefix: string, table: string, columns: readonly string[]): string {
  return `${prefix}_${table}_${columns.join('_')}`.slice(0, 63);
}
