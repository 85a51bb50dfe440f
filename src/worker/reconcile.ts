import { AgentCertificateOutOfTime } from '../amphora/client/errors.ts';
import { guardChanges } from '../lib/change-guard.ts';
import { reasonOf } from '../lib/errors.ts';
import { renewAgentCertificate } from './actions/boot.ts';
import { isOctaviaProvider } from './find-work.ts';
import { resumeDeletions } from '../store/failed-deletions.ts';
import { loadGraph } from '../store/load-balancer-graph.ts';
import { DatabaseConflict, DatabaseUnavailable } from '../store/errors.ts';
import { LeaseLost, releaseLease, takeLease, type FormerLease } from '../store/leases.ts';
import { listRequests, type WorkRequest } from '../store/requests.ts';
import type { Amphora, LoadBalancerGraph } from '../model/graph.ts';
import { failuresOfPending, judge } from './failure.ts';
import { holdLease, RunOutdated, type HeldLease } from './hold-lease.ts';
import type { WorkerMemory } from './memory.ts';
import { observe } from './observe.ts';
import { perform } from './perform.ts';
import { amphoraOf, leavesOut, type Action } from './plan/action.ts';
import { decideAmphorae } from './plan/amphora-set.ts';
import type { CloudWays } from './plan/observed.ts';
import { plan } from './plan/plan.ts';
import { ActionFailed, runActions, type RunOutcome } from './run-actions.ts';
import { RunContext, type Services } from './run-context.ts';
import { isPending, objectsOf } from './settle/objects.ts';
import { settleFailure, settleSuccess } from './settle/settle.ts';
import { takeSpares } from './spare-pool.ts';
import { settleUnreadable } from './settle/unreadable.ts';
import { hasStatus } from './settle/write-outcome.ts';

export interface ReconcileOptions {
  /** Name of this worker process. */
  readonly owner: string;
  /** Somebody asked: a back-off from former failures does not count. */
  readonly ignoreBackOff: boolean;
  /** Aborted when the worker stops in a hurry. */
  readonly signal: AbortSignal;
}

/** `idle`: there was nothing to do; `elsewhere`: another worker is at it, or its next attempt is not due. */
export type ReconcileResult = 'idle' | 'elsewhere' | 'settled' | 'failed' | 'overtaken';

/** Brings one load balancer to what its rows ask for, under a lease, and settles its statuses. */
export async function reconcile(services: Services, memory: WorkerMemory, loadBalancerId: string, options: ReconcileOptions): Promise<ReconcileResult> {
  const sinceMs = services.monotonicMs();
  const opened = await openOrGiveUp(services, loadBalancerId, { ...options, onIdle: (fence) => memory.keep(loadBalancerId, fence) });
  if (opened === 'elsewhere' || opened === 'idle' || opened === 'failed') return opened;
  const lease = holdLease({
    store: services.store, log: services.log, loadBalancerId, fence: opened.fence, ttlSeconds: services.settings().leaseTtlSeconds,
    now: services.monotonicMs, sinceMs, stop: options.signal,
    // Machines may be waited for long, and nobody needs them any more.
    isWanted: async (trx) => opened.graph.provisioningStatus === 'PENDING_DELETE' || !(await hasStatus(trx, loadBalancerId, 'PENDING_DELETE')),
  });
  try {
    return await run(services, memory, opened, { lease, signal: AbortSignal.any([options.signal, lease.signal]), orderSignal: AbortSignal.any([options.signal, lease.lost]) });
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
    memory.forget(loadBalancerId);
    if (error instanceof RunOutdated) services.log.info({ lb: loadBalancerId }, 'A load balancer is to be deleted: other work on it ends');
    else services.log.warn({ lb: loadBalancerId }, 'Another worker took a load balancer over');
    return 'overtaken';
  } finally {
    lease.end();
  }
}

interface Opened {
  readonly fence: number;
  readonly graph: LoadBalancerGraph;
  readonly requests: readonly WorkRequest[];
  readonly failedBefore: number;
  /** The last run failed or its process died. */
  readonly isSuspicious: boolean;
  readonly isTopologyNew: boolean;
  readonly untold: readonly WorkRequest[];
}

interface OpenOptions extends ReconcileOptions {
  /** There was nothing to do under this fence. */
  readonly onIdle?: (fence: number) => void;
}

/** A load balancer whose rows cannot be read is in ERROR with the reason, instead of PENDING for ever; it is read again later. */
async function openOrGiveUp(services: Services, loadBalancerId: string, options: OpenOptions): Promise<Opened | 'elsewhere' | 'idle' | 'failed'> {
  try {
    return await open(services, loadBalancerId, options);
  } catch (error) {
    if (error instanceof DatabaseUnavailable || error instanceof DatabaseConflict) throw error;
    await settleUnreadable(services, loadBalancerId, options.owner, error);
    return 'failed';
  }
}

/** One transaction: the lease and one consistent picture. `elsewhere` when the lease is not to be had. */
export async function open(services: Pick<Services, 'settings' | 'store'>, loadBalancerId: string, options: OpenOptions): Promise<Opened | 'elsewhere' | 'idle'> {
  const settings = services.settings();
  return services.store.transaction(async (trx) => {
    const lease = await takeLease(trx, { loadBalancerId, owner: options.owner, ttlSeconds: settings.leaseTtlSeconds, ignoreBackOff: options.ignoreBackOff });
    if (lease.kind !== 'taken') return 'elsewhere';
    const wishes = await listRequests(trx, loadBalancerId);
    const isResumed = await resumeDeletions(trx, loadBalancerId, wishes.filter(({ kind }) => kind === 'delete_object'));
    const graph = await loadGraph(trx, loadBalancerId);
    if (graph === null) {
      // Purged: nothing is left that a fence could guard.
      await trx.deleteFrom('ts_lease').where('load_balancer_id', '=', loadBalancerId).execute();
      return 'idle';
    }
    const requests = wishes.filter(({ kind }) => kind !== 'delete_object' && kind !== 'announce_creation');
    const failedBefore = lease.former?.attempts ?? 0;
    const hasWork = isOctaviaProvider(graph.provider) && needsWork(graph, requests, failedBefore);
    if (!hasWork) {
      // In the same transaction: a process that dies here leaves no lease behind that nobody would ever look at.
      await releaseLease(trx, loadBalancerId, lease.fence);
      options.onIdle?.(lease.fence);
      return 'idle';
    }
    // What is asked for anew has its own attempts; a remembered deletion goes on with those it had.
    const isAskedAnew = isPending(graph) && !isResumed;
    const decided = withTopology(graph, settings.defaultTopology);
    return {
      fence: lease.fence, graph: decided, requests,
      failedBefore: isAskedAnew ? failuresOfPending(failedBefore, graph.provisioningStatus === 'PENDING_DELETE') : failedBefore,
      isSuspicious: isSuspicious(lease.former),
      isTopologyNew: decided.topology !== graph.topology,
      untold: wishes.filter(({ kind }) => kind === 'announce_creation'),
    };
  });
}

/** True when the last run failed, or ended without giving its lease back: it may have left something half done. */
export function isSuspicious(former: FormerLease | null): boolean {
  return former !== null && (former.attempts > 0 || former.owner !== null);
}

/** Whether there is anything to do, told from the rows alone. */
export function needsWork(graph: LoadBalancerGraph, requests: readonly WorkRequest[], failedBefore: number): boolean {
  if (graph.provisioningStatus === 'DELETED') return false;
  return isPending(graph) || requests.length > 0 || failedBefore > 0
    || graph.amphorae.some(({ status }) => status === 'PENDING_DELETE' || status === 'BOOTING') || objectsOf(graph).some(isPending);
}

/** The flavor, else the configuration of this worker, decides when the first amphora is made. */
function withTopology(graph: LoadBalancerGraph, standard: LoadBalancerGraph['topology']): LoadBalancerGraph {
  if (graph.provisioningStatus !== 'PENDING_CREATE' || graph.amphorae.length > 0) return graph;
  const topology = graph.flavor.loadbalancer_topology ?? standard;
  return topology === graph.topology ? graph : { ...graph, topology };
}

interface Hold { readonly lease: HeldLease; readonly signal: AbortSignal; readonly orderSignal: AbortSignal }

async function run(services: Services, memory: WorkerMemory, opened: Opened, { lease, signal, orderSignal }: Hold): Promise<ReconcileResult> {
  const { requests, fence, failedBefore, isSuspicious: isDoubtful, isTopologyNew, untold } = opened;
  let { graph } = opened;
  const known = memory.open(graph.id, fence);
  // Another worker had it meanwhile, or the last run failed: drivers know no more of it than we do.
  if (known.parts.size === 0) services.network.forget?.(graph);
  const contextOf = (kept: readonly Amphora[]): RunContext =>
    new RunContext({ services, loaded: graph, requests, fence, lease, memory: known, signal, orderSignal, lastRunEndedWell: !isDoubtful, isTopologyNew, untold }, kept);
  let context = contextOf([]);
  let onSparesUsed: (() => void) | undefined;
  try {
    const observed = await observe(graph, known, { isSuspicious: isDoubtful, hasWish: requests.length > 0 }, services);
    const freshIds = services.identities.takeIds(2);
    const wanted = decideAmphorae(graph, requests, observed, freshIds);
    const spares = await takeSpares(services, graph, fence, wanted.missing);
    if (spares.length > 0) graph = { ...graph, amphorae: [...graph.amphorae, ...spares] };
    const { kept, missing } = spares.length === 0 ? wanted : decideAmphorae(graph, requests, observed, freshIds);
    services.identities.giveBack(freshIds.filter((id) => !missing.some((amphora) => amphora.id === id)));
    context = contextOf(kept);
    for (const { id } of spares) context.createdIds.add(id);
    if (spares.length > 0) onSparesUsed = services.onSparesTaken();
    const actions = plan({ graph, requests, observed, freshIds, antiAffinity: services.settings().antiAffinity, clouds: waysOf(services, graph) });
    const outcome = await runActions(actions, (action) => act(context, action), signal);
    for (const { action, reason } of outcome.tolerated) services.log.warn({ lb: graph.id, action: action.id, reason: reasonOf(reason) }, 'An action failed and is tried again later');
    rejectWhenNobodyServes(outcome, actions.some(({ kind }) => kind === 'startListeners'));
    const isWhole = await settleSuccess(context, outcome.tolerated, judge(outcome.tolerated[0]?.reason, failedBefore, false, Math.random()));
    for (const { action } of outcome.tolerated) known.amphorae.delete(amphoraOf(action) ?? '');
    if (graph.provisioningStatus === 'PENDING_DELETE') memory.forget(graph.id);
    return isWhole ? 'settled' : 'overtaken';
  } catch (error) {
    memory.forget(graph.id);
    const cause = error instanceof ActionFailed ? error.reason : error;
    if (cause instanceof LeaseLost) throw cause;
    if (signal.aborted) throw signal.reason instanceof LeaseLost ? signal.reason : error;
    const isWhole = await settleFailure(context, error, judge(error, failedBefore, graph.provisioningStatus === 'PENDING_DELETE', Math.random()));
    return isWhole ? 'failed' : 'overtaken';
  } finally {
    onSparesUsed?.();
  }
}

function waysOf({ compute, network }: Services, { flavor }: LoadBalancerGraph): CloudWays {
  return { interfacesAtBoot: compute.takesInterfacesAtBoot?.(flavor) ?? false, cutsRemovedPorts: network.cutsRemovedPorts ?? false };
}

/** Does one action under a lease that is certainly ours, at each of its requests: nothing outside the database asks for the fence. */
async function act(context: RunContext, action: Action): Promise<void> {
  const { services, loaded, lease } = context;
  await lease.confirm();
  const startMs = performance.now();
  await services.onAction?.('before', action, loaded.id);
  try {
    await guardChanges(() => lease.confirm(), () => performWithValidCertificate(context, action));
    await services.onAction?.('after', action, loaded.id);
  } finally {
    services.log.debug({ lb: loaded.id, action: action.id, ms: Math.round((performance.now() - startMs) * 10) / 10 }, 'An action ended');
  }
}

/** An action may be done twice: first it finds out that the agent's certificate is no good. */
async function performWithValidCertificate(context: RunContext, action: Action): Promise<void> {
  try {
    await perform(context, action);
  } catch (error) {
    const amphoraId = amphoraOf(action);
    if (!(error instanceof AgentCertificateOutOfTime) || amphoraId === null) throw error;
    await renewAgentCertificate(context, amphoraId);
    await perform(context, action);
  }
}

/** One silent amphora of a pair is tolerable, all of them are not. */
function rejectWhenNobodyServes({ tolerated, done }: RunOutcome, hasListeners: boolean): void {
  const first = tolerated.find(({ action }) => leavesOut(action));
  const someoneServes = [...done].some((id) => id.startsWith('startListeners:'));
  if (first !== undefined && hasListeners && !someoneServes) throw new ActionFailed(first.action, first.reason);
}
