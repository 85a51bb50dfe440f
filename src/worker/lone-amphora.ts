import { toSqlDatetime } from '../lib/clock.ts';
import { guardChanges } from '../lib/change-guard.ts';
import { OctaviaError, reasonOf } from '../lib/errors.ts';
import { recordHeartbeats } from '../store/amphora-health.ts';
import type { Trx } from '../store/database.ts';
import { assertFence, recordFailure, releaseLease, takeLease } from '../store/leases.ts';
import { removeRequests, type WorkRequest } from '../store/requests.ts';
import { bootSpare } from './actions/boot.ts';
import { renderAgentConf } from './boot-files.ts';
import { judge } from './failure.ts';
import { holdLease } from './hold-lease.ts';
import type { ReconcileOptions, ReconcileResult } from './reconcile.ts';
import type { Services } from './run-context.ts';

/** What is to be done with it; the row says so. */
type Task = 'nothing' | 'boot' | 'configure' | 'delete';

interface Opened {
  readonly fence: number;
  readonly task: Task;
  readonly requestIds: readonly string[];
  readonly failedBefore: number;
  readonly computeId: string | null;
  readonly lbNetworkIp: string | null;
  readonly vrrpPortId: string | null;
}

/**
 * Works on an amphora that belongs to no load balancer: booted for the pool of spares, deleted on wish (a failover of it
 * means the same), or given a new configuration. The lease is kept under the amphora's id.
 */
export async function reconcileLoneAmphora(services: Services, amphoraId: string, options: ReconcileOptions): Promise<ReconcileResult> {
  const { store, settings, log } = services;
  const sinceMs = services.monotonicMs();
  const opened = await store.transaction((trx) => open(trx, services, amphoraId, options));
  if (opened === null) return 'elsewhere';
  const { fence, task } = opened;
  const lease = holdLease({ store, log, loadBalancerId: amphoraId, fence, ttlSeconds: settings().leaseTtlSeconds, now: services.monotonicMs, sinceMs, stop: options.signal });
  try {
    const changes = await guardChanges(() => lease.confirm(), () => work(services, amphoraId, opened, AbortSignal.any([options.signal, lease.signal])));
    await store.transaction(async (trx) => {
      await assertFence(trx, amphoraId, fence);
      if (changes !== null) await trx.updateTable('amphora').set({ ...changes, updated_at: toSqlDatetime(services.clock.now()) }).where('id', '=', amphoraId).execute();
      // Heard from now on: one that dies before its first heartbeat is noticed as well.
      if (task === 'boot') await recordHeartbeats(trx, new Map([[amphoraId, services.clock.now()]]));
      if (task === 'delete') for (const table of ['amphora_health', 'amphora_member_port'] as const) await trx.deleteFrom(table).where('amphora_id', '=', amphoraId).execute();
      await removeRequests(trx, opened.requestIds);
      await releaseLease(trx, amphoraId, fence);
    });
    return task === 'nothing' ? 'idle' : 'settled';
  } catch (error) {
    if (options.signal.aborted || lease.signal.aborted) throw error;
    await settleFailure(services, amphoraId, opened, error);
    return 'failed';
  } finally {
    lease.end();
  }
}

async function open(trx: Trx, { settings }: Services, amphoraId: string, options: ReconcileOptions): Promise<Opened | null> {
  const lease = await takeLease(trx, { loadBalancerId: amphoraId, owner: options.owner, ttlSeconds: settings().leaseTtlSeconds, ignoreBackOff: options.ignoreBackOff });
  if (lease.kind !== 'taken') return null;
  const requests = await trx.selectFrom('ts_request').select(['id', 'kind']).where('amphora_id', '=', amphoraId).where('load_balancer_id', 'is', null).execute();
  // A spare that is to go must not be given to a load balancer meanwhile.
  if (requests.some(({ kind }) => isDeletion(kind))) {
    await trx.updateTable('amphora').set({ status: 'PENDING_DELETE' }).where('id', '=', amphoraId).where('load_balancer_id', 'is', null).where('status', '<>', 'DELETED').execute();
  }
  const row = await trx.selectFrom('amphora').select(['status', 'compute_id', 'lb_network_ip', 'vrrp_port_id', 'load_balancer_id']).where('id', '=', amphoraId).executeTakeFirst();
  const isAlone = row !== undefined && row.load_balancer_id === null;
  return {
    fence: lease.fence, requestIds: requests.map(({ id }) => id), failedBefore: lease.former?.attempts ?? 0,
    task: isAlone ? taskOf(row.status, requests.length > 0) : 'nothing',
    computeId: row?.compute_id ?? null, lbNetworkIp: row?.lb_network_ip ?? null, vrrpPortId: row?.vrrp_port_id ?? null,
  };
}

function taskOf(status: string, isAsked: boolean): Task {
  if (status === 'PENDING_DELETE') return 'delete';
  if (status === 'BOOTING') return 'boot';
  return isAsked && status !== 'DELETED' ? 'configure' : 'nothing';
}

/** Does it; returns what has become of the row's columns. */
async function work(services: Services, amphoraId: string, opened: Opened, signal: AbortSignal) {
  if (opened.task === 'delete') {
    await deleteLone(services, amphoraId, opened.computeId, opened.vrrpPortId);
    return { status: 'DELETED' } as const;
  }
  if (opened.task === 'configure') await configureLone(services, amphoraId, opened.lbNetworkIp, signal);
  if (opened.task !== 'boot') return null;
  const { instance, certExpiration } = await bootSpare(services, amphoraId, signal);
  return {
    status: 'READY', compute_id: instance.computeId, lb_network_ip: instance.lbNetworkIp, cached_zone: instance.zone, image_id: instance.imageId,
    compute_flavor: instance.flavorId, cert_expiration: certExpiration,
  } as const;
}

async function settleFailure(services: Services, amphoraId: string, { fence, task, requestIds, failedBefore }: Opened, error: unknown): Promise<void> {
  const verdict = judge(error, failedBefore, true, Math.random());
  // What is to be made or removed is tried for ever: nobody would come for what is left of it.
  const isGivenUp = verdict.isFinal && task === 'configure';
  services.log.error({ amphora: amphoraId, reason: reasonOf(error), retryInSeconds: verdict.retryInSeconds }, 'Work on an amphora failed');
  await services.store.transaction(async (trx) => {
    await assertFence(trx, amphoraId, fence);
    // A spare that cannot be told anything is of no use to a load balancer; the pool makes another.
    if (isGivenUp) await trx.updateTable('amphora').set({ status: 'PENDING_DELETE' }).where('id', '=', amphoraId).where('load_balancer_id', 'is', null).where('status', '=', 'READY').execute();
    if (isGivenUp) await removeRequests(trx, requestIds);
    await recordFailure(trx, amphoraId, fence, verdict);
  });
}

function isDeletion(kind: WorkRequest['kind']): boolean {
  return kind === 'delete_amphora' || kind === 'failover_amphora';
}

async function deleteLone({ compute, network, clients }: Services, amphoraId: string, computeId: string | null, vrrpPortId: string | null): Promise<void> {
  const ports = await network.listAmphoraPorts(amphoraId, 'ours');
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
