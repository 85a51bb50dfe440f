import type { Rollout, Step, StepFacts } from '../../store/rollouts/rollout.ts';

export type Decision =
  | { readonly kind: 'begin'; readonly step: Step }
  | { readonly kind: 'soak'; readonly step: Step }
  | { readonly kind: 'finish'; readonly step: Step }
  | { readonly kind: 'skip'; readonly step: Step; readonly reason: string }
  | { readonly kind: 'fail'; readonly step: Step; readonly reason: string }
  | { readonly kind: 'complete' };

/** A step that takes longer has failed: boots may take amp_active_retries x amp_active_wait_sec, 5 minutes by default. */
const STEP_TIMEOUT_MS = 30 * 60_000;

/** Waiting steps that one look considers; load balancers that are busy for long hold up no more than these. */
export const WINDOW = 200;

/**
 * What comes next in a rollout: settles steps under way, and begins others within canary, rate and parallelism. Pure; a
 * failure comes alone, because it halts. Steps under way are settled in every state, new ones begin only while it runs.
 */
export function decideRollout(rollout: Rollout, steps: readonly Step[], factsOf: (step: Step) => StepFacts, nowMs: number): readonly Decision[] {
  const decisions: Decision[] = [];
  const ended = new Set<Step>();
  for (const step of steps) {
    const decision = step.state === 'started' ? settleStarted(rollout, step, factsOf(step), nowMs) : step.state === 'soaking' ? settleSoaking(rollout, step, factsOf(step), nowMs) : null;
    if (decision === null) continue;
    if (decision.kind === 'fail') return [...decisions, decision];
    decisions.push(decision);
    ended.add(step);
  }
  if (rollout.state !== 'running') return decisions;
  const waiting = steps.filter(({ state }) => state === 'waiting').slice(0, WINDOW);
  const isOver = steps.every((step) => step.state === 'done' || step.state === 'skipped' || step.state === 'failed');
  if (isOver) return [...decisions, { kind: 'complete' }];
  const canariesPending = steps.some((step) => step.isCanary && step.state !== 'done' && step.state !== 'skipped');
  const recent = steps.filter(({ startedAtMs }) => startedAtMs !== null && startedAtMs > nowMs - 60_000).length;
  const busy = new Set(steps.filter(({ state }) => state === 'started' || state === 'soaking').map(({ loadBalancerId }) => loadBalancerId));
  let room = Math.min(rollout.parallel - steps.filter((step) => step.state === 'started' && !ended.has(step)).length, rollout.perMinute - recent);
  for (const step of waiting) {
    if (room <= 0) break;
    if (canariesPending && !step.isCanary) continue;
    const verdict = beginnable(rollout, step, factsOf(step));
    if (verdict === 'later' || (step.loadBalancerId !== null && busy.has(step.loadBalancerId))) continue;
    if (verdict !== 'now') {
      decisions.push({ kind: 'skip', step, reason: verdict.skip });
      continue;
    }
    decisions.push({ kind: 'begin', step });
    busy.add(step.loadBalancerId);
    room -= 1;
  }
  return decisions;
}

function beginnable(rollout: Rollout, step: Step, facts: StepFacts): 'now' | 'later' | { readonly skip: string } {
  if (facts.amphoraStatus === null || facts.amphoraStatus === 'DELETED' || facts.amphoraStatus === 'PENDING_DELETE') return { skip: 'it is gone' };
  if (rollout.imageId !== null && facts.amphoraImageId === rollout.imageId) return { skip: 'it has the image already' };
  if (step.loadBalancerId === null) return facts.amphoraStatus === 'READY' ? 'now' : { skip: `it is ${facts.amphoraStatus}` };
  if (facts.provisioningStatus === null || facts.provisioningStatus === 'DELETED' || facts.provisioningStatus === 'PENDING_DELETE') return { skip: 'its load balancer is gone' };
  if (facts.provisioningStatus === 'ERROR') return { skip: 'its load balancer was in ERROR before' };
  // Nobody may be at work on it, and whoever replaces it boots what is new.
  if (facts.provisioningStatus === 'ACTIVE' && facts.amphoraStatus === 'ERROR') return { skip: 'it is in ERROR' };
  return facts.provisioningStatus === 'ACTIVE' && facts.amphoraStatus === 'ALLOCATED' ? 'now' : 'later';
}

function settleStarted(rollout: Rollout, step: Step, facts: StepFacts, nowMs: number): Decision | null {
  const isGone = facts.amphoraStatus === null || facts.amphoraStatus === 'DELETED';
  const loadBalancerGone = step.loadBalancerId !== null && (facts.provisioningStatus === null || facts.provisioningStatus === 'DELETED');
  if (loadBalancerGone) return { kind: 'skip', step, reason: 'its load balancer was deleted meanwhile' };
  if (facts.provisioningStatus === 'ERROR') return { kind: 'fail', step, reason: 'the load balancer went into ERROR' };
  if (nowMs - (step.startedAtMs ?? nowMs) > STEP_TIMEOUT_MS) return { kind: 'fail', step, reason: `it was not done after ${STEP_TIMEOUT_MS / 60_000} minutes` };
  const isSettled = !facts.isWished && (step.loadBalancerId === null || facts.provisioningStatus === 'ACTIVE');
  if (!isSettled || (rollout.kind === 'failover' && !isGone && step.loadBalancerId === null)) return null;
  // Its successor serves, and the worker tries again to clear it away.
  if (rollout.kind === 'failover' && facts.amphoraStatus === 'PENDING_DELETE') return null;
  if (rollout.kind === 'failover' && !isGone) return { kind: 'fail', step, reason: 'the amphora was not replaced' };
  const wrong = rollout.kind === 'failover' && rollout.imageId !== null ? facts.newImageIds.find((image) => image !== null && image !== rollout.imageId) : undefined;
  if (wrong !== undefined) return { kind: 'fail', step, reason: `the new amphora booted image ${String(wrong)} instead of ${String(rollout.imageId)}: does it have the tag [controller_worker] amp_image_tag?` };
  return { kind: 'soak', step };
}

const GOOD = ['ONLINE', 'NO_MONITOR', 'DRAINING'];

/** Operating statuses need some heartbeats to settle, so they are judged at the end; ERROR of the load balancer counts at once. */
function settleSoaking(rollout: Rollout, step: Step, facts: StepFacts, nowMs: number): Decision | null {
  const loadBalancerGone = step.loadBalancerId !== null && (facts.provisioningStatus === null || facts.provisioningStatus === 'DELETED');
  if (loadBalancerGone) return { kind: 'finish', step };
  if (facts.provisioningStatus === 'ERROR') return { kind: 'fail', step, reason: 'the load balancer went into ERROR while it was watched' };
  if (nowMs - (step.endedAtMs ?? nowMs) < rollout.soakSeconds * 1000) return null;
  const was = step.operatingBefore;
  const is = facts.operatingStatus;
  const isWorse = was !== null && is !== null && GOOD.includes(was) && !GOOD.includes(is);
  return isWorse ? { kind: 'fail', step, reason: `the operating status of the load balancer was ${was} and is ${is}` } : { kind: 'finish', step };
}
