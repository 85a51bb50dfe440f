/** Time as an argument: tests pass their own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** For intervals only: milliseconds since this process began, whatever becomes of the machine's date. */
export const steadyClock: Clock = { now: () => performance.now() };

/** A timer that is to wait longer (24.8 days) goes off at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** `YYYY-MM-DD HH:MM:SS` in UTC: how every dialect stores a datetime here. */
export function toSqlDatetime(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ');
}
