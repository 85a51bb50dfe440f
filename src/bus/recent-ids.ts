/** Remembers the last ids seen: brokers deliver again what was not acknowledged in time. */
export interface RecentIds {
  /** False when the id was seen lately. */
  isNew(id: string): boolean;
}

export function createRecentIds(limit = 1000): RecentIds {
  const seen = new Set<string>();
  return {
    isNew(id) {
      if (seen.has(id)) return false;
      seen.add(id);
      if (seen.size > limit) for (const oldest of seen) {
        seen.delete(oldest);
        break;
      }
      return true;
    },
  };
}
