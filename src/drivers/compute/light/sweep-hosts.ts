import type { Placement } from './placements.ts';
import type { LightListing } from './wire.ts';

/** What is to be done about the amphorae of one host. */
export type Sweeping =
  /** The host has an amphora that was placed elsewhere or is doomed. */
  | { readonly kind: 'remove'; readonly amphoraId: string }
  /** Doomed, and the host has it no more. */
  | { readonly kind: 'forget'; readonly amphoraId: string }
  /** Nobody noted it: it is ours when the database has the amphora; else it is removed once it `isOld`. */
  | { readonly kind: 'claim'; readonly amphoraId: string; readonly isOld: boolean }
  /** The host said once that it is there, and now it is not. */
  | { readonly kind: 'lost'; readonly amphoraId: string };

/** One that is younger may have been moved here while the list was made. */
const SETTLED_SECONDS = 30;

/**
 * Compares what a host has with what was noted before it was asked. Pure. `placements`: all of the pool. An amphora that is
 * being placed right now may be missing in either.
 */
export function judgeListing(host: string, { amphorae, lost }: LightListing, placements: readonly Placement[], orphanGraceSeconds: number): readonly Sweeping[] {
  const noted = new Map(placements.map((placement) => [placement.amphoraId, placement]));
  const there = new Set(amphorae.filter(({ state }) => state === 'active').map(({ amphoraId }) => amphoraId));
  const had = new Set([...amphorae.map(({ amphoraId }) => amphoraId), ...lost]);
  const found = amphorae.flatMap(({ amphoraId, ageSeconds }): Sweeping[] => {
    const placement = noted.get(amphoraId);
    if (placement === undefined) return [{ kind: 'claim', amphoraId, isOld: orphanGraceSeconds > 0 && ageSeconds >= orphanGraceSeconds }];
    const isDoubled = placement.host !== host && ageSeconds >= SETTLED_SECONDS;
    return isDoubled || placement.state === 'doomed' ? [{ kind: 'remove', amphoraId }] : [];
  });
  const missing = placements.filter((placement) => placement.host === host).flatMap(({ amphoraId, state }): Sweeping[] => {
    if (state === 'doomed' && !had.has(amphoraId)) return [{ kind: 'forget', amphoraId }];
    return state === 'booted' && !there.has(amphoraId) ? [{ kind: 'lost', amphoraId }] : [];
  });
  // What the host lost and nobody wants any more.
  const stale = lost.filter((amphoraId) => noted.get(amphoraId)?.host !== host || noted.get(amphoraId)?.state === 'doomed').map((amphoraId): Sweeping => ({ kind: 'remove', amphoraId }));
  return [...found, ...missing, ...stale];
}
