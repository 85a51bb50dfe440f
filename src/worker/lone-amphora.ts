import { toSqlDatetime } from '../lib/clock.ts';
import { OctaviaError, reasonOf } from '../lib/errors.ts';
import { assertFence, readFormerLease, recordFailure, releaseLease, takeLease } from '../store/leases.ts';
import { removeRequests, type WorkRequest } from '../store/requests.ts';
import { renderAgentConf } from './boot-files.ts';
import { judge } from './failure.ts';
import type { ReconcileOptions, ReconcileResult } from './reconcile.ts';
import type { Services } from './run-context.ts';

/**
 * Works on an amphora that belongs to no load balancer: deleted on wish (a failover of it means the same), or given a new
 * configuration. The lease is kept under the amphora's id.
 */
export async function reconcileLoneAmphora(services: Services, amphoraId: string, options: ReconcileOptions): Promise<ReconcileResult> {
  const { store, settings } = services;
  const opened = await store.transaction(async (trx) => {
    const former = await readFormerLease(trx, amphoraId);
    const lease = await takeLease(trx, { loadBalancerId: amphoraId, owner: options.owner, ttlSeconds: settings().leaseTtlSeconds, ignoreBackOff: options.ignoreBackOff });
    if (lease.kind !== 'taken') return null;
    const amphora = await trx.selectFrom('amphora').select(['id', 'status', 'compute_id', 'lb_network_ip', 'vrrp_port_id', 'load_balancer_id']).where('id', '=', amphoraId).executeTakeFirst();
    const rows = await trx.selectFrom('ts_request').select(['id', 'kind']).where('amphora_id', '=', amphoraId).where('load_balancer_id', 'is', null).execute();
    return { fence: lease.fence, amphora, requests: rows, failedBefore: former?.attempts ?? 0 };
  });
  if (opened === null) return 'elsewhere';
  const { amphora, requests, fence } = opened;
  try {
    const isAlone = amphora !== undefined && amphora.load_balancer_id === null && amphora.status !== 'DELETED';
    const isDeleted = isAlone && (amphora.status === 'PENDING_DELETE' || requests.some(({ kind }) => isDeletion(kind)));
    if (isDeleted) await deleteLone(services, amphoraId, amphora.compute_id, amphora.vrrp_port_id);
    else if (isAlone && requests.length > 0) await configureLone(services, amphoraId, amphora.lb_network_ip, options.signal);
    await store.transaction(async (trx) => {
      await assertFence(trx, amphoraId, fence);
      if (isDeleted) {
        await trx.updateTable('amphora').set({ status: 'DELETED', updated_at: toSqlDatetime(services.clock.now()) }).where('id', '=', amphoraId).execute();
        await trx.deleteFrom('amphora_health').where('amphora_id', '=', amphoraId).execute();
      }
      await removeRequests(trx, requests.map(({ id }) => id));
      await releaseLease(trx, amphoraId, fence);
    });
    return 'settled';
  } catch (error) {
    const verdict = judge(error, opened.failedBefore, true, Math.random());
    services.log.error({ amphora: amphoraId, reason: reasonOf(error), retryInSeconds: verdict.retryInSeconds }, 'Work on an amphora failed');
    await store.transaction(async (trx) => {
      await assertFence(trx, amphoraId, fence);
      if (verdict.isFinal) await trx.updateTable('amphora').set({ status: 'ERROR' }).where('id', '=', amphoraId).where('status', '<>', 'DELETED').execute();
      if (verdict.isFinal) await removeRequests(trx, requests.map(({ id }) => id));
      await recordFailure(trx, amphoraId, fence, verdict);
    });
    return 'failed';
  }
}

function isDeletion(kind: WorkRequest['kind']): boolean {
  return kind === 'delete_amphora' || kind === 'failover_amphora';
}

async function deleteLone({ compute, network, clients }: Services, amphoraId: string, computeId: string | null, vrrpPortId: string | null): Promise<void> {
  const ports = await network.listAmphoraPorts(amphoraId);
  const instanceId = computeId ?? (await compute.findByAmphora(amphoraId))?.computeId;
  if (instanceId !== undefined) await compute.remove(instanceId);
  for (const portId of new Set([...ports.map(({ id }) => id), ...(vrrpPortId === null ? [] : [vrrpPortId])])) await network.removePort(portId);
  await clients.forget(amphoraId);
}

async function configureLone(services: Services, amphoraId: string, lbNetworkIp: string | null, signal: AbortSignal): Promise<void> {
  if (lbNetworkIp === null) throw new OctaviaError('amphora-unreachable', `Amphora ${amphoraId} has no management address.`, { retry: 'retry' });
  const settings = services.settings();
  const ini = renderAgentConf(amphoraId, settings.defaultTopology, { ...settings.boot, clientCaPem: await services.clientCaPem() });
  await services.clients.connect({ amphoraId, lbNetworkIp }, 'active', signal).uploadAgentConfig(ini);
}
