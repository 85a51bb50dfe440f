import { describe, expect, it } from 'vitest';
import { retryPolicy, type Retry, type RetryOptions } from './retry-policy.ts';

const clock = { now: () => Date.parse('2030-01-01T00:00:00Z') };
const call = (method: string, accept: readonly number[] = []) => ({ method, accept });
const answer = (status: number, after?: string) => ({ kind: 'answer' as const, answer: { status, headers: after === undefined ? {} : { 'retry-after': after } } });
const first = (one: ReturnType<typeof call>, outcome: ReturnType<typeof answer>, options: RetryOptions = {}): Retry | null => retryPolicy(options, clock)(one)(outcome);

describe('Retry-After', () => {
  it('is waited for after 429 and 413 whatever the call is, for these were not carried out', () => {
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE'] as const) {
      expect(first(call(method), answer(429, '7'))).toEqual({ delayMs: 7000, isTold: true });
      expect(first(call(method), answer(413, 'Tue, 01 Jan 2030 00:00:09 GMT'))).toEqual({ delayMs: 9000, isTold: true });
    }
  });

  it('counts at 503 for calls that may be repeated, and where the operator has 503 repeated', () => {
    const noStatuses = { retriable_status_codes: [] };
    expect(first(call('PUT'), answer(503, '7'), noStatuses)).toEqual({ delayMs: 7000, isTold: true });
    expect(first(call('POST'), answer(503, '7'), noStatuses)).toBeNull();
    expect(first(call('POST'), answer(503, '7'))).toEqual({ delayMs: 7000, isTold: true });
  });

  it('is not guessed: other refusals, and a limit without it, are final', () => {
    expect(first(call('GET'), answer(429))).toBeNull();
    expect(first(call('GET'), answer(413, 'soon'))).toBeNull();
    expect(first(call('GET'), answer(409, '7'))).toBeNull();
    expect(first(call('GET', [429]), answer(429, '7'))).toBeNull();
  });

  it('lengthens a pause and never shortens it', () => {
    const next = retryPolicy({ status_code_retry_delay: 10 }, clock)(call('GET'));
    expect(next(answer(429, '0'))?.delayMs).toBeGreaterThanOrEqual(8000);
    expect(first(call('GET'), answer(503))).toMatchObject({ isTold: false });
  });

  it('is given up when the pauses of one call would come to more than a minute, and after status_code_retries', () => {
    expect(first(call('GET'), answer(429, '61'))).toBeNull();
    const next = retryPolicy({}, clock)(call('GET'));
    expect([next(answer(429, '30')), next(answer(429, '30'))].map((one) => one?.delayMs)).toEqual([30_000, 30_000]);
    expect(next(answer(429, '1'))).toBeNull();
    const few = retryPolicy({ status_code_retries: 1 }, clock)(call('GET'));
    expect([few(answer(429, '1')), few(answer(429, '1'))].map((one) => one?.delayMs)).toEqual([1000, undefined]);
    expect(first(call('GET'), answer(429, '1'), { status_code_retries: 0 })).toBeNull();
  });
});
