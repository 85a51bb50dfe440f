import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CAST_METHODS } from './bus.ts';
import { decodeCast, encodeCast } from './rpc-casts.ts';

/** Messages as running services of the original (release 11) put them on the queue, one or more for each method; delete_amphora with the version of later releases. */
const samples = JSON.parse(readFileSync(new URL('testdata/rpc-envelopes.json', import.meta.url), 'utf8')) as Record<string, readonly string[]>;

it('there is a captured message for each of the 26 methods', () => {
  expect(Object.keys(samples).sort()).toEqual([...CAST_METHODS].sort());
});

it.each(CAST_METHODS)('%s is understood, and written byte for byte as the original does', (method) => {
  for (const captured of samples[method] ?? expect.fail(`no sample of ${method}`)) {
    const decoded = decodeCast(Buffer.from(captured));
    if (decoded.kind !== 'cast') expect.fail(`${method} is not understood`);
    expect(decoded.cast.method).toBe(method);
    expect(encodeCast(decoded.cast, decoded.uniqueId ?? '').toString()).toBe(captured);
  }
});
