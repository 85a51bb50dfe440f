import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StatCounters } from './counters.ts';

const stats = (value: number, conns = 0) => ({ tx: value, rx: value, conns, totconns: value, ereq: value });

test('all increases together are what was counted, over heartbeats, reloads and restarts of the agent', () => {
  const step = fc.record({ add: fc.nat({ max: 1000 }), event: fc.constantFrom('nothing', 'send', 'reload', 'agent restart') });
  fc.assert(fc.property(fc.array(step), (steps) => {
    let counters = new StatCounters(null);
    let [absolute, process, expected, reported] = [0, 100, 0, 0];
    const send = (): void => { reported += counters.take('l', stats(absolute)).tx; };
    for (const { add, event } of steps) {
      absolute += add;
      expected += add;
      counters.observe('l', stats(absolute), process);
      if (event === 'send') send();
      if (event === 'reload') [absolute, process] = [0, process + 1];
      if (event === 'agent restart') {
        send();
        counters = new StatCounters(counters.serialise());
      }
    }
    send();
    expect(reported).toBe(expected);
  }));
});

test('a counter that went back has started anew, also when the process is unknown as in the original\'s file', () => {
  const counters = new StatCounters('{"l": {"bin": 100, "bout": 100, "ereq": 0, "stot": 100}}');
  counters.observe('l', stats(30, 4), 7);
  expect(counters.take('l', stats(30, 4))).toEqual({ tx: 30, rx: 30, conns: 4, totconns: 30, ereq: 30 });
});

test.each([['not json'], ['[]'], ['7'], ['{"l": null}']])('a damaged file %j starts from nothing', (saved) => {
  const counters = new StatCounters(saved);
  counters.observe('l', stats(5), 1);
  expect(counters.take('l', stats(5)).tx).toBe(5);
});

test('listeners that are gone are forgotten', () => {
  const counters = new StatCounters(null);
  counters.observe('a', stats(1), 1);
  counters.observe('b', stats(1), 1);
  counters.keepOnly(new Set(['b']));
  expect(Object.keys(JSON.parse(counters.serialise()) as object)).toEqual(['b']);
});
