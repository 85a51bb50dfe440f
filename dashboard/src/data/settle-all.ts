/** Calls under way at once: browsers open about six connections to one origin. */
const AT_ONCE = 6;

/** Does the same with many objects, a few at a time, and answers why it failed for which: "name: reason". */
export async function failuresOf<T extends { readonly id: string; readonly name: string }>(objects: readonly T[], work: (object: T) => Promise<unknown>): Promise<readonly string[]> {
  const waiting = [...objects];
  const failures: string[] = [];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await work(next);
      } catch (error) {
        failures.push(`${next.name === '' ? next.id : next.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return failures;
}
