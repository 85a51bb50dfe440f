import type { Kysely } from 'kysely';
import type { ProvisioningStatus } from '../model/enums.ts';
import type { LoadBalancerGraph } from '../model/graph.ts';
import type { Database } from './database.ts';

/** The tables of a load balancer's tree that carry statuses, children first: locks are always taken in this order. */
export const OBJECT_KINDS = ['l7rule', 'l7policy', 'health_monitor', 'member', 'pool', 'listener', 'load_balancer'] as const;
export type ObjectKind = (typeof OBJECT_KINDS)[number];

/** Ids of rows of one tree. */
export type TreeIds = Readonly<Record<ObjectKind, readonly string[]>>;

interface StatusRow {
  readonly id: string;
  readonly provisioning_status: ProvisioningStatus;
}

/** Reads the ids of a tree; with `statuses` only of rows in one of them. Always seven queries. */
export async function readTreeIds(db: Kysely<Database>, loadBalancerId: string, statuses?: readonly ProvisioningStatus[]): Promise<TreeIds> {
  const picked = (rows: readonly StatusRow[]) => rows.filter((row) => !statuses || statuses.includes(row.provisioning_status)).map((row) => row.id);
  const roots = await db.selectFrom('load_balancer').select(['id', 'provisioning_status']).where('id', '=', loadBalancerId).execute();
  const listeners = await db.selectFrom('listener').select(['id', 'provisioning_status']).where('load_balancer_id', '=', loadBalancerId).execute();
  const policies = await db
    .selectFrom('l7policy').innerJoin('listener', 'listener.id', 'l7policy.listener_id').select(['l7policy.id', 'l7policy.provisioning_status'])
    .where('listener.load_balancer_id', '=', loadBalancerId).execute();
  const rules = await db
    .selectFrom('l7rule').innerJoin('l7policy', 'l7policy.id', 'l7rule.l7policy_id').innerJoin('listener', 'listener.id', 'l7policy.listener_id')
    .select(['l7rule.id', 'l7rule.provisioning_status']).where('listener.load_balancer_id', '=', loadBalancerId).execute();
  const pools = await db.selectFrom('pool').select(['id', 'provisioning_status']).where('load_balancer_id', '=', loadBalancerId).execute();
  const members = await db
    .selectFrom('member').innerJoin('pool', 'pool.id', 'member.pool_id').select(['member.id', 'member.provisioning_status']).where('pool.load_balancer_id', '=', loadBalancerId).execute();
  const monitors = await db
    .selectFrom('health_monitor').innerJoin('pool', 'pool.id', 'health_monitor.pool_id').select(['health_monitor.id', 'health_monitor.provisioning_status'])
    .where('pool.load_balancer_id', '=', loadBalancerId).execute();
  return {
    l7rule: picked(rules), l7policy: picked(policies), health_monitor: picked(monitors), member: picked(members),
    pool: picked(pools), listener: picked(listeners), load_balancer: picked(roots),
  };
}

/** The same of a graph in memory: what was really applied, whatever came later. */
export function treeIdsOf(graph: LoadBalancerGraph, statuses?: readonly ProvisioningStatus[]): TreeIds {
  const picked = (objects: readonly { readonly id: string; readonly provisioningStatus: ProvisioningStatus }[]) =>
    objects.filter((object) => !statuses || statuses.includes(object.provisioningStatus)).map((object) => object.id);
  const policies = graph.listeners.flatMap((listener) => listener.l7policies);
  return {
    l7rule: picked(policies.flatMap((policy) => policy.rules)),
    l7policy: picked(policies),
    health_monitor: picked(graph.pools.flatMap((pool) => (pool.healthMonitor ? [pool.healthMonitor] : []))),
    member: picked(graph.pools.flatMap((pool) => pool.members)),
    pool: picked(graph.pools),
    listener: picked(graph.listeners),
    load_balancer: picked([graph]),
  };
}

/** Pieces that every database takes in one IN list. */
export function chunksOf<T>(items: readonly T[], size = 500): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}
