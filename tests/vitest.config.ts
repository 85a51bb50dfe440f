import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Suites that cross rooms: they run inside the private world of tests/sandbox/enter.sh, one file at a time. */
export default defineConfig({
  // The dashboard has packages of its own.
  resolve: { alias: [{ find: /^@model\//, replacement: root('src/model/') }, { find: 'playwright-core', replacement: root('dashboard/node_modules/playwright-core/index.mjs') }] },
  test: {
    include: ['tests/**/*.test.ts'],
    // Whoever waits for something gives up sooner and says for what.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    sequence: { concurrent: false },
    teardownTimeout: 30_000,
  },
});
