import { AsyncLocalStorage } from 'node:async_hooks';

/** A process of the simulation: what it still waits for goes with it when it dies, and waits when it stands still. */
export interface Actor {
  readonly name: string;
  isAlive: boolean;
  /** Nothing of it runs before this time. */
  frozenUntilMs: number;
  /** What befalls it after so many more events. */
  doom: { inSteps: number; readonly befall: () => void } | null;
}

interface Event { readonly atMs: number; readonly order: number; readonly actor: Actor | null; readonly run: () => void }

/** Something that will happen, and can be called off. */
export interface Planned { cancel(): void }

const real = { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, performanceNow: performance.now.bind(performance), dateNow: Date.now, random: Math.random, abortAfter: AbortSignal.timeout.bind(AbortSignal) };
const START_MS = Date.UTC(2026, 0, 1);
const acting = new AsyncLocalStorage<Actor>();
let present: Scheduler | null = null;

/** One event at a time, on a clock of its own; all chance follows from the seed. */
export class Scheduler {
  readonly #seed: number;
  readonly #uses = new Map<string, number>();
  readonly #queue: Event[] = [];
  #order = 0;
  #identifiers = 0;
  nowMs = START_MS;
  /** What has happened so far: two runs of one seed are the same. */
  steps = 0;

  constructor(seed: number) {
    this.#seed = seed;
    beginTime(this);
  }

  /** A number in [0, 1) that only the seed, the name and the number of earlier questions under that name decide. */
  chance(name: string): number {
    const use = this.#uses.get(name) ?? 0;
    this.#uses.set(name, use + 1);
    return hash(`${this.#seed} ${name} ${use}`);
  }

  between(name: string, low: number, high: number): number {
    return Math.floor(low + this.chance(name) * (high - low));
  }

  /** A UUID for this run. */
  identifier(): string {
    const digits = Array.from({ length: 4 }, (_, part) => Math.floor(hash(`${this.#seed} id ${this.#identifiers} ${part}`) * 2 ** 32).toString(16).padStart(8, '0')).join('');
    this.#identifiers += 1;
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`;
  }

  /** Plans something for an actor; null for what no process has to be alive for. */
  after(ms: number, run: () => void, actor: Actor | null = acting.getStore() ?? null): Planned {
    this.#order += 1;
    const event: Event = { atMs: this.nowMs + Math.max(0, ms), order: this.#order, actor, run };
    let low = 0;
    for (let high = this.#queue.length; low < high;) {
      const middle = (low + high) >> 1;
      const other = this.#queue[middle];
      if (other !== undefined && (other.atMs > event.atMs || (other.atMs === event.atMs && other.order > event.order))) low = middle + 1;
      else high = middle;
    }
    this.#queue.splice(low, 0, event);
    return {
      cancel: () => {
        const index = this.#queue.indexOf(event);
        if (index >= 0) this.#queue.splice(index, 1);
      },
    };
  }

  /** Lets time pass up to `untilMs`, or until `isEnough`, which is asked after each event. */
  async run(untilMs: number, isEnough: () => boolean = () => false): Promise<void> {
    for (;;) {
      const next = this.#queue.at(-1);
      if (next === undefined || next.atMs > untilMs) break;
      this.#queue.pop();
      this.nowMs = Math.max(this.nowMs, next.atMs);
      if (next.actor !== null) meetDoom(next.actor);
      if (next.actor?.isAlive === false) continue;
      if (next.actor !== null && next.actor.frozenUntilMs > this.nowMs) {
        this.after(next.actor.frozenUntilMs - this.nowMs, next.run, next.actor);
        continue;
      }
      this.steps += 1;
      this.as(next.actor, next.run);
      await settled();
      if (isEnough()) return;
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  /** Runs code as part of a process. */
  as<T>(actor: Actor | null, run: () => T): T {
    return actor === null ? acting.exit(run) : acting.run(actor, run);
  }
}

function meetDoom(actor: Actor): void {
  const { doom } = actor;
  if (doom === null || !actor.isAlive) return;
  doom.inSteps -= 1;
  if (doom.inSteps >= 0) return;
  actor.doom = null;
  doom.befall();
}

/** Resolves when nothing can go on before the next event: databases in memory and pure code need no event. */
export function settled(): Promise<void> {
  return new Promise((resolve) => void real.setImmediate(resolve));
}

export function actingNow(): Actor | null {
  return acting.getStore() ?? null;
}

export function newActor(name: string): Actor {
  return { name, isAlive: true, frozenUntilMs: 0, doom: null };
}

/** Time and chance of the run under way, for whoever asks the platform; the real ones outside of a run. */
export const virtual = {
  now: (): number => present?.nowMs ?? real.dateNow(),
  monotonic: (): number => present?.nowMs ?? real.performanceNow(),
  random: (): number => present?.chance('Math.random') ?? real.random(),
  identifier: (fallback: () => string): string => present?.identifier() ?? fallback(),
  sleep: <T>(ms = 0, value?: T, options: { signal?: AbortSignal } = {}): Promise<T> => {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(abortError(signal));
        return;
      }
      const timer = virtual.setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve(value as T);
      }, ms);
      const onAbort = (): void => {
        virtual.clearTimeout(timer);
        if (signal !== undefined) reject(abortError(signal));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
  setTimeout: (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): unknown => {
    const scheduler = ofActor();
    return scheduler === null ? real.setTimeout(run, ms, ...args) : timerOf(scheduler.after(ms, () => run(...args)));
  },
  setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]): unknown => {
    const scheduler = ofActor();
    return scheduler === null ? real.setImmediate(run, ...args) : timerOf(scheduler.after(0, () => run(...args)));
  },
  setInterval: (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): unknown => {
    const scheduler = ofActor();
    if (scheduler === null) return real.setInterval(run, ms, ...args);
    let planned: Planned;
    const again = (): void => {
      planned = scheduler.after(ms, () => { again(); run(...args); });
    };
    again();
    return timerOf({ cancel: () => planned.cancel() });
  },
  clearTimeout: (timer: unknown): void => (isTimer(timer) ? timer.cancel() : real.clearTimeout(timer as NodeJS.Timeout)),
  abortAfter: (ms: number): AbortSignal => {
    const scheduler = ofActor();
    if (scheduler === null) return real.abortAfter(ms);
    const controller = new AbortController();
    scheduler.after(ms, () => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')));
    return controller.signal;
  },
};

/** Only processes of the simulation live in its time. */
function ofActor(): Scheduler | null {
  return acting.getStore() === undefined ? null : present;
}

function beginTime(scheduler: Scheduler): void {
  present = scheduler;
}

/** The run is over. */
export function endOfTime(): void {
  present = null;
}

interface Timer extends Planned { unref(): Timer; ref(): Timer; hasRef(): boolean }

function timerOf(planned: Planned): Timer {
  const timer: Timer = { cancel: () => planned.cancel(), unref: () => timer, ref: () => timer, hasRef: () => true };
  return timer;
}

function isTimer(timer: unknown): timer is Timer {
  return typeof timer === 'object' && timer !== null && 'cancel' in timer;
}

function abortError(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  error.name = 'AbortError';
  return error;
}

/** xmur3 and one round of mulberry32: even enough for schedules. */
function hash(text: string): number {
  let h = 1779033703 ^ text.length;
  for (let index = 0; index < text.length; index += 1) {
    h = Math.imul(h ^ text.charCodeAt(index), 3432918353);
    h = (h << 13) | (h >>> 19);
  }
  h = Math.imul(h ^ (h >>> 16), 2246822507);
  h = Math.imul(h ^ (h >>> 13), 3266489909);
  h ^= h >>> 16;
  let t = (h + 0x6d2b79f5) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
