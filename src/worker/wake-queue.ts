import { FairLine, type Urgency } from './fair-line.ts';

/** Why an id was woken: `asked` work ignores the back-off of earlier failures; the request is the last API request that asked. */
export interface Wake {
  readonly isAsked: boolean;
  readonly requestId?: string;
  /** @default change */
  readonly urgency?: Urgency;
  /** Whose it is, where that is known. */
  readonly project?: string;
}

/** Work on many ids: each id by one runner at a time; the most urgent first, projects in turn, else in the order in which they were woken. */
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

/** Says that a run waits for something that takes long: another may run beside it until the returned function is called. */
export type Park = () => () => void;

/** Parked runs for each that may run, and at most: each holds a lease that must be prolonged. */
const PARKED_PER_RUNNER = 10;
const MOST_PARKED = 200;
/** What makes amphorae; more of it is not begun while that many wait for theirs. */
const BUILDING: readonly Urgency[] = ['creation', 'retry'];

/** `work` must not throw; a throw is given to `onError` and the queue goes on. */
export function createWakeQueue(options: {
  readonly limit: () => number;
  readonly work: (id: string, wake: Wake, park: Park) => Promise<void>;
  readonly onError: (id: string, error: unknown) => void;
}): WakeQueue {
  const waiting = new FairLine<Wake>();
  const running = new Set<string>();
  let parked = 0;
  let idlers: (() => void)[] = [];
  let isClosed = false;

  // An id that runs keeps its place: its turn comes again when the present run ends.
  const mayBuild = (): boolean => parked < Math.min(MOST_PARKED, options.limit() * PARKED_PER_RUNNER);
  const isReady = (id: string, urgency: Urgency): boolean => !running.has(id) && (!BUILDING.includes(urgency) || mayBuild());
  const runNext = (): void => {
    while (running.size - parked < options.limit()) {
      const next = waiting.take(isReady);
      if (next === null) return;
      running.add(next.id);
      void runOne(next.id, next.value);
    }
  };
  /** A run may wait for several things at once, and is one run all the same. */
  const parkOf = (): Park => {
    let waits = 0;
    return () => {
      if ((waits += 1) === 1) parked += 1;
      runNext();
      let isOver = false;
      return () => {
        if (!isOver && (waits -= 1) === 0) parked -= 1;
        isOver = true;
      };
    };
  };
  const runOne = async (id: string, wake: Wake): Promise<void> => {
    try {
      await options.work(id, wake, parkOf());
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
      const merged = { isAsked: wake.isAsked || (former?.isAsked ?? false), ...(requestId !== undefined && { requestId }) };
      waiting.set(id, { urgency: wake.urgency ?? 'change', project: wake.project ?? '' }, merged);
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
