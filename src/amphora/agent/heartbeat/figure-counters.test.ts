import { expect, test } from 'vitest';
import { FigureCounters } from './figure-counters.ts';

const reading = (process: number, ...objects: readonly (readonly [string, readonly number[]])[]) => [{ id: 'lb', process, uptimeSeconds: 60, byObject: new Map(objects) }];

test('increases come together between two heartbeats, over reloads, with open connections as they are', () => {
  const counters = new FigureCounters(0);
  counters.observe(reading(7, ['m', [2, 100, 50]]), 1000);
  expect(counters.take(10_000)).toEqual({ seconds: 1, figures: { m: [2] } });
  counters.observe(reading(7, ['m', [3, 104, 50]]), 1000);
  counters.observe(reading(7, ['m', [1, 110, 51]]), 1000);
  counters.observe(reading(8, ['m', [5, 2, 1]]), 1000);
  expect(counters.take(13_500)).toEqual({ seconds: 3.5, figures: { m: [5, 12, 2] } });
});

test('an object that stands still without connections is not told, a new one counts from zero', () => {
  const counters = new FigureCounters(0);
  counters.observe(reading(7, ['m', [0, 100]]), 1000);
  counters.observe(reading(7, ['m', [0, 100]], ['new', [0, 4]]), 1000);
  expect(counters.take(0).figures).toEqual({ new: [0, 4] });
  counters.observe(reading(7, ['m', [0, 90]]), 1000);
  expect(counters.take(0).figures).toEqual({ m: [0, 90] });
});

test('a haproxy that is younger than the agent counts from zero', () => {
  const counters = new FigureCounters(0);
  counters.observe(reading(7, ['m', [0, 5]]), 61_000);
  expect(counters.take(61_000).figures).toEqual({ m: [0, 5] });
});
