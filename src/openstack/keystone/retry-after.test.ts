import { expect, it } from 'vitest';
import { readRetryAfter } from './retry-after.ts';

it('reads seconds and the three forms of an HTTP date, and nothing else', () => {
  const now = Date.parse('1994-11-06T08:49:07Z');
  expect(readRetryAfter('30', now)).toBe(30_000);
  for (const date of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994']) expect(readRetryAfter(date, now), date).toBe(30_000);
  expect(readRetryAfter('Sun, 06 Nov 1994 08:00:00 GMT', now)).toBe(0);
  for (const other of [undefined, '', 'soon', '-5', '1.5', 'Sun, 99 Nov 1994 08:49:37 GMT']) expect(readRetryAfter(other, now), String(other)).toBeNull();
});
