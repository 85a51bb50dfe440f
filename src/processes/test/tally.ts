/** A test that failed, with the first lines of why. */
export interface Failure {
  readonly name: string;
  readonly reason: string;
}

/** What came of some tests. */
export interface Tally {
  readonly passed: number;
  readonly skipped: number;
  readonly failures: readonly Failure[];
}

export const emptyTally: Tally = { passed: 0, skipped: 0, failures: [] };

export function addTallies(left: Tally, right: Tally): Tally {
  return { passed: left.passed + right.passed, skipped: left.skipped + right.skipped, failures: [...left.failures, ...right.failures] };
}

/** `N passed, N failed, N skipped`. */
export function describeTally({ passed, failures, skipped }: Tally): string {
  return `${passed} passed, ${failures.length} failed, ${skipped} skipped`;
}
