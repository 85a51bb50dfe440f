import { expect, test } from 'vitest';
import { HangWatch } from './hang-watch.ts';

/** What ends up ended when a worker is seen in these states, with or without a question that stays open. */
async function endedAfter(states: readonly string[], options: { asked: boolean; ticks?: (look: number) => number }): Promise<string[]> {
  const ended: string[] = [];
  let number = -1;
  const watch = new HangWatch({
    end: async (id, worker) => void ended.push(`${id} ${worker}`),
    look: () => ({ state: states[number] ?? '', cpuTicks: options.ticks?.(number) ?? 0 }),
  });
  await watch.over('lb', async () => ({ answer: '', worker: 7 }));
  if (options.asked) void watch.over('lb', () => new Promise(() => undefined));
  while (number < states.length - 1) {
    number += 1;
    await Promise.all(watch.look());
  }
  return ended;
}

const times = (count: number, state: string): string[] => Array.from({ length: count }, () => state);

test.each([
  ['stopped for two looks', ['T', 'T'], { asked: false }, true],
  ['stopped for one look only', ['T', 'S', 'T', 'S'], { asked: false }, false],
  ['held by a debugger', times(9, 't'), { asked: true }, false],
  ['asleep without a question', times(20, 'S'), { asked: false }, false],
  ['asleep over a question', times(5, 'S'), { asked: true }, true],
  ['frozen over a question', times(5, 'D'), { asked: true }, true],
  ['asleep over a question for less', times(4, 'S'), { asked: true }, false],
  ['waiting for a processor all the time', times(50, 'R'), { asked: true }, false],
  ['getting a turn now and then', [...times(4, 'S'), 'R', ...times(4, 'S')], { asked: true }, false],
  ['found asleep but at work in between', times(50, 'S'), { asked: true, ticks: (look: number) => look }, false],
] as const)('a worker %s', async (_, states, options, isEnded) => {
  expect(await endedAfter(states, options)).toEqual(isEnded ? ['lb 7'] : []);
});

test('an answer clears what was held against the worker; a forgotten one is left alone', async () => {
  const ended: string[] = [];
  const watch = new HangWatch({ end: async (id) => void ended.push(id), look: () => ({ state: 'T', cpuTicks: 0 }) });
  const answer = () => watch.over('lb', async () => ({ answer: 1, worker: 7 }));
  await answer();
  void watch.look();
  await answer();
  void watch.look();
  expect(ended).toEqual([]);
  watch.forget('lb');
  void watch.look();
  expect(ended).toEqual([]);
});

test('a question that failed is no longer open', async () => {
  const watch = new HangWatch({ end: async () => undefined, look: () => ({ state: 'S', cpuTicks: 0 }) });
  await watch.over('lb', async () => ({ answer: 1, worker: 7 }));
  await expect(watch.over('lb', () => Promise.reject(new Error('closed')))).rejects.toThrow('closed');
  expect(Array.from({ length: 9 }, () => watch.look()).flat()).toEqual([]);
});
