import { actingNow, type Scheduler } from './scheduler.ts';

/** What may become of a call: it fails and nothing was done, or everything was done and the answer got lost. */
export type Fate = 'done' | 'refused' | 'unsent' | 'lost';

/** How bad the world is; shares of calls. */
export interface Weather {
  /** Calls that fail, one way or the other. */
  faults: number;
  /** Calls that take long. */
  slow: number;
  /** Transactions that fail. */
  database: number;
  /** Casts that nobody hears. */
  bus: number;
}

export interface CallOptions {
  /** Ends the wait of the caller; what is under way goes on, unless `isReset`. */
  readonly signal?: AbortSignal | undefined;
  readonly isReset?: boolean;
  /** How the caller learns that it failed. */
  readonly failure: (fate: Exclude<Fate, 'done'>) => Error;
}

/** Calls from processes to what is outside of them: they take time, and do not always end well. */
export class Wire {
  readonly #scheduler: Scheduler;
  readonly weather: Weather;
  /** The trace of the run, for whoever has to understand it. */
  readonly log: string[] = [];

  constructor(scheduler: Scheduler, weather: Weather) {
    this.#scheduler = scheduler;
    this.weather = weather;
  }

  note(what: string): void {
    this.log.push(`${((this.#scheduler.nowMs - Date.UTC(2026, 0, 1)) / 1000).toFixed(3)} ${actingNow()?.name ?? '-'} ${what}`);
  }

  /** The effect takes place outside of the caller, who may be dead by then. */
  call<T>(name: string, detail: string, effect: () => T, options: CallOptions): Promise<T> {
    const caller = actingNow();
    const fate = this.#fate(name);
    const [there, back] = [this.#delay(`${name} there`), this.#delay(`${name} back`)];
    this.note(`${name} ${detail}${fate === 'done' ? '' : ` (${fate})`}`);
    return new Promise<T>((resolve, reject) => {
      const { signal } = options;
      if (signal?.aborted === true) return reject(signal.reason);
      let isGivenUp = false;
      const onAbort = (): void => {
        isGivenUp = true;
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const answer = (ms: number, settle: () => void): void => void this.#scheduler.after(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        settle();
      }, caller);
      if (fate === 'unsent' || fate === 'refused') return answer(fate === 'unsent' ? 3000 + there * 4 : there + back, () => reject(options.failure(fate)));
      this.#scheduler.after(there, () => {
        // A process that dies has sent what it has begun to send, or it has not.
        if (caller?.isAlive === false && this.#scheduler.chance(`${name} of the dead`) < 0.5) return;
        if (isGivenUp && options.isReset === true) return;
        try {
          const result = effect();
          answer(back, () => (fate === 'lost' ? reject(options.failure(fate)) : resolve(result)));
        } catch (error) {
          answer(back, () => reject(error));
        }
      }, null);
    });
  }

  #fate(name: string): Fate {
    if (this.#scheduler.chance(`${name} fate`) >= this.weather.faults) return 'done';
    const kind = this.#scheduler.chance(`${name} kind`);
    return kind < 0.4 ? 'lost' : kind < 0.7 ? 'refused' : 'unsent';
  }

  #delay(name: string): number {
    if (this.#scheduler.chance(`${name} slow`) < this.weather.slow) return this.#scheduler.between(name, 1000, 8000);
    return this.#scheduler.between(name, 1, 60);
  }
}
