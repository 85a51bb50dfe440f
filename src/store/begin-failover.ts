import type { Trx } from './database.ts';
import { isToBeDeleted } from './failed-deletions.ts';
import { lockLoadBalancer } from './resources/lock-load-balancer.ts';

/**
 * Makes a load balancer PENDING_UPDATE for the failover of an amphora that died. False while somebody else changes it, and
 * for one whose deletion failed and is tried again: a failover would bring it back to life.
 */
export async function beginFailover(trx: Trx, loadBalancerId: string, now: string): Promise<boolean> {
  const status = (await lockLoadBalancer(trx, loadBalancerId))?.provisioning_status;
  if (status !== 'ACTIVE' && status !== 'ERROR') return false;
  if (status === 'ERROR' && (await isToBeDeleted(trx, loadBalancerId))) return false;
  await trx.updateTable('load_balancer').set({ provisioning_status: 'PENDING_UPDATE', updated_at: now }).where('id', '=', loadBalancerId).execute();
  return true;
}
