const LEAST = 10;
const SHARE = 0.25;

/**
 * From how many silent amphorae on nothing is failed over any more: so many at once are a fault of the network or of
 * the control plane, and replacing them would make it worse. Unset, the brake is on with a quarter of all amphorae, at
 * least 10 (the original has none then); 0 or less turns it off.
 */
export function brakeThreshold(configured: number | null, allocatedAmphorae: number): number {
  if (configured === null) return Math.max(LEAST, Math.ceil(allocatedAmphorae * SHARE));
  return configured > 0 ? configured : Number.POSITIVE_INFINITY;
}

/** Remembers when the brake was last needed. */
export interface StormBrake {
  engage(nowMs: number): void;
  /**
   * True for one heartbeat timeout after the last look that found too many silent: they come back one by one, and those
   * that have not spoken yet are no more dead than those that have.
   */
  isHeld(nowMs: number): boolean;
}

export function createStormBrake(timeoutMs: number): StormBrake {
  let engagedAtMs = Number.NEGATIVE_INFINITY;
  return {
    engage: (nowMs) => void (engagedAtMs = nowMs),
    isHeld(nowMs) {
      // A time to come is of a clock that was set back since: the timeout begins anew.
      engagedAtMs = Math.min(engagedAtMs, nowMs);
      return nowMs < engagedAtMs + timeoutMs;
    },
  };
}
