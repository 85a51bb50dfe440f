import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ComputeHostUnreachable } from '../../drivers/errors.ts';
import { toSqlDatetime } from '../../lib/clock.ts';
import { reasonOf } from '../../lib/errors.ts';
import type { Trx } from '../../store/database.ts';
import { DatabaseConflict, DatabaseUnavailable } from '../../store/errors.ts';
import { appendEvents, type NewEvent } from '../../store/events.ts';
import { rememberDeletions } from '../../store/failed-deletions.ts';
import { assertFence, isReleased, recordFailure, releaseLease } from '../../store/leases.ts';
import { removeRequests } from '../../store/requests.ts';
import { rememberCreation } from '../../store/untold-creations.ts';
import type { Verdict } from '../failure.ts';
import { signaturesOf } from '../memory.ts';
import { amphoraOf, leavesOut } from '../plan/action.ts';
import { isRunning } from '../plan/amphora-set.ts';
import { ActionFailed, type Tolerated } from '../run-actions.ts';
import type { RunContext } from '../run-context.ts';
import { listenersWithout, NO_TLS_MATERIAL } from '../tls-material.ts';
import { changedObjects, deletedObjects, failureOutcome, successOutcome } from './outcome.ts';
import { hasChanged } from './has-changed.ts';
import { writeInfrastructure } from './write-infrastructure.ts';
import { hasStatus, writeOutcome } from './write-outcome.ts';

/**
 * Everything that had to be done is done: one transaction says so and gives the lease back. What was tolerated is tried
 * again later. False when the load balancer was changed meanwhile and needs another look. Throws LeaseLost.
 */
export async function settleSuccess(context: RunContext, tolerated: readonly Tolerated[], verdict: Verdict): Promise<boolean> {
  const { loaded, fence } = context;
  const outcome = successOutcome(loaded, listenersWithout(context.tls ?? NO_TLS_MATERIAL, loaded));
  let isMerged = false;
  const isWhole = await settle(context, async (trx, now) => {
    await writeInfrastructure(trx, context, now, true);
    isMerged = context.services.settings().mergesChanges && (await hasChanged(trx, loaded));
    // All of it stays PENDING for the next look, which has the rest as well.
    const unchanged = !isMerged && (await writeOutcome(trx, loaded, outcome, now));
    await removeRequests(trx, [...fulfilled(context, tolerated), ...(isMerged ? [] : context.untold.map(({ id }) => id))]);
    await appendEvents(trx, [...successEvents(context), ...tolerated.map(({ action, reason }) => failureEvent(context, action.kind, amphoraOf(action), reasonOf(reason)))]);
    // The lease of a deleted one stays until it is purged: fences must not begin anew while somebody may hold an old one.
    if (tolerated.length > 0) await recordFailure(trx, loaded.id, fence, verdict);
    else await releaseLease(trx, loaded.id, fence);
    return unchanged;
  });
  if (!isMerged) announce(context);
  // What a silent amphora has missed is not as it should be.
  if (tolerated.some(({ action }) => leavesOut(action))) context.memory.parts.clear();
  else for (const [part, signature] of signaturesOf(context.graph)) context.memory.parts.set(part, signature);
  return isWhole;
}

/** Ids of wishes that the run has fulfilled; the configuration of an agent that stayed silent still waits. */
function fulfilled({ requests, consumedRequestIds }: RunContext, tolerated: readonly Tolerated[]): string[] {
  const silent = new Set(tolerated.filter(({ action }) => leavesOut(action)).map(({ action }) => amphoraOf(action)));
  return requests.filter(({ kind, amphoraId }) => kind !== 'configure_amphora' || !silent.has(amphoraId)).map(({ id }) => id).filter((id) => !consumedRequestIds.has(id));
}

/** As the original: for creations and deletions, and for updates of the load balancer itself, which failovers are not. */
function announce(context: RunContext): void {
  const { graph, services } = context;
  const event = eventOf(context);
  if (services.settings().notifications && event !== null) services.notifier?.notify(event, graph);
}

function eventOf(context: RunContext): 'create' | 'update' | 'delete' | null {
  const { loaded, untold } = context;
  if (loaded.provisioningStatus === 'PENDING_DELETE') return 'delete';
  if (loaded.provisioningStatus === 'PENDING_CREATE' || untold.length > 0) return 'create';
  const isOwn = loaded.provisioningStatus === 'PENDING_UPDATE' && changedObjects(loaded).length === 0;
  return isOwn && !isFailover(context) ? 'update' : null;
}

/** Also one that was cut off: its wish is gone since the amphora is marked. */
function isFailover({ requests, loaded }: RunContext): boolean {
  return requests.some(({ kind }) => kind.startsWith('failover')) || loaded.amphorae.some(({ status }) => status === 'PENDING_DELETE');
}

/**
 * A run failed: keeps what was made, notes the reason and the time of the next attempt, and sets statuses when that is
 * final. False when the load balancer was changed meanwhile and needs another look at once. Throws LeaseLost.
 */
export async function settleFailure(context: RunContext, error: unknown, verdict: Verdict): Promise<boolean> {
  const { loaded, fence, services } = context;
  const isReplacing = isFailover(context);
  const isDelete = loaded.provisioningStatus === 'PENDING_DELETE';
  condemnBroken(context, error, verdict.isFinal);
  services.log.error({ lb: loaded.id, reason: verdict.reason, final: verdict.isFinal, retryInSeconds: verdict.retryInSeconds }, 'Work on a load balancer failed');
  return settle(context, async (trx, now) => {
    await writeInfrastructure(trx, context, now, false);
    const isUnchanged = verdict.isFinal ? await writeOutcome(trx, loaded, failureOutcome(loaded, isReplacing), now) : await hasStatus(trx, loaded.id, loaded.provisioningStatus);
    const step = error instanceof ActionFailed ? error.action.kind : 'run';
    const blamed = isReplacing || loaded.provisioningStatus !== 'PENDING_UPDATE' ? [] : changedObjects(loaded);
    const objects = blamed.length > 0 ? blamed.map(({ table, id }) => ({ type: table, id })) : [{ type: 'load_balancer', id: loaded.id }];
    await appendEvents(trx, objects.map(({ type, id }) => ({ ...failureEvent(context, step, null, verdict.reason), objectType: type, objectId: id })));
    // The rows say ERROR now; that they were to go is not forgotten, and nothing brings them back to life.
    if (verdict.isFinal) await rememberDeletions(trx, loaded.id, isDelete ? [loaded.id] : deletedObjects(loaded));
    if (verdict.isFinal && loaded.provisioningStatus === 'PENDING_CREATE') await rememberCreation(trx, loaded.id);
    // What was asked for meanwhile does not wait for the back-off of something else.
    await recordFailure(trx, loaded.id, fence, isUnchanged ? verdict : { ...verdict, retryInSeconds: 0 });
    return isUnchanged;
  });
}

/** A new amphora that did not come up for as long as a boot may take, or whose host answers no more, is replaced by the next attempt. */
function condemnBroken(context: RunContext, error: unknown, isFinal: boolean): void {
  if (!(error instanceof ActionFailed)) return;
  const isStuck = error.action.kind === 'bootAmphora' && error.code === 'instance-failed';
  const isSilent = error.action.kind === 'awaitAgent' && error.code === 'amphora-unreachable';
  const isBroken = isStuck || (isFinal && (isSilent || error.reason instanceof ComputeHostUnreachable));
  const amphoraId = isBroken ? amphoraOf(error.action) : null;
  if (amphoraId !== null && !isRunning(context.amphora(amphoraId))) context.update(amphoraId, { status: 'ERROR' });
}

const MAX_PAUSE_MS = 5000;

/** Runs `write` under the fence, for as long as the database is away: statuses must not be left PENDING by an outage. True when it was written before. */
async function settle(context: RunContext, write: (trx: Trx, now: string) => Promise<boolean>): Promise<boolean> {
  const { store, clock, log } = context.services;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await store.transaction(async (trx) => {
        await assertFence(trx, context.loaded.id, context.fence);
        // A connection that breaks at the commit does not tell whether that was done; the lease, given back with it, does.
        if (attempt > 1 && (await isReleased(trx, context.loaded.id))) return true;
        return write(trx, toSqlDatetime(clock.now()));
      });
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable || error instanceof DatabaseConflict)) throw error;
      log.warn({ lb: context.loaded.id, attempt, reason: reasonOf(error) }, 'The end of a run could not be written, trying again');
      await sleep(Math.min(MAX_PAUSE_MS, attempt * 500), undefined, { signal: context.signal });
    }
  }
}

/** Ordinary changes are the API's to tell; here are those that nobody asked for in so many words. */
function successEvents(context: RunContext): NewEvent[] {
  const { loaded } = context;
  const base = { loadBalancerId: loaded.id, projectId: loaded.projectId, outcome: 'success' } as const;
  const replaced = [...context.removedIds].filter(() => loaded.provisioningStatus !== 'PENDING_DELETE')
    .map((id): NewEvent => ({ ...base, id: randomUUID(), objectType: 'amphora', objectId: id, action: 'replace' }));
  const healed: NewEvent[] = loaded.provisioningStatus === 'ERROR' ? [{ ...base, id: randomUUID(), objectType: 'load_balancer', objectId: loaded.id, action: 'heal' }] : [];
  return [...replaced, ...healed];
}

function failureEvent({ loaded }: RunContext, step: string, amphoraId: string | null, reason: string): NewEvent {
  return {
    id: randomUUID(), loadBalancerId: loaded.id, projectId: loaded.projectId, objectType: amphoraId === null ? 'load_balancer' : 'amphora',
    objectId: amphoraId ?? loaded.id, action: step, outcome: 'failure', reason,
  };
}
