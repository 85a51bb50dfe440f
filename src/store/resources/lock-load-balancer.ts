import type { ProvisioningStatus } from '../../model/enums.ts';
import type { Trx } from '../database.ts';
import { executeLater } from '../dialects/later.ts';
import { dialectOf } from '../dialect-of.ts';

/** What every change needs to know of its load balancer. */
export interface LockedLoadBalancer {
  readonly id: string;
  readonly project_id: string | null;
  readonly provider: string | null;
  readonly provisioning_status: ProvisioningStatus;
  readonly flavor_id: string | null;
}

/** Locks a load balancer's row until the transaction ends. Every change of the tree below begins here, so changes queue up. */
export async function lockLoadBalancer(trx: Trx, id: string): Promise<LockedLoadBalancer | undefined> {
  const query = trx.selectFrom('load_balancer').select(['id', 'project_id', 'provider', 'provisioning_status', 'flavor_id']).where('id', '=', id);
  return (dialectOf(trx) === 'sqlite' ? query : query.forUpdate()).executeTakeFirst();
}

/** Rows that a change makes wait, besides the load balancer itself. */
export interface AffectedRows {
  readonly listeners?: readonly string[];
  readonly pools?: readonly string[];
  readonly l7policies?: readonly string[];
}

/** Marks the load balancer and the affected rows. Rows that are still being created stay PENDING_CREATE, and what is on its way out stays so. */
export async function markPending(trx: Trx, loadBalancerId: string, affected: AffectedRows, now: string): Promise<void> {
  const { listeners = [], pools = [], l7policies = [] } = affected;
  for (const [table, ids] of [['load_balancer', [loadBalancerId]], ['listener', listeners], ['pool', pools], ['l7policy', l7policies]] as const) {
    if (ids.length === 0) continue;
    await executeLater(trx, trx.updateTable(table).set({ provisioning_status: 'PENDING_UPDATE', updated_at: now }).where('id', 'in', ids).where('provisioning_status', 'not in', ['PENDING_CREATE', 'PENDING_DELETE']));
  }
}
