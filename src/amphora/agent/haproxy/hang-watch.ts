import { lookAt } from '../../../lib/linux/process-look.ts';
import type { ProcessLook } from '../../../lib/linux/process-look.ts';

/** Two looks at a stopped process and its restart stay below a second. */
const LOOK_MS = 400;
/** A debugger or a snapshot may stop a process for a moment. */
const STOPPED_LOOKS = 2;
/** Two seconds of sleep over a question. */
const ASLEEP_LOOKS = 5;

type WorkerLook = Pick<ProcessLook, 'state' | 'cpuTicks'>;

interface Watched {
  readonly worker: number;
  /** Looks in a row that found it stopped. */
  stopped: number;
  /** Is a question open? */
  isAsked: boolean;
  /** Looks in a row that found it asleep over an open question, and its processor time at the first of them. */
  asleep: number;
  cpuTicks: number;
}

export interface HangWatchOptions {
  /** Ends the hanging process of this load balancer; whoever keeps it starts it anew. */
  readonly end: (loadBalancerId: string, worker: number) => Promise<void>;
  readonly look?: (pid: number) => WorkerLook | null;
}

/**
 * Finds haproxies that hang, by what the kernel says of their workers: stopped, or asleep over an open question without
 * using any processor time. Time alone proves nothing: on a loaded machine haproxy, or this process, may just get no turn;
 * then the worker is ready to run or its processor time grows. Looks are counted instead of time, because an answer that
 * came while this process had no turn is read before the next look. A worker that spins is ended by haproxy's own watchdog.
 */
export class HangWatch {
  readonly #end: HangWatchOptions['end'];
  readonly #look: (pid: number) => WorkerLook | null;
  readonly #watched = new Map<string, Watched>();
  #timer: NodeJS.Timeout | null = null;
  #ending: Promise<unknown> = Promise.resolve();

  constructor({ end, look = lookAt }: HangWatchOptions) {
    this.#end = end;
    this.#look = look;
  }

  start(): void {
    this.#timer ??= setInterval(() => {
      this.#ending = Promise.all([this.#ending, ...this.look()]);
    }, LOOK_MS).unref();
  }

  async close(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    await this.#ending;
  }

  /** Calls `ask` and takes its answer for a sign of life of that load balancer's worker. */
  async over<Answer>(id: string, ask: () => Promise<{ answer: Answer; worker: number }>): Promise<Answer> {
    const watched = this.#watched.get(id);
    if (watched) watched.isAsked = true;
    try {
      const { answer, worker } = await ask();
      this.#watched.set(id, { worker, stopped: 0, isAsked: false, asleep: 0, cpuTicks: 0 });
      return answer;
    } finally {
      if (watched) watched.isAsked = false;
    }
  }

  forget(id: string): void {
    this.#watched.delete(id);
  }

  /** One look at every worker; returns the ends it began. */
  look(): Promise<void>[] {
    return [...this.#watched].flatMap(([id, watched]) => {
      const seen = this.#look(watched.worker);
      if (seen === null || !hangs(watched, seen)) return [];
      this.#watched.delete(id);
      return [this.#end(id, watched.worker)];
    });
  }
}

function hangs(watched: Watched, { state, cpuTicks }: WorkerLook): boolean {
  watched.stopped = state === 'T' ? watched.stopped + 1 : 0;
  const isAsleep = watched.isAsked && (state === 'S' || state === 'D') && (watched.asleep === 0 || cpuTicks === watched.cpuTicks);
  watched.asleep = isAsleep ? watched.asleep + 1 : 0;
  watched.cpuTicks = cpuTicks;
  return watched.stopped >= STOPPED_LOOKS || watched.asleep >= ASLEEP_LOOKS;
}
