import type { ProvisioningStatus } from '../../model/enums.ts';
import type { LoadBalancerGraph } from '../../model/graph.ts';
import type { Trx } from '../../store/database.ts';
import { executeLater } from '../../store/dialects/later.ts';
import { releaseQuota, type QuotaType } from '../../store/quotas.ts';
import type { ObjectTable, TreeObject } from './objects.ts';
import type { Outcome } from './outcome.ts';

/** Writes statuses and removes rows. `false` says that the load balancer's own status was changed by somebody meanwhile. */
export async function writeOutcome(trx: Trx, graph: LoadBalancerGraph, outcome: Outcome, now: string): Promise<boolean> {
  await deleteObjects(trx, graph, outcome.deleted, now);
  for (const { table, ids, from, to, operatingStatus } of outcome.changes) {
    await executeLater(
      trx,
      trx.updateTable(table)
        .set({ provisioning_status: to, updated_at: now, ...(operatingStatus !== undefined && { operating_status: operatingStatus }) })
        .where('id', 'in', ids).where('provisioning_status', '=', from),
    );
  }
  if (outcome.loadBalancerStatus === graph.provisioningStatus) return hasStatus(trx, graph.id, graph.provisioningStatus);
  const updated = await trx.updateTable('load_balancer').set({ provisioning_status: outcome.loadBalancerStatus, updated_at: now })
    .where('id', '=', graph.id).where('provisioning_status', '=', graph.provisioningStatus).executeTakeFirst();
  if (updated.numUpdatedRows === 0n) return false;
  if (outcome.loadBalancerStatus === 'DELETED' && graph.projectId !== null) await releaseQuota(trx, graph.projectId, 'load_balancer', 1);
  return true;
}

/** False when somebody has asked for something else since the load balancer was read. */
export async function hasStatus(trx: Trx, loadBalancerId: string, status: ProvisioningStatus): Promise<boolean> {
  const row = await trx.selectFrom('load_balancer').select('provisioning_status').where('id', '=', loadBalancerId).executeTakeFirst();
  return row?.provisioning_status === status;
}

async function deleteObjects(trx: Trx, graph: LoadBalancerGraph, objects: readonly TreeObject[], now: string): Promise<void> {
  if (objects.length === 0) return;
  const idsOf = (table: ObjectTable): string[] => objects.filter((object) => object.table === table).map(({ id }) => id);
  await deleteListenerRows(trx, graph, { rules: idsOf('l7rule'), policies: idsOf('l7policy'), listeners: idsOf('listener') }, now);
  await deletePoolRows(trx, { members: idsOf('member'), monitors: idsOf('health_monitor'), pools: idsOf('pool') }, graph);
  await trx.deleteFrom('tags').where('resource_id', 'in', objects.map(({ id }) => id)).execute();
  if (graph.projectId === null) return;
  const counts = Map.groupBy(objects, ({ table }) => table);
  for (const [table, counted] of counts) await releaseQuota(trx, graph.projectId, table satisfies QuotaType, counted.length);
}

interface ListenerRows { readonly rules: readonly string[]; readonly policies: readonly string[]; readonly listeners: readonly string[] }

async function deleteListenerRows(trx: Trx, graph: LoadBalancerGraph, { rules, policies, listeners }: ListenerRows, now: string): Promise<void> {
  if (rules.length > 0) await trx.deleteFrom('l7rule').where('id', 'in', rules).execute();
  if (policies.length > 0) await trx.deleteFrom('l7policy').where('id', 'in', policies).execute();
  if (policies.length > 0) await closeGaps(trx, graph, new Set(policies), new Set(listeners), now);
  if (listeners.length === 0) return;
  await trx.deleteFrom('listener_cidr').where('listener_id', 'in', listeners).execute();
  await trx.deleteFrom('sni').where('listener_id', 'in', listeners).execute();
  await trx.deleteFrom('listener_statistics').where('listener_id', 'in', listeners).execute();
  await trx.deleteFrom('listener').where('id', 'in', listeners).execute();
}

/** Positions of the policies that stay count from 1 without gaps. */
async function closeGaps(trx: Trx, graph: LoadBalancerGraph, deleted: ReadonlySet<string>, deletedListeners: ReadonlySet<string>, now: string): Promise<void> {
  for (const listener of graph.listeners) {
    if (deletedListeners.has(listener.id) || !listener.l7policies.some(({ id }) => deleted.has(id))) continue;
    const remaining = listener.l7policies.filter(({ id }) => !deleted.has(id)).toSorted((one, other) => one.position - other.position);
    for (const [index, { id, position }] of remaining.entries()) {
      if (position !== index + 1) await trx.updateTable('l7policy').set({ position: index + 1, updated_at: now }).where('id', '=', id).execute();
    }
  }
}

interface PoolRows { readonly members: readonly string[]; readonly monitors: readonly string[]; readonly pools: readonly string[] }

async function deletePoolRows(trx: Trx, { members, monitors, pools }: PoolRows, graph: LoadBalancerGraph): Promise<void> {
  if (members.length > 0) await trx.deleteFrom('member').where('id', 'in', members).execute();
  if (monitors.length > 0) await trx.deleteFrom('health_monitor').where('id', 'in', monitors).execute();
  // Members that nobody checks any more say so.
  const unmonitored = graph.pools.filter((pool) => pool.healthMonitor !== null && monitors.includes(pool.healthMonitor.id) && !pools.includes(pool.id)).map(({ id }) => id);
  if (unmonitored.length > 0) await trx.updateTable('member').set({ operating_status: 'NO_MONITOR' }).where('pool_id', 'in', unmonitored).execute();
  if (pools.length === 0) return;
  await trx.updateTable('listener').set({ default_pool_id: null }).where('default_pool_id', 'in', pools).execute();
  await trx.updateTable('l7policy').set({ redirect_pool_id: null }).where('redirect_pool_id', 'in', pools).execute();
  await trx.deleteFrom('session_persistence').where('pool_id', 'in', pools).execute();
  await trx.deleteFrom('pool').where('id', 'in', pools).execute();
}
