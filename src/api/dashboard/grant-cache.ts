import { createHash } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import type { Grant } from './identity-client.ts';

const KEEP_MS = 60_000;
const CAPACITY = 1000;

/** Remembers for a minute what tokens say, so that a page full of calls asks the identity service once. Keys are hashes. */
export function createGrantCache(clock: Clock) {
  const known = new Map<string, { readonly grant: Promise<Grant>; readonly untilMs: number }>();
  return {
    /** The remembered grant, or what `ask` answers; failures are not kept. */
    lookUp(token: string, ask: () => Promise<Grant>): Promise<Grant> {
      const key = hashOf(token);
      const found = known.get(key);
      if (found !== undefined && found.untilMs > clock.now()) return found.grant;
      const oldest = known.size >= CAPACITY ? known.keys().next().value : undefined;
      if (oldest !== undefined) known.delete(oldest);
      const grant = ask();
      known.set(key, { grant, untilMs: clock.now() + KEEP_MS });
      grant.catch(() => known.delete(key));
      return grant;
    },
    forget: (token: string) => void known.delete(hashOf(token)),
  };
}

export type GrantCache = ReturnType<typeof createGrantCache>;

const hashOf = (token: string) => createHash('sha256').update(token).digest('base64');
