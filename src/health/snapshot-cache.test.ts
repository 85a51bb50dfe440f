import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Store } from '../store/database.ts';
import { DatabaseUnavailable } from '../store/errors.ts';
import { createSnapshotCache } from './snapshot-cache.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('while the database is away it is asked twice a second, however many heartbeats come', async () => {
  let reads = 0;
  const store = {
    get read(): never {
      reads += 1;
      throw new DatabaseUnavailable('the connection was refused', undefined);
    },
  } as unknown as Store;
  const failures: unknown[] = [];
  const cache = createSnapshotCache({ store, clock: { now: () => Date.now() }, onRead: () => undefined, onFailure: (error) => failures.push(error) });
  for (let second = 0; second < 10; second += 1) {
    for (let heartbeat = 0; heartbeat < 50; heartbeat += 1) {
      cache.request(`amphora-${heartbeat}`);
      await vi.advanceTimersByTimeAsync(20);
    }
  }
  expect(reads).toBeGreaterThan(10);
  expect(reads).toBeLessThanOrEqual(21);
  expect(failures).toHaveLength(reads);
});
