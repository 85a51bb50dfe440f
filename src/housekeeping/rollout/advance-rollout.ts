import { randomUUID } from 'node:crypto';
import { toSqlDatetime, type Clock } from '../../lib/clock.ts';
import type { Store, Trx } from '../../store/database.ts';
import { addRequest } from '../../store/requests.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { decideRollout, WINDOW, type Decision } from './decide-rollout.ts';
import type { Rollout, Step, StepFacts } from '../../store/rollouts/rollout.ts';
import { lockOpenRollout, readFacts, readSteps, writeState, writeStep } from '../../store/rollouts/rollout-rows.ts';

export interface AdvanceOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Moves the open rollout on by what can be done now; returns how many steps changed. The rollout's row is locked, so any
 * number of housekeepers may do it. Workers find the wishes with their next look for work.
 */
export async function advanceRollout({ store, clock, log }: AdvanceOptions): Promise<number> {
  if ((await store.read.selectFrom('ts_rollout').select('id').where('state', 'in', ['running', 'paused', 'halted', 'aborted']).limit(1).executeTakeFirst()) === undefined) return 0;
  const done = await store.transaction(async (trx) => {
    const rollout = await lockOpenRollout(trx);
    if (rollout === null) return { rollout, decisions: [] };
    const steps = await readSteps(trx, rollout.id);
    const factsOf = await readFacts(trx, rollout, [...steps.filter(isUnderWay), ...steps.filter(({ state }) => state === 'waiting').slice(0, WINDOW)]);
    const decisions = decideRollout(rollout, steps, factsOf, clock.now());
    for (const decision of decisions) await carryOut(trx, rollout, decision, factsOf, clock.now());
    // Aborted, and nothing of it is under way any more.
    if (rollout.state === 'aborted' && !steps.some(isUnderWay)) await writeState(trx, rollout.id, 'done', 'aborted', clock.now());
    return { rollout, decisions };
  });
  for (const decision of done.decisions) tell(log, done.rollout, decision);
  return done.decisions.length;
}

const isUnderWay = ({ state }: Step): boolean => state === 'started' || state === 'soaking';

async function carryOut(trx: Trx, rollout: Rollout, decision: Decision, factsOf: (step: Step) => StepFacts, nowMs: number): Promise<void> {
  const now = toSqlDatetime(nowMs);
  switch (decision.kind) {
    case 'begin': return begin(trx, rollout, decision.step, factsOf(decision.step), now);
    case 'soak': return writeStep(trx, rollout.id, decision.step, { state: 'soaking', ended_at: now });
    case 'finish': return writeStep(trx, rollout.id, decision.step, { state: 'done' });
    case 'skip': return writeStep(trx, rollout.id, decision.step, { state: 'skipped', ended_at: now, reason: decision.reason });
    case 'fail':
      await writeStep(trx, rollout.id, decision.step, { state: 'failed', ended_at: now, reason: decision.reason });
      if (rollout.state === 'running' || rollout.state === 'paused') await writeState(trx, rollout.id, 'halted', `amphora ${decision.step.amphoraId}: ${decision.reason}`, nowMs);
      return;
    case 'complete': return writeState(trx, rollout.id, 'done', null, nowMs);
    default: decision satisfies never;
  }
}

/** An ordinary failover or configuration, as the API would ask for it. */
async function begin(trx: Trx, rollout: Rollout, step: Step, facts: StepFacts, now: string): Promise<void> {
  const { amphoraId, loadBalancerId } = step;
  if (rollout.kind === 'failover' && loadBalancerId !== null) {
    const locked = await trx.updateTable('load_balancer').set({ provisioning_status: 'PENDING_UPDATE', updated_at: now })
      .where('id', '=', loadBalancerId).where('provisioning_status', '=', 'ACTIVE').executeTakeFirstOrThrow();
    // Somebody changes it just now: its turn comes with the next look.
    if (locked.numUpdatedRows === 0n) return;
  }
  await addRequest(trx, { id: randomUUID(), kind: rollout.kind === 'failover' ? 'failover_amphora' : 'configure_amphora', loadBalancerId, amphoraId });
  await writeStep(trx, rollout.id, step, { state: 'started', started_at: now, operating_before: facts.operatingStatus });
}

function tell(log: Logger, rollout: Rollout | null, decision: Decision): void {
  const fields = { rollout: rollout?.id, ...('step' in decision && { amphora: decision.step.amphoraId, lb: decision.step.loadBalancerId }), ...('reason' in decision && { reason: decision.reason }) };
  if (decision.kind === 'fail') log.error(fields, 'A step of the rollout failed; it halts');
  else if (decision.kind === 'complete') log.info(fields, 'The rollout is complete');
  else log.info({ ...fields, step: decision.kind }, 'The rollout goes on');
}
