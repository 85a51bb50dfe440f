import { LONGEST_TIMER_MS } from '../../lib/clock.ts';
import type { L4Check, L4Service } from './l4-service.ts';

/** One health check that an engine without keepalived's checkers has to run. */
export interface PlannedCheck {
  readonly memberId: string;
  readonly check: L4Check;
  readonly intervalSeconds: number;
  /** Failures in a row until the member is down; one success brings it back, as with keepalived. */
  readonly failuresUntilDown: number;
}

const LONGEST_INTERVAL_SECONDS = Math.floor(LONGEST_TIMER_MS / 1000);

/** The checks of a service; members without a check count as up, and every member starts as up. */
export function planHealthChecks(service: L4Service): readonly PlannedCheck[] {
  const { pool } = service;
  if (!service.isEnabled || !pool) return [];
  return pool.members.flatMap((member) => (member.check === null ? [] : [{
    memberId: member.id, check: member.check, intervalSeconds: Math.min(Math.max(1, pool.checkIntervalSeconds ?? 1), LONGEST_INTERVAL_SECONDS),
    failuresUntilDown: Math.max(1, pool.failuresUntilDown ?? 1),
  }]));
}
