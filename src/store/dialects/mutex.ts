import { DatabaseUnavailable } from '../errors.ts';

/** First come, first served; a turn that does not come in time fails instead of hanging. */
export class Mutex {
  readonly #patienceMs: number;
  #isLocked = false;
  readonly #waiting = new Set<() => void>();

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  async lock(): Promise<void> {
    if (!this.#isLocked) {
      this.#isLocked = true;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(proceed);
        reject(new DatabaseUnavailable(`no turn within ${this.#patienceMs} ms; is a second handle used inside a transaction?`, null));
      }, this.#patienceMs);
      const proceed = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.add(proceed);
    });
  }

  unlock(): void {
    for (const next of this.#waiting) {
      this.#waiting.delete(next);
      return next();
    }
    this.#isLocked = false;
  }
}
