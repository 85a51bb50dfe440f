/** Keys for so many rows: those that are there stay, new rows get keys that none of them has. */
export function withKeys(keys: readonly number[], count: number): readonly number[] {
  const kept = keys.slice(0, count);
  const free = Math.max(-1, ...kept) + 1;
  return [...kept, ...Array.from({ length: count - kept.length }, (_row, index) => free + index)];
}
