export interface JudgementOptions {
  /** Milliseconds an amphora may be silent. */
  readonly timeoutMs: number;
  /** Milliseconds between two checks. */
  readonly intervalMs: number;
  readonly startedAtMs: number;
}

/**
 * Whether this manager may call an amphora dead. Silence proves nothing while the manager itself was deaf: after its
 * start, after an outage of the database, and after the process was suspended, every amphora first gets one whole
 * timeout to be heard.
 */
export interface Judgement {
  /** To be called at each check; false means not now. */
  mayJudge(nowMs: number): boolean;
  /** The database did not answer. True the first time since it last did. */
  databaseFailed(): boolean;
  /** It answers again. */
  databaseAnswered(nowMs: number): void;
  /** Milliseconds since the epoch before which nothing is judged. */
  readonly notBeforeMs: number;
}

/** A check that comes this many intervals late was not merely delayed by work. */
const SUSPENDED_AFTER_INTERVALS = 3;

export function createJudgement({ timeoutMs, intervalMs, startedAtMs }: JudgementOptions): Judgement {
  let notBeforeMs = startedAtMs + timeoutMs;
  let lastCheckMs = startedAtMs;
  let isDatabaseDown = false;
  return {
    mayJudge(nowMs) {
      const gapMs = nowMs - lastCheckMs;
      lastCheckMs = nowMs;
      if (gapMs > intervalMs * SUSPENDED_AFTER_INTERVALS) notBeforeMs = Math.max(notBeforeMs, nowMs + timeoutMs);
      // The clock was set back: stored times lie in the future, and so may the end of an earlier grace.
      if (gapMs < -intervalMs) notBeforeMs = nowMs + timeoutMs;
      return !isDatabaseDown && nowMs >= notBeforeMs;
    },
    databaseFailed() {
      const isNew = !isDatabaseDown;
      isDatabaseDown = true;
      return isNew;
    },
    databaseAnswered(nowMs) {
      if (!isDatabaseDown) return;
      isDatabaseDown = false;
      notBeforeMs = nowMs + timeoutMs;
    },
    get notBeforeMs() {
      return notBeforeMs;
    },
  };
}
