import type { Resource } from '../../model/resources/resource.ts';
import type { Column } from '../schema/columns.ts';
import { octaviaTables } from '../schema/octavia-tables.ts';
import { ownTables } from '../schema/own-tables.ts';

type Tables = Readonly<Record<string, { readonly columns: Readonly<Record<string, Pick<Column<unknown>, 'kind'>>> }>>;
const tables: Tables = { ...octaviaTables, ...ownTables };

/** What a column of a resource's own table, or `joined_table.column`, holds; undefined for one that is none. */
export function kindOf(resource: Resource, column: string): Column<unknown>['kind'] | undefined {
  const [table = '', name = ''] = column.includes('.') ? column.split('.') : [resource.table, column];
  return tables[table]?.columns[name]?.kind;
}
