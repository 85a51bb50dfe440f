import { expect, test } from 'vitest';
import type { Store } from '../store/database.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { createHealthWriter } from './health-writer.ts';

test('while the database hangs writes do not pile up, and what was heard meanwhile is written by one', async () => {
  const answers = Promise.withResolvers<void>();
  let transactions = 0;
  let handedOver = 0;
  const store = {
    transaction: async () => {
      transactions += 1;
      await answers.promise;
    },
  } as unknown as Store;
  const statistics = { add: () => undefined, size: 0, handOver: async () => void (handedOver += 1) };
  const writer = createHealthWriter({ store, clock: { now: () => 1000 }, log: silentLogger, statistics, maxLagMs: () => 10_000, onFailure: () => undefined });
  const flushes: Promise<void>[] = [];
  for (let heartbeat = 0; heartbeat < 1000; heartbeat += 1) {
    writer.heard(`amphora-${heartbeat}`, 900);
    flushes.push(writer.flush());
    await Promise.resolve();
  }
  answers.resolve();
  await Promise.all(flushes);
  expect({ transactions, handedOver, backlog: writer.backlog }).toEqual({ transactions: 2, handedOver: 2, backlog: 0 });
});
