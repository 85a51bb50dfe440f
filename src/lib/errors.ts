/** How a caller should treat a failure: try again soon, wait for the world to change, or give up. */
export type RetryClass = 'retry' | 'wait' | 'fatal';

/**
 * Base of every typed error. `code` is stable (kebab-case, for logs and tests); `message` is a sentence a user
 * can act on; `cause` is always kept.
 */
export class OctaviaError extends Error {
  readonly code: string;
  readonly retry: RetryClass;

  constructor(code: string, message: string, options: { retry?: RetryClass; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retry = options.retry ?? 'fatal';
  }
}

/** The sentence of an unknown thrown value, for logs and stored reasons. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
