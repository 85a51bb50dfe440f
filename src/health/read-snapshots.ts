import type { Kysely } from 'kysely';
import type { Database } from '../store/database.ts';
import type { AmphoraSnapshot, LiveListener, LiveNode, LivePool, LoadBalancerSnapshot } from './load-balancer-snapshot.ts';

export interface Snapshots {
  readonly amphorae: ReadonlyMap<string, AmphoraSnapshot>;
  readonly loadBalancers: ReadonlyMap<string, LoadBalancerSnapshot>;
}

/**
 * Reads many amphorae and the load balancers they work for with eight queries, whatever their number (keep it below a
 * thousand: one parameter each). What has no row is missing from the result. Every query goes by a primary key or an
 * indexed foreign key.
 */
export async function readSnapshots(db: Kysely<Database>, amphoraIds: readonly string[], nowMs: number): Promise<Snapshots> {
  const rows = await db.selectFrom('amphora').select(['id', 'status', 'compute_id', 'load_balancer_id']).where('id', 'in', [...amphoraIds]).execute();
  const loadBalancers = await readLoadBalancers(db, [...new Set(rows.flatMap((row) => row.load_balancer_id ?? []))], nowMs);
  const amphorae = rows.map((row): [string, AmphoraSnapshot] => [row.id, { id: row.id, status: row.status, computeId: row.compute_id, loadBalancerId: row.load_balancer_id }]);
  return { amphorae: new Map(amphorae), loadBalancers };
}

const NODE = ['id', 'enabled', 'provisioning_status', 'operating_status'] as const;

async function readLoadBalancers(db: Kysely<Database>, ids: readonly string[], nowMs: number): Promise<Map<string, LoadBalancerSnapshot>> {
  if (ids.length === 0) return new Map();
  const loadBalancers = await db.selectFrom('load_balancer').select([...NODE, 'project_id']).where('id', 'in', [...ids]).execute();
  const listeners = await db.selectFrom('listener').select([...NODE, 'load_balancer_id', 'protocol', 'default_pool_id']).where('load_balancer_id', 'in', [...ids]).execute();
  const pools = await db.selectFrom('pool').select([...NODE, 'load_balancer_id']).where('load_balancer_id', 'in', [...ids]).execute();
  const [below, rest] = [await readBelowPools(db, pools.map((row) => row.id)), await readBelowListeners(db, listeners.map((row) => row.id))];

  const result = new Map<string, LoadBalancerSnapshot & { readonly nodes: Map<string, LiveNode> }>();
  for (const row of loadBalancers) {
    result.set(row.id, { ...nodeOf(row), projectId: row.project_id, listeners: [], pools: [], nodes: new Map(), readAtMs: nowMs });
  }
  for (const row of listeners) {
    const owner = result.get(row.load_balancer_id ?? '');
    const listener: LiveListener = { ...nodeOf(row), protocol: row.protocol, defaultPoolId: row.default_pool_id, l7policies: rest.get(row.id) ?? [] };
    owner?.listeners.push(listener);
    remember(owner?.nodes, [listener, ...listener.l7policies, ...listener.l7policies.flatMap((policy) => policy.rules)]);
  }
  for (const row of pools) {
    const owner = result.get(row.load_balancer_id ?? '');
    const pool: LivePool = { ...nodeOf(row), healthMonitor: below.monitors.get(row.id) ?? null, members: below.members.get(row.id) ?? [] };
    owner?.pools.push(pool);
    remember(owner?.nodes, [pool, ...(pool.healthMonitor === null ? [] : [pool.healthMonitor]), ...pool.members]);
  }
  for (const loadBalancer of result.values()) loadBalancer.nodes.set(loadBalancer.id, loadBalancer);
  return result;
}

async function readBelowPools(db: Kysely<Database>, poolIds: readonly string[]) {
  const monitors = new Map<string, LiveNode>();
  const members = new Map<string, LiveNode[]>();
  for (const ids of chunks(poolIds)) {
    const monitorRows = await db.selectFrom('health_monitor').select([...NODE, 'pool_id']).where('pool_id', 'in', ids).execute();
    for (const row of monitorRows) monitors.set(row.pool_id, nodeOf(row));
    const memberRows = await db.selectFrom('member').select([...NODE, 'pool_id']).where('pool_id', 'in', ids).execute();
    for (const row of memberRows) append(members, row.pool_id, nodeOf(row));
  }
  return { monitors, members };
}

async function readBelowListeners(db: Kysely<Database>, listenerIds: readonly string[]) {
  const policies = new Map<string, (LiveNode & { readonly rules: LiveNode[] })[]>();
  for (const ids of chunks(listenerIds)) {
    const policyRows = await db.selectFrom('l7policy').select([...NODE, 'listener_id']).where('listener_id', 'in', ids).execute();
    const rules = new Map<string, LiveNode[]>();
    for (const policyIds of chunks(policyRows.map((row) => row.id))) {
      const ruleRows = await db.selectFrom('l7rule').select([...NODE, 'l7policy_id']).where('l7policy_id', 'in', policyIds).execute();
      for (const row of ruleRows) append(rules, row.l7policy_id, nodeOf(row));
    }
    for (const row of policyRows) append(policies, row.listener_id, { ...nodeOf(row), rules: rules.get(row.id) ?? [] });
  }
  return policies;
}

interface NodeRow {
  readonly id: string;
  readonly enabled: boolean;
  readonly provisioning_status: LiveNode['provisioningStatus'];
  readonly operating_status: LiveNode['operatingStatus'];
}

function nodeOf(row: NodeRow): LiveNode {
  return { id: row.id, enabled: row.enabled, provisioningStatus: row.provisioning_status, operatingStatus: row.operating_status };
}

function remember(nodes: Map<string, LiveNode> | undefined, list: readonly LiveNode[]): void {
  for (const node of list) nodes?.set(node.id, node);
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** Lists short enough for a statement's parameters on every dialect. */
export function chunks<T>(list: readonly T[], size = 500): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size));
}
