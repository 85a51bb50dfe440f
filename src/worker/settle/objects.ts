import type { ProvisioningStatus } from '../../model/enums.ts';
import type { L7Policy, Listener, LoadBalancerGraph, Pool } from '../../model/graph.ts';

/** Tables of objects below a load balancer that have a provisioning status; also the names that quotas count them under. */
export type ObjectTable = 'listener' | 'l7policy' | 'l7rule' | 'pool' | 'member' | 'health_monitor';

/** One object of the tree and what hangs on it; a pool hangs on every listener and policy that uses it. */
export interface TreeObject {
  readonly table: ObjectTable;
  readonly id: string;
  readonly enabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly below: readonly TreeObject[];
  /** Those of `below` that go when it goes. */
  readonly owned: readonly TreeObject[];
}

/** Every object below the load balancer, each once. */
export function objectsOf(graph: LoadBalancerGraph): readonly TreeObject[] {
  const pools = new Map(graph.pools.map((pool) => [pool.id, poolObject(pool)]));
  const listeners = graph.listeners.map((listener) => listenerObject(listener, pools));
  return [...listeners, ...listeners.flatMap(withOwned), ...pools.values(), ...[...pools.values()].flatMap(withOwned)];
}

export function isPending({ provisioningStatus }: { readonly provisioningStatus: ProvisioningStatus }): boolean {
  return provisioningStatus.startsWith('PENDING_');
}

/** False for what is on its way out, or gone. */
export function isKept({ provisioningStatus }: { readonly provisioningStatus: string }): boolean {
  return provisioningStatus !== 'PENDING_DELETE' && provisioningStatus !== 'DELETED';
}

/** Everything that goes with the object. */
export function withOwned(object: TreeObject): readonly TreeObject[] {
  return object.owned.flatMap((owned) => [owned, ...withOwned(owned)]);
}

function poolObject(pool: Pool): TreeObject {
  const leaf = (table: ObjectTable, object: { id: string; enabled: boolean; provisioningStatus: ProvisioningStatus }): TreeObject =>
    ({ table, id: object.id, enabled: object.enabled, provisioningStatus: object.provisioningStatus, below: [], owned: [] });
  const owned = [...pool.members.map((member) => leaf('member', member)), ...(pool.healthMonitor === null ? [] : [leaf('health_monitor', pool.healthMonitor)])];
  return { table: 'pool', id: pool.id, enabled: pool.enabled, provisioningStatus: pool.provisioningStatus, owned, below: owned };
}

function listenerObject(listener: Listener, pools: ReadonlyMap<string, TreeObject>): TreeObject {
  const owned = listener.l7policies.map((policy) => policyObject(policy, pools));
  const pool = pools.get(listener.defaultPoolId ?? '');
  return {
    table: 'listener', id: listener.id, enabled: listener.enabled, provisioningStatus: listener.provisioningStatus,
    owned, below: [...owned, ...(pool === undefined ? [] : [pool])],
  };
}

function policyObject(policy: L7Policy, pools: ReadonlyMap<string, TreeObject>): TreeObject {
  const owned = policy.rules.map(({ id, enabled, provisioningStatus }): TreeObject => ({ table: 'l7rule', id, enabled, provisioningStatus, below: [], owned: [] }));
  const pool = pools.get(policy.redirectPoolId ?? '');
  return {
    table: 'l7policy', id: policy.id, enabled: policy.enabled, provisioningStatus: policy.provisioningStatus,
    owned, below: [...owned, ...(pool === undefined ? [] : [pool])],
  };
}
