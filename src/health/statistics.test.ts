import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OctaviaError } from '../lib/errors.ts';
import { createStatistics, type ListenerFigures, type StatisticsDriver } from './statistics.ts';
import { heartbeatOf } from './testing/health-world.ts';

const all = () => true;

describe('statistics between heartbeats and their drivers', () => {
  it('lose and double nothing, however often a driver fails for a while', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ totconns: fc.nat(1000), flush: fc.boolean(), works: fc.boolean() }), { maxLength: 30 }), async (steps) => {
      let works = true;
      let stored = 0n;
      const driver: StatisticsDriver = {
        name: 'test',
        update: async (figures) => {
          if (!works) throw new OctaviaError('away', 'away', { retry: 'retry' });
          for (const one of figures) stored += one.totalConnections;
        },
      };
      const statistics = createStatistics([driver]);
      for (const [seq, step] of steps.entries()) {
        statistics.add(heartbeatOf('lb', seq, { totconns: step.totconns }), all);
        works = step.works;
        if (step.flush) await statistics.handOver(() => undefined);
      }
      works = true;
      await statistics.handOver(() => undefined);
      expect(stored).toBe(BigInt(steps.reduce((sum, step) => sum + step.totconns, 0)));
    }));
  });

  it('of a failing driver do not keep another one from its own', async () => {
    const got: ListenerFigures[] = [];
    const failures: string[] = [];
    const statistics = createStatistics([
      { name: 'bad', update: () => Promise.reject(new OctaviaError('no', 'no')) },
      { name: 'good', update: async (figures) => void got.push(...figures) },
    ]);
    statistics.add(heartbeatOf('lb', 0), all);
    await statistics.handOver((_error, driver) => failures.push(driver));
    expect([got.length, failures]).toEqual([1, ['bad']]);
    // Refused for good: not offered again.
    expect(statistics.size).toBe(0);
  });

  it('of agents before version 3 replace what waits, and unknown listeners are left out', async () => {
    const got: ListenerFigures[] = [];
    const statistics = createStatistics([{ name: 'test', update: async (figures) => void got.push(...figures) }]);
    for (const [seq, totconns] of [5, 9].entries()) statistics.add(heartbeatOf('lb', seq, { ver: 2, totconns, listeners: ['lb-l', 'foreign'] }), (id) => id === 'lb-l');
    await statistics.handOver(() => undefined);
    expect(got).toMatchObject([{ listenerId: 'lb-l', isDelta: false, totalConnections: 9n }]);
  });
});
