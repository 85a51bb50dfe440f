import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRecordStore } from './record-store.ts';

interface Thing { readonly id: string; readonly size: number }

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'records-')); });
afterEach(() => rmSync(directory, { recursive: true }));

test('what a transaction wrote is there after reopening, in insertion order', () => {
  const path = join(directory, 'a.sqlite');
  const store = openRecordStore(path);
  const things = store.collection<Thing>('thing');
  store.transaction(() => { things.put({ id: 'b', size: 1 }); things.put({ id: 'a', size: 2 }); things.put({ id: 'b', size: 3 }); });
  store.close();
  const again = openRecordStore(path);
  expect(again.collection<Thing>('thing').list()).toEqual([{ id: 'b', size: 3 }, { id: 'a', size: 2 }]);
  again.close();
});

test('a transaction that throws leaves neither memory nor file changed and tells nobody', () => {
  const path = join(directory, 'a.sqlite');
  const store = openRecordStore(path);
  const things = store.collection<Thing>('thing');
  store.transaction(() => things.put({ id: 'a', size: 1 }));
  let told = 0;
  store.onCommit(() => { told += 1; });
  expect(() => store.transaction(() => {
    things.put({ id: 'a', size: 2 });
    store.transaction(() => things.put({ id: 'b', size: 2 }));
    things.delete('a');
    throw new Error('no');
  })).toThrow('no');
  expect(things.list()).toEqual([{ id: 'a', size: 1 }]);
  expect(told).toBe(0);
  store.close();
  const again = openRecordStore(path);
  expect(again.collection<Thing>('thing').list()).toEqual([{ id: 'a', size: 1 }]);
  again.close();
});

test('writing outside a transaction is refused', () => {
  const store = openRecordStore(':memory:');
  const things = store.collection<Thing>('thing');
  expect(() => things.put({ id: 'a', size: 1 })).toThrow(TypeError);
  store.close();
});

test('an index answers what a scan would, whatever was written, deleted or undone', () => {
  fc.assert(fc.property(fc.array(fc.record({ id: fc.constantFrom('a', 'b', 'c'), size: fc.nat(3), fails: fc.boolean(), deletes: fc.boolean() })), (steps) => {
    const store = openRecordStore(':memory:');
    const things = store.collection<Thing>('thing');
    const bySize = things.indexBy((thing) => [String(thing.size)]);
    for (const step of steps) {
      const outcome = () => store.transaction(() => {
        if (step.deletes) things.delete(step.id);
        else things.put({ id: step.id, size: step.size });
        if (step.fails) throw new Error('no');
      });
      if (step.fails) expect(outcome).toThrow('no');
      else outcome();
      for (const size of [0, 1, 2, 3]) {
        expect(bySize(String(size)).map((thing) => thing.id).sort()).toEqual(things.filter((thing) => thing.size === size).map((thing) => thing.id).sort());
      }
    }
    store.close();
  }), { numRuns: 60 });
});
