import { isOctaviaProvider } from './find-work.ts';
import { loadGraph } from '../store/load-balancer-graph.ts';
import { LeaseLost, releaseLease, renewLease, takeLease } from '../store/leases.ts';
import { listRequests, type WorkRequest } from '../store/requests.ts';
import type { LoadBalancerGraph } from '../model/graph.ts';
import { judge } from './failure.ts';
import type { WorkerMemory } from './memory.ts';
import { observe } from './observe.ts';
import { perform } from './perform.ts';
import { amphoraOf, type Action } from './plan/action.ts';
import { decideAmphorae } from './plan/amphora-set.ts';
import { plan } from './plan/plan.ts';
import { ActionFailed, runActions, type RunOutcome } from './run-actions.ts';
import { RunContext, type Services } from './run-context.ts';
import { isPending, objectsOf } from './settle/objects.ts';
import { settleFailure, settleSuccess } from './settle/settle.ts';

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
  const opened = await open(services, loadBalancerId, options);
  if (opened === null) return 'elsewhere';
  if (opened.graph === null) {
    await services.store.transaction((trx) => releaseLease(trx, loadBalancerId, opened.fence));
    return 'idle';
  }
  const stop = new AbortController();
  const endRenewal = keepLease(services, loadBalancerId, opened.fence, stop);
  try {
    return await run(services, memory, { ...opened, graph: opened.graph }, AbortSignal.any([options.signal, stop.signal]));
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
    memory.forget(loadBalancerId);
    services.log.warn({ lb: loadBalancerId }, 'Another worker took a load balancer over');
    return 'overtaken';
  } finally {
    endRenewal();
  }
}

interface Opened {
  readonly fence: number;
  /** Null when there is nothing to do. */
  readonly graph: LoadBalancerGraph | null;
  readonly requests: readonly WorkRequest[];
  readonly failedBefore: number;
  /** The last run failed or its process died. */
  readonly isSuspicious: boolean;
  readonly isTopologyNew: boolean;
}

/** One transaction: the lease and one consistent picture. Null when the lease is not to be had. */
async function open(services: Services, loadBalancerId: string, options: ReconcileOptions): Promise<Opened | null> {
  const settings = services.settings();
  return services.store.transaction(async (trx) => {
    const former = await trx.selectFrom('ts_lease').select(['owner', 'attempts']).where('load_balancer_id', '=', loadBalancerId).executeTakeFirst();
    const lease = await takeLease(trx, { loadBalancerId, owner: options.owner, ttlSeconds: settings.leaseTtlSeconds, ignoreBackOff: options.ignoreBackOff });
    if (lease.kind !== 'taken') return null;
    const graph = await loadGraph(trx, loadBalancerId);
    const requests = graph === null ? [] : await listRequests(trx, loadBalancerId);
    const failedBefore = former?.attempts ?? 0;
    const hasWork = graph !== null && isOctaviaProvider(graph.provider) && needsWork(graph, requests, failedBefore);
    const decided = graph === null ? null : withTopology(graph, settings.defaultTopology);
    return {
      fence: lease.fence, graph: hasWork ? decided : null, requests, failedBefore,
      isSuspicious: failedBefore > 0 || (former?.owner ?? null) !== null,
      isTopologyNew: decided !== null && decided.topology !== graph?.topology,
    };
  });
}

function needsWork(graph: LoadBalancerGraph, requests: readonly WorkRequest[], failedBefore: number): boolean {
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

async function run(services: Services, memory: WorkerMemory, opened: Opened & { graph: LoadBalancerGraph }, signal: AbortSignal): Promise<ReconcileResult> {
  const { graph, requests, fence, failedBefore, isSuspicious, isTopologyNew } = opened;
  const known = memory.open(graph.id, fence);
  const observed = await observe(graph, known, isSuspicious || requests.length > 0, services);
  const freshIds = services.identities.takeIds(2);
  const { kept, missing } = decideAmphorae(graph, requests, observed, freshIds);
  services.identities.giveBack(freshIds.filter((id) => !missing.some((amphora) => amphora.id === id)));
  const context = new RunContext({ services, loaded: graph, requests, fence, memory: known, signal, trustsChecksums: !isSuspicious, isTopologyNew }, kept);
  const actions = plan({ graph, requests, observed, freshIds, antiAffinity: services.settings().antiAffinity });
  try {
    const outcome = await runActions(actions, (action) => timed(context, action), signal);
    rejectWhenNobodyServes(outcome, actions.some(({ kind }) => kind === 'startListeners'));
    const isWhole = await settleSuccess(context, outcome.tolerated, judge(outcome.tolerated[0]?.reason, failedBefore, false, Math.random()));
    for (const { action } of outcome.tolerated) known.amphorae.delete(amphoraOf(action) ?? '');
    if (graph.provisioningStatus === 'PENDING_DELETE') memory.forget(graph.id);
    return isWhole ? 'settled' : 'overtaken';
  } catch (error) {
    memory.forget(graph.id);
    if (error instanceof LeaseLost || signal.aborted) throw signal.reason instanceof LeaseLost ? signal.reason : error;
    await settleFailure(context, error, judge(error, failedBefore, graph.provisioningStatus === 'PENDING_DELETE', Math.random()));
    return 'failed';
  }
}

async function timed(context: RunContext, action: Action): Promise<void> {
  const startMs = performance.now();
  try {
    await perform(context, action);
  } finally {
    context.services.log.debug({ lb: context.loaded.id, action: action.id, ms: Math.round((performance.now() - startMs) * 10) / 10 }, 'An action ended');
  }
}

/** One silent amphora of a pair is tolerable, all of them are not. */
function rejectWhenNobodyServes({ tolerated, done }: RunOutcome, hasListeners: boolean): void {
  const first = tolerated.find(({ action }) => action.tolerate === 'unreachable');
  const someoneServes = [...done].some((id) => id.startsWith('startListeners:'));
  if (first !== undefined && hasListeners && !someoneServes) throw new ActionFailed(first.action, first.reason);
}

/** Prolongs the lease while the run lasts; aborts it when somebody else has taken over. */
function keepLease(services: Services, loadBalancerId: string, fence: number, stop: AbortController): () => void {
  const { leaseTtlSeconds } = services.settings();
  const timer = setInterval(() => {
    services.store.transaction((trx) => renewLease(trx, loadBalancerId, fence, leaseTtlSeconds)).catch((error: unknown) => {
      // A database that is away for a moment does not end the run; the fence guards every write anyway.
      if (error instanceof LeaseLost) stop.abort(error);
    });
  }, (leaseTtlSeconds * 1000) / 3);
  return () => clearInterval(timer);
}
