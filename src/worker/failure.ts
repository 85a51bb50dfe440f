import { OctaviaError, reasonOf } from '../lib/errors.ts';
import { ActionFailed } from './run-actions.ts';

/** What to do about a failed run. */
export interface Verdict {
  /** False while it is worth trying again before anybody is told. */
  readonly isFinal: boolean;
  readonly retryInSeconds: number;
  /** Failures in a row, this one with them. */
  readonly attempts: number;
  /** `step: sentence`, for the lease and the event. */
  readonly reason: string;
}

/** Failures in a row until a passing cause counts as lasting. Deletion is patient: nobody needs the answer. */
const ATTEMPTS = 3;
const DELETE_ATTEMPTS = 8;

/**
 * Failures that count against what is pending now. So many would have ended its own attempts: they were those of something
 * that is no longer pending, as of an amphora that stays silent.
 */
export function failuresOfPending(failedBefore: number, isDelete: boolean): number {
  return failedBefore >= (isDelete ? DELETE_ATTEMPTS : ATTEMPTS) ? 0 : failedBefore;
}

/**
 * Judges a failure. Agents that stay silent have been tried for as long as the operator configured already, and causes
 * that lie outside (`wait`, `fatal`) do not pass within seconds. `random` is in [0, 1).
 */
export function judge(error: unknown, failedBefore: number, isDelete: boolean, random: number): Verdict {
  const isPassing = !(error instanceof OctaviaError) || (error.retry === 'retry' && error.code !== 'amphora-unreachable');
  const attempts = failedBefore + 1;
  const isFinal = isDelete ? attempts >= DELETE_ATTEMPTS : !isPassing || attempts >= ATTEMPTS;
  const [base, cap] = isPassing ? [1, 60] : [10, 300];
  const pauseSeconds = Math.min(cap, base * 2 ** Math.min(failedBefore, 10));
  const step = error instanceof ActionFailed ? `${error.action.kind}: ` : '';
  return { isFinal, attempts, retryInSeconds: Math.max(1, Math.round(pauseSeconds * (0.75 + random / 2))), reason: `${step}${reasonOf(error)}` };
}
