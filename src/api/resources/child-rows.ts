import type { Kysely } from 'kysely';
import type { OperatingStatus } from '../../model/enums.ts';
import type { Database } from '../../store/database.ts';
import type { Change } from '../machinery/change-tree.ts';
import { immutableObject, notFound } from '../machinery/faults.ts';

type ChildTable = 'listener' | 'pool' | 'member' | 'health_monitor' | 'l7policy' | 'l7rule';

/** One row of a child table that is not DELETED; throws 404 with the resource's label. */
export async function requireRow<T extends ChildTable>(db: Kysely<Database>, table: T, label: string, id: string): Promise<Database[T]> {
  const row = await db.selectFrom<ChildTable>(table).selectAll().where('id', '=', id).where('provisioning_status', '<>', 'DELETED').executeTakeFirst();
  if (!row) throw notFound(label, id);
  // The table name decides the row type; the query builder cannot follow a type parameter.
  return row as unknown as Database[T];
}

/** The same for a row that is to change or to get children: 409 when its deletion has been accepted, which nothing takes back. */
export async function requireStaying<T extends ChildTable>(db: Kysely<Database>, table: T, label: string, id: string): Promise<Database[T]> {
  const row = await requireRow(db, table, label, id);
  if (row.provisioning_status === 'PENDING_DELETE') throw immutableObject(label, id);
  return row;
}

/** Columns every new child has. */
export function newChild(change: Pick<Change, 'loadBalancer' | 'now' | 'newId'>, operatingStatus: OperatingStatus = 'OFFLINE') {
  return {
    id: change.newId(), project_id: change.loadBalancer.project_id, provisioning_status: 'PENDING_CREATE', operating_status: operatingStatus, created_at: change.now, updated_at: null,
  } as const;
}
