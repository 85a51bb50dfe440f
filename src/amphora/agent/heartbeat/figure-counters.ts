/** Heartbeats come in seconds; whatever is longer was an interruption. */
const MAX_SECONDS = 600;

/** One look at one haproxy: open connections and absolute counters by listener, pool and member. */
export interface FigureReading {
  /** The load balancer. */
  readonly id: string;
  readonly byObject: ReadonlyMap<string, readonly number[]>;
  /** Pid of the counting process: a new one starts from zero. */
  readonly process: number;
  /** Of the counting process. */
  readonly uptimeSeconds: number;
}

/** Turns the absolute counters of listeners, pools and members into increases between two heartbeats. */
export class FigureCounters {
  #last: ReadonlyMap<string, FigureReading> = new Map();
  readonly #pending = new Map<string, readonly number[]>();
  readonly #startedAtMs: number;
  #takenAt: number | null = null;

  /** `startedAtMs`: when this agent began. */
  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
  }

  /** Shown every reading, so that little is lost with a haproxy process that is replaced. */
  observe(readings: readonly FigureReading[], nowMs: number): void {
    for (const reading of readings) {
      const last = this.#last.get(reading.id);
      // What a haproxy counted before this agent began is no news; a new process or a new object counts from zero.
      const isOlder = last === undefined && reading.uptimeSeconds * 1000 > nowMs - this.#startedAtMs;
      const base = isOlder ? reading.byObject : last?.process === reading.process ? last.byObject : undefined;
      for (const [id, values] of reading.byObject) this.#add(id, values, base?.get(id) ?? []);
    }
    this.#last = new Map(readings.map((reading) => [reading.id, reading]));
  }

  /** What has come together since the last take, without objects that stood still and are not connected. */
  take(nowMs: number): { readonly seconds: number; readonly figures: Readonly<Record<string, readonly number[]>> } {
    const seconds = Math.min(MAX_SECONDS, Math.max(1, Math.round((nowMs - (this.#takenAt ?? nowMs)) / 100) / 10));
    this.#takenAt = nowMs;
    const figures = [...this.#pending].map(([id, values]) => [id, withoutTrailingZeros(values)] as const).filter(([, values]) => values.length > 0);
    this.#pending.clear();
    return { seconds, figures: Object.fromEntries(figures) };
  }

  #add(id: string, values: readonly number[], base: readonly number[]): void {
    const pending = this.#pending.get(id);
    this.#pending.set(id, values.map((value, index) => (index === 0 ? value : (pending?.[index] ?? 0) + increase(value, base[index] ?? 0))));
  }
}

function increase(now: number, before: number): number {
  return now < before ? now : now - before;
}

function withoutTrailingZeros(values: readonly number[]): readonly number[] {
  return values.slice(0, values.findLastIndex((value) => value !== 0) + 1);
}
