import type { Trx } from './database.ts';
import { databaseNow } from './database-clock.ts';
import { QUOTA_TYPES, type QuotaType, releaseQuota } from './quotas.ts';
import { chunksOf, readTreeIds, type TreeIds } from './tree-ids.ts';

/**
 * Deletes rows of a tree with all that depends on them (rules of policies, policies of listeners, members and monitors of
 * pools, tags, certificates, CIDRs, persistence, statistics), lets go of references to deleted pools, closes the gaps in
 * policy positions and gives the quota back. Only children: the load balancer's own id is ignored. Missing rows are
 * passed over, so it may be repeated.
 */
export async function removeObjects(trx: Trx, tree: TreeIds): Promise<void> {
  const { policies, rules, members, monitors } = await withDependents(trx, tree);
  const gapsIn = await listenersOfPolicies(trx, policies, tree.listener);
  await release(trx, { l7rule: rules, l7policy: policies, member: members, health_monitor: monitors, pool: tree.pool, listener: tree.listener });
  await deleteRows(trx, 'l7rule', rules);
  await deleteRows(trx, 'l7policy', policies);
  await deleteRows(trx, 'health_monitor', monitors);
  await deleteRows(trx, 'member', members);
  for (const ids of chunksOf(tree.listener)) {
    for (const table of ['sni', 'listener_cidr', 'listener_statistics'] as const) await trx.deleteFrom(table).where('listener_id', 'in', ids).execute();
  }
  await deleteRows(trx, 'listener', tree.listener);
  for (const ids of chunksOf(tree.pool)) {
    await trx.updateTable('listener').set({ default_pool_id: null }).where('default_pool_id', 'in', ids).execute();
    await trx.updateTable('l7policy').set({ redirect_pool_id: null }).where('redirect_pool_id', 'in', ids).execute();
    await trx.deleteFrom('session_persistence').where('pool_id', 'in', ids).execute();
  }
  await deleteRows(trx, 'pool', tree.pool);
  await renumberPolicies(trx, gapsIn);
}

/** Ends a load balancer: its children and requests go, its quota is given back, its own row stays as DELETED until it is purged. */
export async function deleteLoadBalancer(trx: Trx, id: string): Promise<void> {
  await removeObjects(trx, await readTreeIds(trx, id));
  const row = await trx.selectFrom('load_balancer').select('project_id').where('id', '=', id).where('provisioning_status', '<>', 'DELETED').executeTakeFirst();
  if (!row) return;
  if (row.project_id !== null) await releaseQuota(trx, row.project_id, 'load_balancer');
  await trx.updateTable('load_balancer').set({ provisioning_status: 'DELETED', operating_status: 'OFFLINE', updated_at: databaseNow(trx) }).where('id', '=', id).execute();
  await trx.deleteFrom('ts_request').where('load_balancer_id', '=', id).execute();
}

/** Removes a DELETED load balancer for good; amphora rows that still name it lose the name and are purged by themselves. */
export async function purgeLoadBalancer(trx: Trx, id: string): Promise<void> {
  const row = await trx.selectFrom('load_balancer').select('id').where('id', '=', id).where('provisioning_status', '=', 'DELETED').executeTakeFirst();
  if (!row) return;
  await removeObjects(trx, await readTreeIds(trx, id));
  await trx.updateTable('amphora').set({ load_balancer_id: null }).where('load_balancer_id', '=', id).execute();
  for (const table of ['vip_security_group', 'additional_vip', 'vip', 'vrrp_group', 'ts_lease', 'ts_request'] as const) {
    await trx.deleteFrom(table).where('load_balancer_id', '=', id).execute();
  }
  await deleteRows(trx, 'load_balancer', [id]);
}

async function withDependents(trx: Trx, tree: TreeIds) {
  const found = async (table: 'l7policy' | 'l7rule' | 'member' | 'health_monitor', parents: readonly string[]) => {
    const ids: string[] = [];
    for (const batch of chunksOf(parents)) {
      const rows = await (table === 'l7policy'
        ? trx.selectFrom('l7policy').select('id').where('listener_id', 'in', batch)
        : table === 'l7rule'
          ? trx.selectFrom('l7rule').select('id').where('l7policy_id', 'in', batch)
          : trx.selectFrom(table).select('id').where('pool_id', 'in', batch)
      ).execute();
      ids.push(...rows.map((row) => row.id));
    }
    return ids;
  };
  const policies = unique([...tree.l7policy, ...(await found('l7policy', tree.listener))]);
  return {
    policies,
    rules: unique([...tree.l7rule, ...(await found('l7rule', policies))]),
    members: unique([...tree.member, ...(await found('member', tree.pool))]),
    monitors: unique([...tree.health_monitor, ...(await found('health_monitor', tree.pool))]),
  };
}

async function listenersOfPolicies(trx: Trx, policies: readonly string[], removedListeners: readonly string[]): Promise<string[]> {
  const listeners: string[] = [];
  for (const batch of chunksOf(policies)) {
    const rows = await trx.selectFrom('l7policy').select('listener_id').where('id', 'in', batch).execute();
    listeners.push(...rows.map((row) => row.listener_id));
  }
  return unique(listeners).filter((id) => !removedListeners.includes(id));
}

/** Positions of a listener's policies always run 1, 2, 3 (upstream L7PolicyRepository.delete). */
async function renumberPolicies(trx: Trx, listeners: readonly string[]): Promise<void> {
  for (const listener of listeners) {
    const policies = await trx.selectFrom('l7policy').select(['id', 'position']).where('listener_id', '=', listener).orderBy('position').orderBy('id').execute();
    for (const [index, { id, position }] of policies.entries()) {
      if (position !== index + 1) await trx.updateTable('l7policy').set({ position: index + 1 }).where('id', '=', id).execute();
    }
  }
}

type Counted = Exclude<QuotaType, 'load_balancer'>;

async function release(trx: Trx, removed: Readonly<Record<Counted, readonly string[]>>): Promise<void> {
  const counts = new Map<string, Map<Counted, number>>();
  for (const kind of QUOTA_TYPES) {
    if (kind === 'load_balancer') continue;
    for (const batch of chunksOf(removed[kind])) {
      const rows = await trx.selectFrom(kind).select('project_id').where('id', 'in', batch).execute();
      for (const { project_id } of rows) {
        if (project_id === null) continue;
        const ofProject = counts.get(project_id) ?? new Map<Counted, number>();
        counts.set(project_id, ofProject.set(kind, (ofProject.get(kind) ?? 0) + 1));
      }
    }
  }
  for (const [project, kinds] of counts) for (const [kind, count] of kinds) await releaseQuota(trx, project, kind, count);
}

async function deleteRows(trx: Trx, table: 'l7rule' | 'l7policy' | 'health_monitor' | 'member' | 'listener' | 'pool' | 'load_balancer', ids: readonly string[]): Promise<void> {
  for (const batch of chunksOf(ids)) {
    await trx.deleteFrom('tags').where('resource_id', 'in', batch).execute();
    await trx.deleteFrom(table).where('id', 'in', batch).execute();
  }
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}
