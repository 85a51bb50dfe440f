import { setTimeout as sleep } from 'node:timers/promises';

interface Run<T> {
  readonly result: Promise<T>;
  /** The run after this one, once somebody waits for it. */
  next?: Promise<T>;
}

/**
 * Work whose result serves everybody who asked for it before it began. Who asks while it runs waits for the next run, so that
 * nobody is given a result older than the question.
 */
export class SharedWork<T> {
  readonly #runs = new Map<string, Run<T>>();
  readonly #pauseMs: number;

  /** `pauseMs`: how long a run that somebody waits for is held back after the one before it, for those who were just served and ask again. */
  constructor({ pauseMs = 0 }: { readonly pauseMs?: number } = {}) {
    this.#pauseMs = pauseMs;
  }

  /** Does `work`, or shares the next run of the same `key`; when that fails, all who share it fail. */
  run(key: string, work: () => Promise<T>): Promise<T> {
    const current = this.#runs.get(key);
    if (!current) return this.#begin(key, work);
    const begin = () => this.#begin(key, work);
    const pause = () => (this.#pauseMs === 0 ? undefined : sleep(this.#pauseMs));
    current.next ??= current.result.then(pause, pause).then(begin);
    return current.next;
  }

  #begin(key: string, work: () => Promise<T>): Promise<T> {
    const run: Run<T> = { result: work() };
    this.#runs.set(key, run);
    const forget = () => {
      if (run.next === undefined) this.#runs.delete(key);
    };
    run.result.then(forget, forget);
    return run.result;
  }
}
