import { expect, test } from 'vitest';
import { tokenBucket } from './shaper.ts';

const rule = (maxKbps: number, maxBurstKbps: number) => ({ id: 'r', kind: 'bandwidth_limit', direction: 'egress', maxKbps, maxBurstKbps }) as const;

test.each([
  ['what the rule says', rule(1000, 500), ['rate', '1000kbit', 'burst', '500kbit']],
  ['four fifths of the rate without a burst', rule(1000, 0), ['rate', '1000kbit', 'burst', '800kbit']],
  ['a bucket of a few frames at least', rule(10, 8), ['rate', '10kbit', 'burst', '256kbit']],
  ['no more than a minute of the rate', rule(1000, 2_147_483_647), ['rate', '1000kbit', 'burst', '60000kbit']],
  ['no more than tc can count', rule(2_147_483_647, 0), ['rate', '2147483647kbit', 'burst', '33554431kbit']],
])('%s', (_what, limit, args) => {
  expect(tokenBucket(limit)?.slice(0, 4)).toEqual(args);
});

test('neither no rule nor a rate of 0 or, as earlier versions stored it, below limits anything', () => {
  expect([tokenBucket(undefined), tokenBucket(rule(0, 0)), tokenBucket(rule(-1, 0))]).toEqual([null, null, null]);
});
