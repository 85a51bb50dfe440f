import { expect, test } from 'vitest';
import type { L7Rule } from '../../model/graph.ts';
import { aclWords } from './l7-acl.ts';

test.each([['0', '0'], ['0020', '20'], ['12345678901', '999999999'], ['9'.repeat(255), '999999999']])('the verification result %s is compared as %s', (value, written) => {
  const rule = { id: 'r', type: 'SSL_VERIFY_RESULT', compareType: 'EQUAL_TO', key: null, value, invert: false } as L7Rule;
  expect(aclWords(rule)).toEqual(['ssl_c_verify', 'eq', written]);
});
