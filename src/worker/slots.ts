/** Bounds how many of something run at the same time. */
export interface Slots { use<T>(work: () => Promise<T>): Promise<T> }

/** At most `limit()` at a time; the others wait in the order in which they came. */
export function createSlots(limit: () => number): Slots {
  const waiting: (() => void)[] = [];
  let used = 0;
  return {
    use: async (work) => {
      if (used >= limit()) await new Promise<void>((resolve) => void waiting.push(resolve));
      used += 1;
      try {
        return await work();
      } finally {
        used -= 1;
        waiting.shift()?.();
      }
    },
  };
}
