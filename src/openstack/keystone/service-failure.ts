import { DriverFailure } from '../../drivers/errors.ts';
import { reasonOf } from '../../lib/errors.ts';

export interface ServiceFailureDetails {
  readonly status: number | null;
  readonly reason: string;
  /** X-OpenStack-Request-ID of the answer: what the service's own log calls it. */
  readonly requestId?: string | null;
  readonly body?: unknown;
  readonly cause?: unknown;
  /** The service said when to come again. */
  readonly isPassing?: boolean;
}

/** Statuses below 500 that pass by themselves; a conflict is one with the state something has just now. */
const PASSING = [401, 408, 409, 429];

/** A call to an OpenStack service that failed; `status` is null when no answer came. */
export class ServiceFailure extends DriverFailure {
  readonly status: number | null;
  /** The service's own sentence. */
  readonly reason: string;
  /** The decoded body of the refusal. */
  readonly body: unknown;

  constructor(service: string, call: string, failure: ServiceFailureDetails) {
    const isFinal = failure.status !== null && failure.status < 500 && !PASSING.includes(failure.status) && !(failure.status === 413 && failure.isPassing === true);
    const detail = failure.status === null ? failure.reason : `${failure.status} ${failure.reason}`;
    super(service, call, failure.requestId ? `${detail} (${failure.requestId})` : detail, { retry: isFinal ? 'fatal' : 'retry', cause: failure.cause });
    this.status = failure.status;
    this.reason = failure.reason;
    this.body = failure.body;
  }
}

/** Whether the call may have been carried out although it failed. */
export function isDoubtful(error: unknown): boolean {
  return error instanceof ServiceFailure && (error.status === null || error.status >= 500);
}

/** The sentence in an error body, whichever of OpenStack's shapes it has; else the text itself, shortened. */
export function reasonInBody(body: unknown, text: string): string {
  return messageIn(body) ?? (text.trim().slice(0, 500) || 'no reason given');
}

function messageIn(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const entries = Object.entries(value);
  for (const key of ['message', 'faultstring', 'description', 'detail', 'reason']) {
    const found = entries.find(([name, text]) => name === key && typeof text === 'string' && text !== '');
    if (found) return String(found[1]);
  }
  for (const [, inner] of entries) {
    const found = messageIn(inner);
    if (found !== null) return found;
  }
  return null;
}

/** Why a connection failed, in words: the code of the operating system or of the client names it best. */
export function connectionReason(error: unknown): string {
  const code = errorCode(error);
  return code === null ? reasonOf(error) : `${reasonOf(error) || 'connection failed'} (${code})`;
}

/** `ECONNREFUSED`, `UND_ERR_CONNECT_TIMEOUT`, ... of an error or of what caused it. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  return errorCode(error.cause);
}
