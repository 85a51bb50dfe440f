/** Why an id was woken: `asked` work ignores the back-off of earlier failures; the request is the last API request that asked. */
export interface Wake { readonly isAsked: boolean; readonly requestId?: string }

/** Work on many ids: each id by one runner at a time, in the order in which they were woken. */
export interface WakeQueue {
  /** Notes that `id` needs a look. Wakes of one id that waits are one; of one that runs, one more run follows. */
  wake(id: string, wake: Wake): void;
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>;
  /** How many ids wait and how many are worked on. */
  size(): { readonly waiting: number; readonly running: number };
  /** Drops what waits and resolves when what runs has ended. */
  close(): Promise<void>;
}

/** `work` must not throw; a throw is given to `onError` and the queue goes on. */
export function createWakeQueue(options: {
  readonly limit: () => number;
  readonly work: (id: string, wake: Wake) => Promise<void>;
  readonly onError: (id: string, error: unknown) => void;
}): WakeQueue {
  const waiting = new Map<string, Wake>();
  const running = new Set<string>();
  let idlers: (() => void)[] = [];
  let isClosed = false;

  const runNext = (): void => {
    for (const [id, wake] of waiting) {
      if (running.size >= options.limit()) return;
      // Its turn comes again when the present run ends: it keeps its place.
      if (running.has(id)) continue;
      waiting.delete(id);
      running.add(id);
      void runOne(id, wake);
    }
  };
  const runOne = async (id: string, wake: Wake): Promise<void> => {
    try {
      await options.work(id, wake);
    } catch (error) {
      options.onError(id, error);
    } finally {
      running.delete(id);
      runNext();
      if (running.size === 0 && waiting.size === 0) {
        const resolved = idlers;
        idlers = [];
        for (const resolve of resolved) resolve();
      }
    }
  };
  const idle = (): Promise<void> =>
    running.size === 0 && waiting.size === 0 ? Promise.resolve() : new Promise((resolve) => void idlers.push(resolve));

  return {
    wake: (id, wake) => {
      if (isClosed) return;
      const former = waiting.get(id);
      const requestId = wake.requestId ?? former?.requestId;
      waiting.set(id, { isAsked: wake.isAsked || (former?.isAsked ?? false), ...(requestId !== undefined && { requestId }) });
      runNext();
    },
    idle,
    size: () => ({ waiting: waiting.size, running: running.size }),
    close: () => {
      isClosed = true;
      waiting.clear();
      return idle();
    },
  };
}
