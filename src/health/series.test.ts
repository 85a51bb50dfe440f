import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FIGURES } from '../model/figures.ts';
import { listPoints, listSamples } from '../store/samples.ts';
import { silentLogger } from '../telemetry/logger.ts';
import type { LiveNode } from './load-balancer-snapshot.ts';
import { createSeries, spread } from './series.ts';
import { createHealthStore, heartbeatOf, seed } from './testing/health-world.ts';

const AT = 1_800_000_000_000;
const nodes = (...ids: string[]) => ({ id: 'lb', nodes: new Map(ids.map((id): [string, LiveNode] => [id, { id, enabled: true, provisioningStatus: 'ACTIVE', operatingStatus: 'ONLINE' }])) });

it('spreads figures over steps without losing or inventing any, and nowhere outside their period', () => {
  const period = fc.record({ fromMs: fc.integer({ min: AT, max: AT + 50_000 }), lengthMs: fc.integer({ min: 1, max: 100_000 }) });
  fc.assert(fc.property(period, fc.array(fc.nat(10_000), { minLength: 1, maxLength: 11 }), fc.constantFrom(10, 600), ({ fromMs, lengthMs }, figures, step) => {
    const parts = spread(figures, step, [fromMs, fromMs + lengthMs]);
    for (const index of FIGURES.keys()) expect(parts.reduce((sum, { values }) => sum + (values[index + 1] ?? 0), 0)).toBe(figures[index + 1] ?? 0);
    for (const { at, values } of parts) {
      expect((at + step) * 1000).toBeGreaterThan(fromMs);
      expect(at * 1000).toBeLessThan(fromMs + lengthMs);
      expect(values[0]).toBe(figures[0]);
    }
  }));
});

it('gives each step the part of the period that lies in it', () => {
  expect(spread([3, 30], 10, [AT - 5_000, AT + 10_000]).map(({ at, values }) => [at, values[1]])).toEqual([[AT / 1000 - 10, 10], [AT / 1000, 20]]);
});

it('keeps figures of known objects, listeners by the original\'s statistics where an agent tells no more, and adds up', async () => {
  const store = await createHealthStore();
  await seed(store, 'lb', { nowMs: AT });
  const series = createSeries({ store, log: silentLogger });
  const from = AT / 1000 - 3600;
  const plain = heartbeatOf('lb', 0, { totconns: 7 });
  series.add(plain, nodes('lb-l'), AT);
  series.add({ ...plain, listeners: {}, extension: { seconds: 2, figures: { 'lb-m1': [1, 8, 8, 100, 200, 0, 0, 6, 0, 0, 2], stranger: [9, 9] }, failing: {} } }, nodes('lb-l', 'lb-m1'), AT);
  await series.flush(AT);
  series.add({ ...plain, listeners: {}, extension: { seconds: 2, figures: { 'lb-m1': [4, 2] }, failing: {} } }, nodes('lb-m1'), AT);
  await series.close();
  expect(await listPoints(store.read, { loadBalancerId: 'lb', step: 10, from, objectId: 'lb-m1' })).toEqual([
    { at: AT / 1000 - 10, peak_connections: 4, requests: 10, connections: 8, bytes_in: 100, bytes_out: 200, errors: 0, responses_1xx: 0, responses_2xx: 6, responses_3xx: 0, responses_4xx: 0, responses_5xx: 2 },
  ]);
  expect(await listPoints(store.read, { loadBalancerId: 'lb', step: 600, from, objectId: null })).toMatchObject([{ connections: 7, peak_connections: 1 }]);
  expect((await listSamples(store.read, { loadBalancerId: 'lb', step: 10, from })).map(({ objectId }) => objectId).toSorted()).toEqual(['lb-l', 'lb-m1']);
  await store.close();
});

it('writes nothing for amphorae without traffic, and keeps figures while the database is away', async () => {
  const store = await createHealthStore();
  await seed(store, 'lb', { nowMs: AT });
  let isAway = true;
  let attempts = 0;
  const idle = { ...heartbeatOf('lb', 0), listeners: { 'lb-l': { status: 'OPEN' as const, stats: { tx: 0, rx: 0, conns: 0, totconns: 0, ereq: 0 } } } };
  const series = createSeries({ store: { ...store, read: store.read, transaction: (work) => {
    attempts += 1;
    return isAway ? Promise.reject(new Error('away')) : store.transaction(work);
  } }, log: silentLogger });
  series.add(idle, nodes('lb-l'), AT);
  await series.flush(AT);
  expect(attempts).toBe(0);
  series.add(heartbeatOf('lb', 1, { totconns: 5 }), nodes('lb-l'), AT);
  await series.flush(AT);
  isAway = false;
  await series.close();
  expect(await listPoints(store.read, { loadBalancerId: 'lb', step: 10, from: 0, objectId: null })).toMatchObject([{ connections: 5 }]);
  await store.close();
});
