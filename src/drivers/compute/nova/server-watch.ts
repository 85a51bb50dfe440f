import { untilAborted } from '../../../lib/until-aborted.ts';
import type { Server } from './server.ts';

/** Looks at servers that are being built, at all of them with one call. */
export interface ServerWatch {
  /** The server at the next look; null when the look did not find it or failed in a way that passes. Throws what else went wrong, or the signal's reason. */
  next(server: Watched, ageMs: number, signal?: AbortSignal): Promise<Server | null>;
}

export interface Watched { readonly computeId: string; readonly name: string }

interface ServerWatchOptions {
  /** Servers of these names that are built, or could not be. */
  readonly list: (names: readonly string[]) => Promise<readonly Server[]>;
  /** Whether the next look may go better. */
  readonly passes: (error: unknown) => boolean;
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Most servers are ACTIVE within seconds, none at once: looks come often at first, then with the age of what is looked at. */
const FIRST_PAUSE_MS = 1000;
const LEAST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;
const PAUSE_BY_AGE = 0.12;
/** Names in one call: the pattern of many would match other servers too. */
const AT_ONCE = 8;

interface Look { readonly names: Set<string>; readonly found: Promise<readonly Server[]> }

/** Whoever waits for the same look shares its call. */
export function createServerWatch({ list, passes, wait }: ServerWatchOptions): ServerWatch {
  let open: Look | null = null;
  const openLook = (waitMs: number): Look => {
    const names = new Set<string>();
    const found = wait(waitMs).then(() => {
      if (open === look) open = null;
      return list([...names]);
    });
    const look = { names, found };
    return look;
  };
  return {
    async next({ computeId, name }, ageMs, signal) {
      signal?.throwIfAborted();
      if (open === null || open.names.size >= AT_ONCE) open = openLook(pauseMs(ageMs));
      const { names, found } = open;
      names.add(name);
      try {
        const servers = await untilAborted(found, signal);
        return servers.find(({ instance }) => instance.computeId === computeId) ?? null;
      } catch (error) {
        if (passes(error)) return null;
        throw error;
      }
    },
  };
}

function pauseMs(ageMs: number): number {
  return ageMs === 0 ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, Math.max(LEAST_PAUSE_MS, ageMs * PAUSE_BY_AGE));
}
