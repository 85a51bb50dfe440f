import { expect, test } from 'vitest';
import { expandExpectedCodes } from './expected-codes.ts';

test.each([
  ['200', ['200']],
  ['202, 200,202', ['200', '202']],
  ['200-203', ['200', '201', '202', '203']],
  ['203-200', ['200', '201', '202', '203']],
])('%s means %j', (text, codes) => {
  expect(expandExpectedCodes(text)).toEqual(codes);
});
