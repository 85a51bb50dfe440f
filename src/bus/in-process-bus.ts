import { OctaviaError, reasonOf } from '../lib/errors.ts';
import { BusUnavailable } from './errors.ts';
import type { Bus, Cast } from './bus.ts';

export interface InProcessBusOptions {
  /** Casts kept while nobody consumes; the oldest are dropped beyond it, because the worker's sweep finds them anyway. @default 10000 */
  readonly backlog?: number;
  /** Told of a handler that threw; delivery goes on. */
  readonly onHandlerError?: (error: OctaviaError) => void;
}

/** Bus of the embedded shape: delivery in another turn of the event loop, each cast to one consumer in turn. */
export function createInProcessBus(options: InProcessBusOptions = {}): Bus {
  const backlog = options.backlog ?? 10_000;
  const waiting: Cast[] = [];
  const consumers: ((cast: Cast) => void)[] = [];
  let turn = 0;
  let isScheduled = false;
  let isClosed = false;

  const deliver = () => {
    isScheduled = false;
    // Only what waits now: casts made by a handler get their own turn of the event loop.
    for (const cast of waiting.splice(0, consumers.length === 0 ? 0 : waiting.length)) {
      const handler = consumers[turn++ % Math.max(consumers.length, 1)];
      if (handler === undefined) {
        waiting.push(cast);
        continue;
      }
      try {
        handler(cast);
      } catch (error) {
        options.onHandlerError?.(new OctaviaError('bus-handler-failed', `Handling ${cast.method} failed: ${reasonOf(error)}`, { cause: error }));
      }
    }
  };
  const schedule = () => {
    if (isScheduled || isClosed || waiting.length === 0 || consumers.length === 0) return;
    isScheduled = true;
    setImmediate(deliver);
  };

  return {
    async cast(cast) {
      if (isClosed) throw new BusUnavailable('the bus is closed');
      waiting.push(cast);
      if (waiting.length > backlog) waiting.shift();
      schedule();
    },
    async consume(handler) {
      consumers.push(handler);
      schedule();
      return async () => {
        const index = consumers.indexOf(handler);
        if (index >= 0) consumers.splice(index, 1);
      };
    },
    async close() {
      isClosed = true;
      consumers.length = 0;
      waiting.length = 0;
    },
  };
}
