import { request } from 'node:http';

export interface TrafficReport {
  readonly requests: number;
  readonly failures: number;
  /** Answers by their text. */
  readonly answers: ReadonlyMap<string, number>;
  /** Longest time between the ends of two successful requests, in milliseconds. */
  readonly longestGapMs: number;
  /** What went wrong, by message. */
  readonly failureReasons: ReadonlyMap<string, number>;
}

export interface Traffic {
  report(): TrafficReport;
  /** Forgets what was seen: the next report starts here. */
  reset(): void;
  stop(): Promise<TrafficReport>;
}

/** Sends a new connection's GET at a steady pace, whatever the answers do, and keeps count. */
export function startTraffic(url: string, options: { everyMs: number; timeoutMs?: number }): Traffic {
  const timeoutMs = options.timeoutMs ?? 2_000;
  const pending = new Set<Promise<void>>();
  let counts = emptyCounts();
  const fire = (): void => {
    const into = counts;
    into.requests += 1;
    const done = get(url, timeoutMs).then(
      (text) => {
        const now = performance.now();
        into.longestGapMs = Math.max(into.longestGapMs, now - into.lastSuccessAt);
        into.lastSuccessAt = now;
        into.answers.set(text, (into.answers.get(text) ?? 0) + 1);
      },
      (error: Error) => {
        into.failures += 1;
        into.failureReasons.set(error.message, (into.failureReasons.get(error.message) ?? 0) + 1);
      },
    );
    pending.add(done);
    void done.finally(() => pending.delete(done));
  };
  // A timer alone drifts under load: catch up with what the clock says is due.
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (const due = (performance.now() - startedAt) / options.everyMs; sent < due; sent += 1) fire();
  }, Math.max(1, Math.floor(options.everyMs)));
  return {
    report: () => ({ ...counts }),
    reset: () => {
      counts = emptyCounts();
    },
    stop: async () => {
      clearInterval(timer);
      await Promise.all(pending);
      return { ...counts };
    },
  };
}

/** One GET on a connection of its own; resolves with the body of a 200, rejects with the reason otherwise. */
export function get(url: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false, timeout: timeoutMs, headers: { connection: 'close' } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => (response.statusCode === 200 ? resolve(text.trim()) : reject(new Error(`status ${response.statusCode}`))));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function emptyCounts() {
  return { requests: 0, failures: 0, longestGapMs: 0, lastSuccessAt: performance.now(), answers: new Map<string, number>(), failureReasons: new Map<string, number>() };
}
