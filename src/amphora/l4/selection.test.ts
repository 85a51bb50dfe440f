import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leastConnectionSlots, roundRobinSlots, slotCount, sourceHashSlots } from './selection.ts';
import type { SlotRange, Weighted } from './selection.ts';

const members = fc.uniqueArray(fc.record({ id: fc.uuid(), weight: fc.integer({ min: 0, max: 256 }) }), { selector: (member) => member.id, minLength: 1, maxLength: 8 });

function turns(slots: readonly SlotRange[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const slot of slots) counts.set(slot.id, (counts.get(slot.id) ?? 0) + slot.last - slot.first + 1);
  return counts;
}

test('tables cover their numbers without gap and name only members with weight', () => {
  fc.assert(fc.property(members, fc.constantFrom(roundRobinSlots, sourceHashSlots, (list: readonly Weighted[]) => leastConnectionSlots(list, new Map())), (list, slotsOf) => {
    const slots = slotsOf(list);
    let next = 0;
    for (const slot of slots) {
      expect(slot.first).toBe(next);
      next = slot.last + 1;
    }
    expect(slotCount(slots)).toBe(next);
    for (const id of turns(slots).keys()) expect(list.find((member) => member.id === id)?.weight).toBeGreaterThan(0);
    expect(slots.length === 0).toBe(list.every((member) => member.weight === 0));
  }));
});

test('round robin gives turns in proportion to weight, spread out rather than in blocks', () => {
  expect(roundRobinSlots([{ id: 'a', weight: 5 }, { id: 'b', weight: 1 }, { id: 'c', weight: 1 }]).map((slot) => slot.id).join('')).toBe('abaca');
  fc.assert(fc.property(members, (list) => {
    const slots = roundRobinSlots(list);
    const total = list.reduce((sum, member) => sum + member.weight, 0);
    for (const member of list.filter((candidate) => candidate.weight > 0)) {
      expect(Math.abs((turns(slots).get(member.id) ?? 0) / slotCount(slots) - member.weight / total)).toBeLessThan(0.01);
    }
  }));
});

test('a member that leaves moves only its own clients to others', () => {
  fc.assert(fc.property(members, (list) => {
    const [gone, ...rest] = list;
    const owner = (slots: readonly SlotRange[], bucket: number): string | undefined => slots.find((slot) => slot.first <= bucket && bucket <= slot.last)?.id;
    const before = sourceHashSlots(list);
    const after = sourceHashSlots(rest);
    if (after.length === 0) return;
    for (let bucket = 0; bucket < slotCount(before); bucket += 1) {
      if (owner(before, bucket) !== gone?.id) expect(owner(after, bucket)).toBe(owner(before, bucket));
    }
  }));
});

test('least connections fills up the emptiest members first', () => {
  const slots = leastConnectionSlots([{ id: 'full', weight: 1 }, { id: 'idle', weight: 9 }, { id: 'drained', weight: 0 }], new Map([['full', 10], ['drained', 0]]));
  const counts = turns(slots);
  expect(slots[0]).toMatchObject({ id: 'idle', first: 0, last: 9 });
  expect(counts.has('drained')).toBe(false);
});
