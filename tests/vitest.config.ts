import { defineConfig } from 'vitest/config';

/** Suites that cross rooms: they run inside the private world of tests/sandbox/enter.sh, one file at a time. */
export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    sequence: { concurrent: false },
    teardownTimeout: 30_000,
  },
});
