import { afterEach, expect, test, vi } from 'vitest';
import type { Store } from '../store/database.ts';
import { createLogger, silentLogger } from '../telemetry/logger.ts';
import { createStatistics } from './statistics.ts';
import { createStatisticsDrivers } from './statistics-drivers.ts';
import { createHealthStore, heartbeatOf, seed } from './testing/health-world.ts';

let store: Store;
afterEach(() => store.close());

test('every driver that is named gets the figures', async () => {
  store = await createHealthStore();
  await seed(store, 'lb', { nowMs: Date.UTC(2026, 0, 2) });
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({ json: true, write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  const drivers = createStatisticsDrivers(['stats_db', 'stats_logger'], { store, log });
  expect(drivers.map(({ name }) => name)).toEqual(['stats_db', 'stats_logger']);
  const statistics = createStatistics(drivers);
  statistics.add(heartbeatOf('lb', 1, { totconns: 7 }), () => true);
  const failed = vi.fn();
  await statistics.handOver(failed);
  expect(failed).not.toHaveBeenCalled();
  expect(await store.read.selectFrom('listener_statistics').select(['listener_id', 'amphora_id', 'total_connections']).execute()).toMatchObject([{ listener_id: 'lb-l', amphora_id: 'lb-a', total_connections: 7n }]);
  expect(lines).toMatchObject([{ listener: 'lb-l', amphora: 'lb-a', total_connections: 7 }]);
});

test('without names nothing is kept, and a name that nobody has is refused with those there are', async () => {
  store = await createHealthStore();
  expect(createStatisticsDrivers([], { store, log: silentLogger })).toEqual([]);
  expect(() => createStatisticsDrivers(['stats_db', 'stats_kafka'], { store, log: silentLogger })).toThrow('There is no statistics driver stats_kafka; choose stats_db or stats_logger.');
});
