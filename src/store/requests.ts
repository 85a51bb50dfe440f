import type { Kysely } from 'kysely';
import { databaseNow } from './database-clock.ts';
import type { Database, Trx } from './database.ts';
import { executeLater } from './dialects/later.ts';
import type { RequestKind } from './schema/own-tables.ts';

export type { RequestKind };

/** A wish that Octavia's own columns cannot hold; it stays until it is fulfilled. */
export interface WorkRequest {
  readonly id: string;
  readonly kind: RequestKind;
  /** Null for amphorae without a load balancer. */
  readonly loadBalancerId: string | null;
  /** For `delete_object` the object's id. */
  readonly amphoraId: string | null;
  /** Of the API request behind it. */
  readonly requestId: string | null;
  readonly createdAt: string;
}

/** Adds a wish unless an equal one waits already, and returns the id of the one that waits. */
export async function addRequest(trx: Trx, wish: Pick<WorkRequest, 'id' | 'kind' | 'loadBalancerId' | 'amphoraId'> & { readonly requestId?: string | null }): Promise<string> {
  const waiting = await trx
    .selectFrom('ts_request').select('id')
    .where('kind', '=', wish.kind)
    .where('load_balancer_id', wish.loadBalancerId === null ? 'is' : '=', wish.loadBalancerId)
    .where('amphora_id', wish.amphoraId === null ? 'is' : '=', wish.amphoraId)
    .executeTakeFirst();
  if (waiting) return waiting.id;
  await trx
    .insertInto('ts_request')
    .values({ id: wish.id, kind: wish.kind, load_balancer_id: wish.loadBalancerId, amphora_id: wish.amphoraId, request_id: wish.requestId ?? null, created_at: databaseNow(trx) })
    .execute();
  return wish.id;
}

/** The wishes of one load balancer, oldest first. */
export async function listRequests(db: Kysely<Database>, loadBalancerId: string): Promise<readonly WorkRequest[]> {
  const rows = await db.selectFrom('ts_request').selectAll().where('load_balancer_id', '=', loadBalancerId).orderBy('created_at').orderBy('id').execute();
  return rows.map(toRequest);
}

/** The wishes for amphorae without a load balancer, oldest first. */
export async function listOrphanRequests(db: Kysely<Database>, limit: number): Promise<readonly WorkRequest[]> {
  const rows = await db.selectFrom('ts_request').selectAll().where('load_balancer_id', 'is', null).orderBy('created_at').orderBy('id').limit(limit).execute();
  return rows.map(toRequest);
}

/** Removes fulfilled wishes. */
export async function removeRequests(trx: Trx, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await executeLater(trx, trx.deleteFrom('ts_request').where('id', 'in', ids));
}

function toRequest(row: Database['ts_request']): WorkRequest {
  return { id: row.id, kind: row.kind, loadBalancerId: row.load_balancer_id, amphoraId: row.amphora_id, requestId: row.request_id, createdAt: row.created_at };
}
