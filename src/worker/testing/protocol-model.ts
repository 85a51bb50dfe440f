import { OctaviaError } from '../../lib/errors.ts';
import type { ProvisioningStatus } from '../../model/enums.ts';
import type { LoadBalancerGraph, Pool } from '../../model/graph.ts';
import { judge } from '../failure.ts';
import { isSuspicious, needsWork } from '../reconcile.ts';
import { failureOutcome, successOutcome, type Outcome } from '../settle/outcome.ts';
import { modelLease, type ModelLease } from './lease-model.ts';

/** Rules of the protocol that can be switched off, to see that the explorer notices. */
export interface Rules {
  /** Writes to the database ask for the fence. */
  readonly fenced: boolean;
  /** Actions outside the database ask whether the lease is still ours. */
  readonly confirmed: boolean;
  /** Work that was broken off is handed over as such. */
  readonly owned: boolean;
  /** What an agent holds is believed to run only after a clean end. */
  readonly suspicious: boolean;
}
export const ALL_RULES: Rules = { fenced: true, confirmed: true, owned: true, suspicious: true };

interface Run {
  readonly step: 'push' | 'load' | 'settle';
  readonly fence: number;
  readonly status: ProvisioningStatus;
  readonly pool: ProvisioningStatus | 'gone';
  readonly version: number;
  readonly failedBefore: number;
  readonly isDoubtful: boolean;
}

interface WorkerState {
  readonly run: Run | null;
  readonly wake: 'none' | 'swept' | 'asked';
  /** Version that it knows to run, and the fence under which it learned so. */
  readonly memory: { readonly version: number; readonly fence: number } | null;
}

export interface State {
  readonly status: ProvisioningStatus;
  readonly pool: ProvisioningStatus | 'gone';
  /** Changes accepted so far; the last of them is a deletion. */
  readonly accepted: number;
  readonly isCastUnderWay: boolean;
  readonly lease: ModelLease | null;
  readonly workers: readonly [WorkerState, WorkerState];
  /** What the amphora holds and what it runs; null when it is gone. */
  readonly amphora: { readonly held: number; readonly runs: number } | null;
}

/** `progress` is what a healthy system does by itself; `fault` what happens to it; `user` what it is asked for. */
export interface Step { readonly name: string; readonly kind: 'progress' | 'fault' | 'user'; readonly to: State }

export const CHANGES = 3;
const IDLE: WorkerState = { run: null, wake: 'none', memory: null };
export const START: State = {
  status: 'ACTIVE', pool: 'ACTIVE', accepted: 0, isCastUnderWay: false, lease: null, workers: [IDLE, IDLE], amphora: { held: 0, runs: 0 },
};

/** Everything that can happen next. */
export function stepsFrom(state: State, rules: Rules): Step[] {
  return [...userSteps(state), ...worldSteps(state), ...([0, 1] as const).flatMap((index) => workerSteps(state, index, rules))];
}

function userSteps(state: State): Step[] {
  const isDeletion = state.accepted === CHANGES - 1;
  const isAllowed = state.accepted < CHANGES && (state.status === 'ACTIVE' || (isDeletion && state.status === 'ERROR'));
  if (!isAllowed) return [];
  const changed = isDeletion ? { status: 'PENDING_DELETE' as const } : { status: 'PENDING_UPDATE' as const, pool: 'PENDING_UPDATE' as const };
  return [{ name: isDeletion ? 'delete' : 'change', kind: 'user', to: { ...state, ...changed, accepted: state.accepted + 1, isCastUnderWay: true } }];
}

function worldSteps(state: State): Step[] {
  const steps: Step[] = [];
  const isAlive = state.workers.some(({ run }) => run !== null && run.fence === state.lease?.fence);
  if (state.isCastUnderWay) steps.push({ name: 'the cast is lost', kind: 'fault', to: { ...state, isCastUnderWay: false } });
  // A lease of somebody who works runs out only when that process stands still; of a dead one it always does.
  if (state.lease?.owner !== null && state.lease?.isExpired === false) steps.push({ name: 'the lease runs out', kind: isAlive ? 'fault' : 'progress', to: { ...state, lease: modelLease.expire(state.lease) } });
  if (state.lease?.isBackingOff === true) steps.push({ name: 'the back-off ends', kind: 'progress', to: { ...state, lease: modelLease.endBackOff(state.lease) } });
  return steps;
}

function workerSteps(state: State, index: 0 | 1, rules: Rules): Step[] {
  const worker = state.workers[index];
  const steps: Step[] = [];
  const add = (name: string, kind: Step['kind'], to: State): void => void steps.push({ name: `${name} (worker ${index})`, kind, to });
  if (state.isCastUnderWay) add('takes the cast', 'progress', setWorker({ ...state, isCastUnderWay: false }, index, { ...worker, wake: 'asked' }));
  if (worker.wake === 'none' && modelLease.isFound(state.status, false, state.lease)) add('sweeps', 'progress', setWorker(state, index, { ...worker, wake: 'swept' }));
  if (worker.run === null && worker.wake !== 'none') add('opens', 'progress', open(state, index, rules));
  if (worker.run !== null) {
    add(worker.run.step, 'progress', proceed(state, index, worker.run, rules));
    if (worker.run.step !== 'settle') for (const isPassing of [true, false]) add(isPassing ? 'fails for the moment' : 'fails', 'fault', fail(state, index, worker.run, isPassing, rules));
  }
  if (worker.run !== null || worker.wake !== 'none' || worker.memory !== null) {
    const dead = state.lease?.owner === String(index) ? { ...state.lease, owner: 'dead' } : state.lease;
    add('is killed', 'fault', setWorker({ ...state, lease: dead }, index, IDLE));
    const left = modelLease.giveBackAll(state.lease, String(index));
    const drained = left?.owner === String(index) ? (rules.owned ? { ...left, owner: 'dead' } : { ...left, owner: null }) : left;
    add('is told to stop', 'fault', setWorker({ ...state, lease: drained }, index, IDLE));
  }
  return steps;
}

function open(state: State, index: 0 | 1, rules: Rules): State {
  const worker = { ...state.workers[index], wake: 'none' as const };
  const taken = modelLease.take(state.lease, String(index), state.workers[index].wake === 'asked');
  if (taken.kind !== 'taken' || taken.lease === null) return setWorker(state, index, worker);
  const fence = taken.lease.fence;
  const failedBefore = patienceOf(state);
  if (!needsWork(graphOf(state), [], failedBefore)) return setWorker({ ...state, lease: modelLease.release(taken.lease, fence) }, index, worker);
  // As WorkerMemory does: only what the run before this one left is believed.
  const isFresh = worker.memory?.fence === fence - 1;
  const run: Run = { step: 'push', fence, status: state.status, pool: state.pool, version: state.accepted, failedBefore, isDoubtful: rules.suspicious && isSuspicious(state.lease) };
  return setWorker({ ...state, lease: taken.lease }, index, { ...worker, run, memory: isFresh && worker.memory !== null ? { ...worker.memory, fence } : null });
}

/** Patience is all there or nearly used up: what lies between changes nothing but the count. */
function patienceOf({ lease, status }: State): number {
  if ((lease?.attempts ?? 0) === 0) return 0;
  return status === 'PENDING_DELETE' ? 7 : 2;
}

function proceed(state: State, index: 0 | 1, run: Run, rules: Rules): State {
  if (run.step === 'settle') return settle(state, index, run, successOutcome(graphOf(run)), { rules, failure: null });
  let lease = state.lease;
  if (rules.confirmed && lease?.isExpired === true) {
    lease = modelLease.renew(lease, run.fence);
    if (lease === null) return overtaken(state, index);
  }
  // Not expired and not ours: somebody took over after our time had run out, which is when we ask.
  if (rules.confirmed && !modelLease.isCurrent(lease, run.fence)) return overtaken(state, index);
  return act({ ...state, lease }, index, run);
}

/** pushHaproxy and startListeners, or removeAmphora. */
function act(state: State, index: 0 | 1, run: Run): State {
  const worker = state.workers[index];
  const next = (amphora: State['amphora'], step: Run['step'], version: number | null): State =>
    setWorker({ ...state, amphora }, index, { ...worker, run: { ...run, step }, memory: version === null ? worker.memory : { version, fence: run.fence } });
  if (run.status === 'PENDING_DELETE') return next(null, 'settle', null);
  if (state.amphora === null) return next({ held: run.version, runs: run.version }, 'settle', run.version);
  if (run.step === 'load') return next({ ...state.amphora, runs: state.amphora.held }, 'settle', run.version);
  if (worker.memory?.version === run.version) return next(state.amphora, 'settle', null);
  if (worker.memory === null && !run.isDoubtful && state.amphora.held === run.version) return next(state.amphora, 'settle', run.version);
  return next({ ...state.amphora, held: run.version }, 'load', null);
}

function fail(state: State, index: 0 | 1, run: Run, isPassing: boolean, rules: Rules): State {
  const error = isPassing ? new Error('away') : new OctaviaError('refused', 'no', { retry: 'wait' });
  const verdict = judge(error, run.failedBefore, run.status === 'PENDING_DELETE', 0.5);
  const outcome = verdict.isFinal ? failureOutcome(graphOf(run), false) : null;
  return settle(state, index, run, outcome, { rules, failure: { isFinal: verdict.isFinal } });
}

function settle(state: State, index: 0 | 1, run: Run, outcome: Outcome | null, { rules, failure }: { rules: Rules; failure: { isFinal: boolean } | null }): State {
  if (rules.fenced && !modelLease.isCurrent(state.lease, run.fence)) return overtaken(state, index);
  const isUnchanged = state.status === run.status;
  const change = outcome?.changes.find(({ from }) => from === state.pool);
  const pool = outcome !== null && outcome.deleted.some(({ table }) => table === 'pool') ? 'gone' : (change?.to ?? state.pool);
  const status = outcome !== null && isUnchanged ? outcome.loadBalancerStatus : state.status;
  const isGivenUp = failure?.isFinal === true && run.status === 'PENDING_DELETE';
  const lease = failure === null || isGivenUp ? modelLease.release(state.lease, run.fence) : modelLease.recordFailure(state.lease, run.fence, isUnchanged);
  const worker = state.workers[index];
  return setWorker({ ...state, pool, status, lease }, index, {
    run: null, memory: failure === null ? worker.memory : null, wake: isUnchanged ? worker.wake : 'asked',
  });
}

function overtaken(state: State, index: 0 | 1): State {
  return setWorker(state, index, { run: null, memory: null, wake: 'asked' });
}

function setWorker(state: State, index: 0 | 1, worker: WorkerState): State {
  return { ...state, workers: index === 0 ? [worker, state.workers[1]] : [state.workers[0], worker] };
}

/** As much of a graph as the settling rules look at. */
function graphOf({ status, pool }: { status: ProvisioningStatus; pool: ProvisioningStatus | 'gone' }): LoadBalancerGraph {
  const pools = pool === 'gone' ? [] : [{ id: 'pool', enabled: true, provisioningStatus: pool, members: [], healthMonitor: null } as Partial<Pool> as Pool];
  return { id: 'lb', provisioningStatus: status, listeners: [], pools, amphorae: [] } as Partial<LoadBalancerGraph> as LoadBalancerGraph;
}

/** One name for all states from which the same can happen: fences only grow, and it is all the same which worker is which. */
export function keyOf(state: State, rules: Rules): string {
  const [one, other] = [keyWith(state, [0, 1], rules), keyWith(state, [1, 0], rules)];
  return one < other ? one : other;
}

function keyWith(state: State, order: readonly [0 | 1, 0 | 1], rules: Rules): string {
  const fence = state.lease?.fence ?? 0;
  // With the rules in force a run that was overtaken can do one thing only.
  const isHarmless = rules.fenced && rules.confirmed;
  const workers = order.map((index) => {
    const { run, wake, memory } = state.workers[index];
    const known = memory?.fence === fence ? memory.version : null;
    if (run === null) return [wake, known];
    if (run.fence !== fence) return isHarmless ? [wake, 'overtaken'] : [wake, memory?.version, run.step, 'overtaken', run.status, run.pool, run.version, run.isDoubtful];
    return [wake, known, run.step, run.status, run.pool, run.version, run.isDoubtful, run.failedBefore > 0];
  });
  const owner = state.lease?.owner === String(order[0]) ? 0 : state.lease?.owner === String(order[1]) ? 1 : state.lease?.owner;
  const lease = state.lease && [owner, state.lease.isExpired, state.lease.isBackingOff, state.lease.attempts > 0];
  return JSON.stringify([state.status, state.pool, state.accepted, state.isCastUnderWay, lease, workers, state.amphora]);
}
