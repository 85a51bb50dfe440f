import { reasonOf } from '../../../lib/errors.ts';
import { createRecent } from '../../../openstack/recent.ts';
import type { Logger } from '../../../telemetry/logger.ts';

/**
 * Servers that an order made although no answer came: the next attempt made another of the same name, and no row knows the
 * first. Looked for only where an order ended like that, or where a look for something else found several.
 */
export interface Strays {
  /** There may be several servers of this amphora, now or later. */
  suspect(amphoraId: string): void;
  /** This one is the amphora's. */
  know(amphoraId: string, computeId: string): Promise<void>;
  /** Removes the others. What cannot be removed now is told and left for the removal of the amphora. */
  clear(amphoraId: string, computeId: string): Promise<void>;
  /** The amphora's server was removed: the others have to go too. Throws when they cannot be looked for or removed. */
  follow(computeId: string): Promise<void>;
}

export interface StraysOptions {
  readonly log: Logger;
  /** Ids of all servers of the amphora; one call. */
  readonly list: (amphoraId: string) => Promise<readonly string[]>;
  readonly remove: (computeId: string) => Promise<void>;
}

export function createStrays({ log, list, remove }: StraysOptions): Strays {
  const suspects = createRecent<true>(Infinity);
  const owners = createRecent<string>(Infinity);
  const removeOthers = async (amphoraId: string, computeId: string): Promise<void> => {
    for (const stray of (await list(amphoraId)).filter((id) => id !== computeId)) {
      await remove(stray);
      log.warn({ amphora: amphoraId, compute: stray }, 'Removed a second server of an amphora, which an order without an answer had made');
    }
  };
  return {
    suspect: (amphoraId) => suspects.set(amphoraId, true),
    async know(amphoraId, computeId) {
      if ((await suspects.peek(amphoraId)) !== undefined) owners.set(computeId, amphoraId);
    },
    async clear(amphoraId, computeId) {
      if ((await suspects.peek(amphoraId)) === undefined) return;
      try {
        await removeOthers(amphoraId, computeId);
      } catch (error) {
        log.warn({ amphora: amphoraId, reason: reasonOf(error) }, 'Whether an amphora has a second server could not be cleared up; it is when the amphora goes');
      }
    },
    async follow(computeId) {
      const amphoraId = await owners.peek(computeId);
      if (amphoraId === undefined) return;
      await removeOthers(amphoraId, computeId);
      owners.forget(computeId);
      suspects.forget(amphoraId);
    },
  };
}
