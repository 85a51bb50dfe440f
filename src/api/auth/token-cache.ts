import { createHash } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import type { TokenInfo } from '../../openstack/token.ts';

export interface TokenCache {
  /** The remembered answer, or what `ask` says; callers with the same token share one question. */
  lookUp(token: string, ask: () => Promise<TokenInfo | null>): Promise<TokenInfo | null>;
  /** Drops a token that another service has refused. */
  forget(token: string): void;
}

/** A refusal is kept briefly: a token may be made valid by a late replica of the identity service. */
const REFUSAL_MS = 30_000;

/**
 * Remembers answers about tokens for `ttlMs`, never beyond a token's end; 0 or less remembers nothing. Keys are hashes, so
 * a memory dump shows no tokens. The oldest of `capacity` entries goes first.
 */
export function createTokenCache(ttlMs: number, clock: Clock, capacity = 10_000): TokenCache {
  const known = new Map<string, { readonly info: TokenInfo | null; readonly untilMs: number }>();
  const pending = new Map<string, Promise<TokenInfo | null>>();
  const remember = (key: string, info: TokenInfo | null) => {
    const oldest = known.size >= capacity ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    const lifeMs = info === null ? Math.min(ttlMs, REFUSAL_MS) : ttlMs;
    known.set(key, { info, untilMs: clock.now() + lifeMs });
  };
  return {
    async lookUp(token, ask) {
      if (ttlMs <= 0) return ask();
      const key = hashOf(token);
      const found = known.get(key);
      if (found !== undefined && found.untilMs > clock.now()) return found.info;
      known.delete(key);
      const running = pending.get(key);
      if (running !== undefined) return running;
      const asked = ask().then((info) => {
        remember(key, info);
        return info;
      }).finally(() => pending.delete(key));
      pending.set(key, asked);
      return asked;
    },
    forget: (token) => void known.delete(hashOf(token)),
  };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
