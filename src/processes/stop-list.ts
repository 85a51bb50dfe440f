import { reasonOf } from '../lib/errors.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface StopList {
  /** Remembers how to end a part that has just started. */
  add(name: string, stop: () => Promise<void> | void): void;
  /** Ends the parts, the last started first; a part that fails to end is logged and does not keep the others. */
  run(): Promise<void>;
}

export function createStopList(log: Logger): StopList {
  const parts: { name: string; stop: () => Promise<void> | void }[] = [];
  return {
    add: (name, stop) => void parts.push({ name, stop }),
    async run() {
      for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
        try {
          await part.stop();
        } catch (error) {
          log.error({ part: part.name, reason: reasonOf(error) }, 'Part did not end cleanly');
        }
      }
    },
  };
}
