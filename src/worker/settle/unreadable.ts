import { randomUUID } from 'node:crypto';
import { reasonOf } from '../../lib/errors.ts';
import { appendEvents } from '../../store/events.ts';
import { rememberDeletions } from '../../store/failed-deletions.ts';
import { recordFailure, takeLease } from '../../store/leases.ts';
import { markTree } from '../../store/statuses.ts';
import { rememberCreation } from '../../store/untold-creations.ts';
import { judge } from '../failure.ts';
import type { Services } from '../run-context.ts';

/** What waits on a load balancer whose rows make no sense is in ERROR, with the reason; it is read again later. */
export async function settleUnreadable(services: Services, loadBalancerId: string, owner: string, error: unknown): Promise<void> {
  const { store, log, settings } = services;
  const reason = `read: ${reasonOf(error)}`;
  await store.transaction(async (trx) => {
    const lease = await takeLease(trx, { loadBalancerId, owner, ttlSeconds: settings().leaseTtlSeconds, ignoreBackOff: true });
    if (lease.kind !== 'taken') return;
    const verdict = judge(error, lease.former?.attempts ?? 0, false, Math.random());
    log.error({ lb: loadBalancerId, reason, retryInSeconds: verdict.retryInSeconds }, 'The rows of a load balancer cannot be read');
    const row = await trx.selectFrom('load_balancer').select(['project_id', 'provisioning_status']).where('id', '=', loadBalancerId).executeTakeFirst();
    if (row?.provisioning_status === 'PENDING_DELETE') await rememberDeletions(trx, loadBalancerId, [loadBalancerId]);
    if (row?.provisioning_status === 'PENDING_CREATE') await rememberCreation(trx, loadBalancerId);
    await markTree(trx, loadBalancerId, { provisioningStatus: 'ERROR', from: ['PENDING_CREATE', 'PENDING_UPDATE', 'PENDING_DELETE'] });
    await appendEvents(trx, [{
      id: randomUUID(), loadBalancerId, projectId: row?.project_id ?? null, objectType: 'load_balancer', objectId: loadBalancerId, action: 'read', outcome: 'failure', reason,
    }]);
    await recordFailure(trx, loadBalancerId, lease.fence, { ...verdict, reason });
  });
}
