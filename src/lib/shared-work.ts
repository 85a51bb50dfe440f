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

  /** Does `work`, or shares the next run of the same `key`; when that fails, all who share it fail. */
  run(key: string, work: () => Promise<T>): Promise<T> {
    const current = this.#runs.get(key);
    if (!current) return this.#begin(key, work);
    current.next ??= current.result.then(() => this.#begin(key, work), () => this.#begin(key, work));
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
