import type * as Crypto from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { schedules, type Schedule } from './schedule.ts';
import { simulate } from './simulation.ts';
import { openStage, type Stage } from './stage.ts';

vi.mock('node:timers/promises', async (original) => ({ ...await original<object>(), setTimeout: (await import('./scheduler.ts')).virtual.sleep }));
vi.mock('node:sqlite', async (original) => (await import('./platform.ts')).simulatedSqlite(await original()));
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof Crypto>();
  const { drawIdentifier } = await import('./draw-identifier.ts');
  return { ...crypto, randomUUID: () => drawIdentifier(() => crypto.randomUUID()) };
});

let stage: Stage;
beforeAll(async () => { stage = await openStage(); });
afterAll(() => stage.close());

/** What is found by chance is found in a search: a change must not be refused for what was there before. */
const USUAL_SEED = 22;

/** SIMULATION_RUNS and SIMULATION_SEED are for long searches; SIMULATION_SCHEDULE, as a failure shows it, for one run with its trace. */
const { SIMULATION_RUNS: runs, SIMULATION_SEED: seed, SIMULATION_SCHEDULE: given } = process.env;
const TIMEOUT = { timeout: runs === undefined ? 300_000 : 86_400_000 };

async function explore(arbitrary: fc.Arbitrary<Schedule>, usual: number): Promise<void> {
  await fc.assert(fc.asyncProperty(arbitrary, async (schedule) => {
    const { violations } = await simulate(schedule, stage);
    if (violations.length > 0) throw new Error(violations.join('\n'));
  }), { numRuns: Number(runs ?? usual), ...(seed !== undefined ? { seed: Number(seed) } : runs === undefined && { seed: USUAL_SEED }) });
}

test('without faults everything that users ask for comes true', TIMEOUT, () => explore(schedules({ steps: 8, isCalm: true }), 20));

test('with faults, crashes and standstills everything ends as the rows say, with nothing twice, nothing left and nobody in the way of another', TIMEOUT, () => explore(schedules({ steps: 10 }), 100));

test('a schedule decides on everything that happens', TIMEOUT, async () => {
  const [schedule] = fc.sample(schedules({ steps: 10 }), { numRuns: 1, seed: 4 });
  const [one, other] = [await simulate(schedule!, stage), await simulate(schedule!, stage)];
  expect(one.trace.length).toBeGreaterThan(20);
  expect(other.trace).toEqual(one.trace);
});

test.runIf(given !== undefined)('the schedule that was given, with its trace', TIMEOUT, async () => {
  const { violations, trace } = await simulate(JSON.parse(given ?? '') as Schedule, stage);
  process.stdout.write(`${trace.join('\n')}\n`);
  expect(violations).toEqual([]);
});
