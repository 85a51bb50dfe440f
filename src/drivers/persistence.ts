import { setTimeout as sleep } from 'node:timers/promises';
import { OctaviaError } from '../lib/errors.ts';

/** How often an action at a service is tried and how long the pauses are: `[compute]` and `[networking]` of octavia.conf. Times in seconds. */
export interface RetryOptions {
  readonly max_retries: number;
  readonly retry_interval: number;
  readonly retry_backoff: number;
  readonly retry_max: number;
}

/** Does work again that failed in a way that passes by itself; the work must bear being done twice. Throws what the last attempt threw. */
export type Persist = <T>(work: () => Promise<T>) => Promise<T>;

/** For drivers that nobody told to try again. */
export const ONCE: Persist = (work) => work();

/** Pauses double from `retry_backoff` on, never shorter than `retry_interval` nor longer than `retry_max`. `wait` is for tests. */
export function persistWith(options: RetryOptions, wait: (ms: number) => Promise<void> = pause): Persist {
  return async (work) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (attempt >= options.max_retries || !(error instanceof OctaviaError) || error.retry !== 'retry') throw error;
        await wait(pauseMs(options, attempt));
      }
    }
  };
}

/** The same number of attempts with equal pauses: for looks, which cost little. */
export function persistEvenly(options: RetryOptions, wait?: (ms: number) => Promise<void>): Persist {
  return persistWith({ ...options, retry_backoff: 0, retry_max: options.retry_interval }, wait);
}

function pauseMs({ retry_interval: least, retry_backoff: factor, retry_max: most }: RetryOptions, attempt: number): number {
  return Math.max(0, least, Math.min(most, factor * 2 ** (attempt - 1))) * 1000;
}

async function pause(ms: number): Promise<void> {
  await sleep(ms);
}
