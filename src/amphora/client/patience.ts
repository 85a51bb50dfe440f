import { setTimeout as sleep } from 'node:timers/promises';
import type { Patience } from './amphora-client.ts';

/** `[haproxy_amphora]` retry options: how often and how far apart, per occasion. */
export interface RetryRule { readonly maxRetries: number; readonly intervalMs: number }
export type RetryRules = Readonly<Record<Exclude<Patience, 'once'>, RetryRule>>;

export const DEFAULT_RETRY_RULES: RetryRules = {
  boot: { maxRetries: 120, intervalMs: 5000 },
  active: { maxRetries: 15, intervalMs: 2000 },
  failover: { maxRetries: 2, intervalMs: 5000 },
};

/** Namespace amphorae are up in milliseconds, machines in minutes: pauses start small and grow to the configured one. */
const FIRST_PAUSES_MS = [5, 10, 20, 50, 100, 200, 500, 1000, 2000];

/** Pauses between attempts of one call, in ms; together they last as long as the configured retries would. */
export function* pauses(rule: RetryRule): Generator<number> {
  let leftMs = rule.maxRetries * rule.intervalMs;
  for (let index = 0; leftMs > 0; index += 1) {
    const pauseMs = Math.min(FIRST_PAUSES_MS[index] ?? rule.intervalMs, rule.intervalMs, leftMs);
    leftMs -= pauseMs;
    yield pauseMs;
  }
}

/** Repeats `attempt` while it fails with an error that `isTemporary` accepts, then throws that error. */
export async function persist<T>(
  rule: RetryRule | null, attempt: () => Promise<T>, isTemporary: (error: unknown) => boolean, signal?: AbortSignal,
): Promise<T> {
  const schedule = rule === null ? null : pauses(rule);
  const deadline = performance.now() + (rule === null ? 0 : rule.maxRetries * rule.intervalMs);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const next = schedule?.next();
      if (!isTemporary(error) || next === undefined || next.done === true || performance.now() > deadline) throw error;
      await sleep(next.value, undefined, signal ? { signal } : undefined);
    }
  }
}
