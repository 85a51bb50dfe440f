const FIRST_MS = 250;
const LONGEST_MS = 30_000;
/** A program that ran for so long is taken for healthy again. */
const HEALTHY_MS = 60_000;

/** Back-off for a program that ends by itself: doubling from a quarter of a second to half a minute. */
export interface RestartDelay {
  /** Milliseconds to wait before the next start, given how long the program ran. */
  next(ranMs: number): number;
}

export function createRestartDelay(): RestartDelay {
  let delay = FIRST_MS;
  return {
    next(ranMs) {
      if (ranMs >= HEALTHY_MS) delay = FIRST_MS;
      const now = delay;
      delay = Math.min(LONGEST_MS, delay * 2);
      return now;
    },
  };
}
