import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../lib/clock.ts';
import { readRetryAfter } from './retry-after.ts';
import { errorCode } from './service-failure.ts';

/** Options of a configuration group (keystoneauth's names). */
export interface RetryOptions {
  /** Further tries when no connection could be made. @default 3 */
  readonly connect_retries?: number | null;
  /** Seconds before the first further try; doubled each time. @default 0.5 */
  readonly connect_retry_delay?: number | null;
  /** @default 3 */
  readonly status_code_retries?: number | null;
  readonly status_code_retry_delay?: number | null;
  /** @default ['503'] */
  readonly retriable_status_codes?: readonly (string | number)[] | null;
}

interface Call { readonly method: string; readonly accept?: readonly number[] }
interface Answer { readonly status: number; readonly headers: IncomingHttpHeaders }

/** What became of one attempt. */
export type Outcome<A extends Answer> = { readonly kind: 'answer'; readonly answer: A } | { readonly kind: 'error'; readonly error: unknown };

export interface Retry {
  readonly delayMs: number;
  /** The service itself named the pause. */
  readonly isTold: boolean;
}

/** For one call: whether and when it is tried again after this attempt. Null: give up. */
export type NextTry = (outcome: Outcome<Answer>) => Retry | null;

/** Nothing reached the service: trying again cannot do a thing twice. */
const NOT_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'];
/** The connection broke on the way: only calls that may be repeated are. */
const BROKEN = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_CLOSED'];
/** Limits of rate: the call was not carried out, whatever it was. */
const NOT_CARRIED_OUT = [413, 429];
/** Pauses that services ask for come to no more than this for one call. */
const LONGEST_TOLD_MS = 60_000;

/** How calls are tried again under these options. `Retry-After` lengthens a pause, never shortens it. */
export function retryPolicy(options: RetryOptions, clock: Clock): (call: Call) => NextTry {
  const statuses = (options.retriable_status_codes ?? ['503']).map(Number);
  const backoff = (seconds: number | null | undefined, attempt: number) => (seconds ?? 0.5) * 1000 * 2 ** attempt * (0.8 + Math.random() * 0.4);
  return (call) => {
    let attempt = -1;
    let toldMs = 0;
    const mayRepeat = call.method !== 'POST' && call.method !== 'PATCH';
    const afterAnswer = ({ status, headers }: Answer): Retry | null => {
      const askedMs = call.accept?.includes(status) === true ? null : readRetryAfter(headers['retry-after'], clock.now());
      const isAsked = askedMs !== null && (NOT_CARRIED_OUT.includes(status) || (status === 503 && mayRepeat));
      if ((!isAsked && !statuses.includes(status)) || attempt >= (options.status_code_retries ?? 3)) return null;
      const ownMs = backoff(options.status_code_retry_delay, attempt);
      if (askedMs === null) return { delayMs: ownMs, isTold: false };
      const delayMs = Math.max(askedMs, ownMs);
      toldMs += delayMs;
      return toldMs > LONGEST_TOLD_MS ? null : { delayMs, isTold: true };
    };
    return (outcome) => {
      attempt += 1;
      if (outcome.kind === 'answer') return afterAnswer(outcome.answer);
      const code = errorCode(outcome.error) ?? '';
      const isSafe = NOT_CONNECTED.includes(code) || (BROKEN.includes(code) && mayRepeat);
      return isSafe && attempt < (options.connect_retries ?? 3) ? { delayMs: backoff(options.connect_retry_delay, attempt), isTold: false } : null;
    };
  };
}
