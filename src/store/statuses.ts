import { sql } from 'kysely';
import type { OperatingStatus, ProvisioningStatus } from '../model/enums.ts';
import { databaseNow } from './database-clock.ts';
import type { Trx } from './database.ts';
import { chunksOf, OBJECT_KINDS, type ObjectKind, readTreeIds, type TreeIds } from './tree-ids.ts';

export interface StatusChange {
  readonly provisioningStatus?: ProvisioningStatus;
  readonly operatingStatus?: OperatingStatus;
  /** Compare-and-set: only rows whose provisioning status is one of these change. */
  readonly from?: readonly ProvisioningStatus[];
}

/** What a settled tree leaves behind. PENDING_DELETE rows are removed instead, see remove-objects.ts. */
const SETTLED_FROM = ['PENDING_CREATE', 'PENDING_UPDATE'] as const;

/** Sets statuses of objects of one kind; returns how many rows changed. Missing rows are passed over. */
export async function setStatuses(trx: Trx, kind: ObjectKind, ids: readonly string[], change: StatusChange): Promise<number> {
  let count = 0n;
  for (const batch of chunksOf(ids.toSorted())) {
    const updated = await trx
      .updateTable(kind)
      .set({
        updated_at: databaseNow(trx),
        ...(change.provisioningStatus && { provisioning_status: change.provisioningStatus }),
        ...(change.operatingStatus && { operating_status: change.operatingStatus }),
      })
      .where('id', 'in', batch)
      .$if(change.from !== undefined, (query) => query.where('provisioning_status', 'in', change.from ?? []))
      .executeTakeFirst();
    count += updated.numUpdatedRows;
  }
  return Number(count);
}

/** Sets statuses of a load balancer and everything below it, for example its pending objects to ERROR. */
export async function markTree(trx: Trx, loadBalancerId: string, change: StatusChange): Promise<number> {
  const tree = await readTreeIds(trx, loadBalancerId, change.from);
  let count = 0;
  // Children first.
  for (const kind of OBJECT_KINDS) count += await setStatuses(trx, kind, tree[kind], change);
  return count;
}

/**
 * Ends pending work of a tree: PENDING_CREATE and PENDING_UPDATE become ACTIVE, and monitors, policies and rules ONLINE or
 * OFFLINE as they are enabled (contracts 19.3; the others' operating status comes from heartbeats). Give `treeIdsOf(graph)`
 * of the applied graph, so that a row that came later stays pending.
 */
export async function settleTree(trx: Trx, tree: TreeIds): Promise<number> {
  let count = 0n;
  for (const kind of OBJECT_KINDS) {
    for (const batch of chunksOf(tree[kind].toSorted())) {
      const updated = await trx
        .updateTable(kind)
        .set({ provisioning_status: 'ACTIVE', updated_at: databaseNow(trx) })
        .$if(isOnlineWhenEnabled(kind), (query) => query.set({ operating_status: sql<OperatingStatus>`case when enabled then 'ONLINE' else 'OFFLINE' end` }))
        .where('id', 'in', batch)
        .where('provisioning_status', 'in', SETTLED_FROM)
        .executeTakeFirst();
      count += updated.numUpdatedRows;
    }
  }
  return Number(count);
}

/** `settleTree` for everything that is pending now. Only when nothing can have changed since it was applied. */
export async function settleAll(trx: Trx, loadBalancerId: string): Promise<number> {
  return await settleTree(trx, await readTreeIds(trx, loadBalancerId, SETTLED_FROM));
}

function isOnlineWhenEnabled(kind: ObjectKind): boolean {
  return kind === 'health_monitor' || kind === 'l7policy' || kind === 'l7rule';
}
