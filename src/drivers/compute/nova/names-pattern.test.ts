import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namesPattern } from './names-pattern.ts';

const name = fc.uuid().map((id) => `amphora-${id}`);

describe('pattern of server names', () => {
  it.each([
    [['amphora-1a'], '^amphora-1a$'], [['amphora-1a', 'amphora-2a'], '^amphora-[12]a$'], [['ab', 'abcd'], '^abc?d?$'], [['a-', 'ab', 'ac'], '^a[bc-]$'],
  ])('%j is %s', (names, pattern) => {
    expect(namesPattern(names)).toBe(pattern);
  });

  it('matches every name, and has nothing in it that Nova takes literally', () => {
    fc.assert(fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), (names) => {
      const pattern = namesPattern(names);
      expect(names.every((one) => new RegExp(pattern).test(one))).toBe(true);
      expect(new RegExp(pattern).test(`x${names[0] ?? ''}`)).toBe(false);
      expect(pattern).not.toContain('|');
    }));
  });

  it('matches no other server while those asked for are few', () => {
    const names = Array.from({ length: 2000 }, () => `amphora-${randomUUID()}`);
    const pattern = new RegExp(namesPattern(names.slice(0, 8)));
    expect(names.filter((one) => pattern.test(one))).toEqual(names.slice(0, 8));
  });
});
