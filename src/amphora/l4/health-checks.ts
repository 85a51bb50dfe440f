import type { L4Check, L4Service } from './l4-service.ts';

/** One health check that an engine without keepalived's checkers has to run. */
export interface PlannedCheck {
  readonly memberId: string;
  readonly check: L4Check;
  readonly intervalSeconds: number;
  /** Failures in a row until the member is down; one success brings it back, as with keepalived. */
  readonly failuresUntilDown: number;
}

/** A timer that is to wait longer than 31 bits of milliseconds goes off at once, again and again. */
const LONGEST_INTERVAL_SECONDS = 2_147_483;

/** The checks of a service; members without a check count as up, and every member starts as up. */
export function planHealthChecks(service: L4Service): readonly PlannedCheck[] {
  const { pool } = service;
  if (!service.isEnabled || !pool) return [];
  return pool.members.flatMap((member) => (member.check === null ? [] : [{
    memberId: member.id, check: member.check, intervalSeconds: Math.min(Math.max(1, pool.checkIntervalSeconds ?? 1), LONGEST_INTERVAL_SECONDS),
    failuresUntilDown: Math.max(1, pool.failuresUntilDown ?? 1),
  }]));
}
