import { expect, it } from 'vitest';
import { withKeys } from '../../dashboard/src/forms/row-keys.ts';

it('keeps the keys of the rows that stay, whichever goes and however many come', () => {
  const three = withKeys([], 3);
  expect(three).toEqual([0, 1, 2]);
  const [first = -1, , last = -1] = three;
  expect(withKeys([first, last], 2)).toEqual([first, last]);
  expect(withKeys([first, last], 4)).toEqual([first, last, 3, 4]);
  expect(withKeys(three, 0)).toEqual([]);
});
