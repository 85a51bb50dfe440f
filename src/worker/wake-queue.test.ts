import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { URGENCIES } from './fair-line.ts';
import { createWakeQueue, type Park, type WakeQueue } from './wake-queue.ts';

/** A queue whose work ends when the test says so. */
function heldQueue(limit: number): { readonly queue: WakeQueue; readonly order: string[]; park(id: string): () => void; end(id: string): Promise<void> } {
  const order: string[] = [];
  const ends = new Map<string, () => void>();
  const parks = new Map<string, Park>();
  const queue = createWakeQueue({
    limit: () => limit,
    work: (id, _wake, park) => new Promise((resolve) => { order.push(id); ends.set(id, resolve); parks.set(id, park); }),
    onError: () => undefined,
  });
  return {
    queue, order,
    park: (id) => parks.get(id)?.() ?? (() => undefined),
    end: async (id) => {
      ends.get(id)?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** Lets everything run to its end, one after the other. */
async function drain(held: ReturnType<typeof heldQueue>): Promise<void> {
  for (let index = 0; index < held.order.length; index += 1) await held.end(held.order[index] ?? '');
}

test('a burst of one project does not hold another one up', async () => {
  const held = heldQueue(1);
  for (let number = 0; number < 100; number += 1) held.queue.wake(`big-${number}`, { isAsked: true, urgency: 'creation', project: 'big' });
  held.queue.wake('small-0', { isAsked: true, urgency: 'creation', project: 'small' });
  await drain(held);
  expect(held.order.indexOf('small-0')).toBeLessThan(4);
  expect(held.order).toHaveLength(101);
});

test('what is broken comes first, and nothing starves behind it', async () => {
  const held = heldQueue(1);
  held.queue.wake('busy', { isAsked: true });
  for (let number = 0; number < 20; number += 1) for (const urgency of URGENCIES.toReversed()) held.queue.wake(`${urgency}-${number}`, { isAsked: true, urgency });
  await drain(held);
  expect(held.order.slice(1, 3)).toEqual(['repair-0', 'repair-1']);
  expect(held.order.indexOf('creation-0')).toBeLessThan(6);
  const average = (urgency: string): number => held.order.reduce((sum, id, at) => sum + (id.startsWith(urgency) ? at : 0), 0);
  expect(average('repair')).toBeLessThan(average('change'));
  expect(average('repair')).toBeLessThan(average('creation'));
});

test('runs that wait for something leave their place to others, and creations stop to begin before too many wait', async () => {
  const held = heldQueue(2);
  const resume: (() => void)[] = [];
  for (let number = 0; number < 100; number += 1) held.queue.wake(`new-${number}`, { isAsked: true, urgency: 'creation' });
  for (let index = 0; index < held.order.length; index += 1) resume.push(held.park(held.order[index] ?? ''));
  // Twenty-one that wait: the last one ran beside the twentieth when that began to.
  expect(held.order).toHaveLength(21);
  held.queue.wake('change', { isAsked: true });
  expect(held.order.at(-1)).toBe('change');
  for (const go of resume) go();
  await drain(held);
  expect(new Set(held.order).size).toBe(101);
});

test('a run that waits for two things at once leaves one place, and takes it again when both are there', async () => {
  const held = heldQueue(1);
  for (const id of ['pair', 'second', 'third']) held.queue.wake(id, { isAsked: true });
  const waits = [held.park('pair'), held.park('pair')];
  expect(held.order).toEqual(['pair', 'second']);
  waits[0]?.();
  waits[0]?.();
  await held.end('second');
  expect(held.order).toEqual(['pair', 'second', 'third']);
  waits[1]?.();
  held.queue.wake('fourth', { isAsked: true });
  await held.end('third');
  expect(held.order).toHaveLength(3);
  await held.end('pair');
  expect(held.order).toEqual(['pair', 'second', 'third', 'fourth']);
});

test('what failed before comes after everything fresh, and is done all the same', async () => {
  const held = heldQueue(1);
  held.queue.wake('busy', { isAsked: true });
  for (let number = 0; number < 20; number += 1) for (const urgency of ['retry', 'creation'] as const) held.queue.wake(`${urgency}-${number}`, { isAsked: false, urgency });
  await drain(held);
  expect(held.order.slice(1, 4)).toEqual(['creation-0', 'creation-1', 'creation-2']);
  expect(held.order.indexOf('creation-19')).toBeLessThan(25);
  expect(held.order.indexOf('retry-0')).toBeLessThan(10);
});

describe('whatever is woken when', () => {
  test('each id runs after its last wake, never twice at a time, and the queue becomes idle', async () => {
    await fc.assert(fc.asyncProperty(
      fc.array(fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), urgency: fc.constantFrom(...URGENCIES), project: fc.constantFrom('p', 'q'), pause: fc.boolean() }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 3 }),
      async (wakes, limit) => {
        const running = new Set<string>();
        const seen = new Map<string, number>();
        let now = 0;
        const queue = createWakeQueue({
          limit: () => limit,
          work: async (id) => {
            expect(running.has(id)).toBe(false);
            expect(running.size).toBeLessThan(limit);
            running.add(id);
            seen.set(id, now);
            await new Promise((resolve) => setImmediate(resolve));
            running.delete(id);
          },
          onError: (_id, error) => { throw error; },
        });
        const woken = new Map<string, number>();
        for (const { id, urgency, project, pause } of wakes) {
          woken.set(id, (now += 1));
          queue.wake(id, { isAsked: true, urgency, project });
          if (pause) await new Promise((resolve) => setImmediate(resolve));
        }
        await queue.idle();
        for (const [id, at] of woken) expect(seen.get(id)).toBeGreaterThanOrEqual(at);
      },
    ), { numRuns: 100 });
  });
});
