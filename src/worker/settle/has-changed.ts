import type { LoadBalancerGraph } from '../../model/graph.ts';
import type { Trx } from '../../store/database.ts';
import { loadGraph } from '../../store/load-balancer-graph.ts';
import { lockLoadBalancer } from '../../store/resources/lock-load-balancer.ts';

/**
 * Whether users asked for something since the load balancer was read; what they ask for from here on waits for the end of
 * the transaction. With merge_pending_updates the statuses do not tell: they were PENDING before.
 */
export async function hasChanged(trx: Trx, loaded: LoadBalancerGraph): Promise<boolean> {
  await lockLoadBalancer(trx, loaded.id);
  const now = await loadGraph(trx, loaded.id);
  return now === null || wishesIn(now) !== wishesIn(loaded);
}

/** What users decide. Heartbeats change operating statuses all the time, and the run itself the rest. */
function wishesIn({ name, description, enabled, provisioningStatus, vip: { qosPolicyId, securityGroupIds }, listeners, pools }: LoadBalancerGraph): string {
  const wishes = { name, description, enabled, provisioningStatus, qosPolicyId, securityGroupIds, listeners, pools };
  return JSON.stringify(wishes, (key, value: unknown) => (key === 'operatingStatus' ? undefined : value));
}
