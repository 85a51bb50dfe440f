import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCycle } from './find-cycle.ts';
import { parseRule } from './parse-rule.ts';
import { decide, InvalidRule, type Rule, type RuleSet } from './rule.ts';

const noRules: RuleSet = { find: () => undefined };
const caller = { user_id: 'u1', project_id: 'p1', roles: ['Member', 'reader'], is_admin: false, token: { project: { domain: { id: 'd1' } } }, system_scope: null };
const target = { project_id: 'p1', user_id: 'u2', kind: 'red', nobody: null };
const allows = (text: unknown) => decide(parseRule(text), noRules, caller, target);

describe('policy rule language', () => {
  it.each([
    ['', true], ['@', true], ['!', false], [[], true], [[[]], false],
    ['role:member', true], ['role:MEMBER', true], ['role:admin', false], ['not role:admin', true],
    ['role:admin or role:member', true], ['role:admin and role:member', false], ['not role:admin and role:member', true],
    ['role:member or role:admin and !', true], ['(role:member or role:admin) and !', false],
    ['not (role:admin or role:member)', false], ['((role:member))', true], ['ROLE:member OR @', true],
    ['project_id:%(project_id)s', true], ['user_id:%(user_id)s', false], ['user_id:u1', true], ['project_id:%(missing)s', false], ['project_id:%(nobody)s', false],
    ["'red':%(kind)s", true], ['"blue":%(kind)s', false], ['True:%(kind)s', false],
    ['is_admin:True', false], ['is_admin:False', true], ['is_admin:true', false], ['system_scope:all', false], ['system_scope:None', true],
    ['token.project.domain.id:d1', true], ['token.project.id:p1', false], ['roles:reader', true],
    ['rule:unknown', false], ['not rule:unknown', true],
    [[['role:admin'], ['role:member', 'project_id:%(project_id)s']], true], [[['role:admin', 'role:member']], false], [['role:member'], true],
  ])('%j is %s', (text, expected) => {
    expect(allows(text)).toBe(expected);
  });

  it.each(['role', ':x', 'role:a and', 'and role:a', '(role:a', 'role:a)', 'role:a role:b', 'not', '()', 'http://policy.example/x', 7, null, [[7]]])('refuses %j', (text) => {
    expect(() => parseRule(text)).toThrow(InvalidRule);
  });

  it('"and" binds tighter than "or", "not" tighter than both', () => {
    const operand = fc.constantFrom('@', '!');
    const word = (text: string) => text === '@';
    fc.assert(fc.property(operand, operand, operand, (a, b, c) => {
      expect(allows(`${a} or ${b} and ${c}`)).toBe(word(a) || (word(b) && word(c)));
      expect(allows(`${a} and ${b} or ${c}`)).toBe((word(a) && word(b)) || word(c));
      expect(allows(`not ${a} and ${b}`)).toBe(!word(a) && word(b));
    }));
  });

  it('any text either parses or is refused, never anything else', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('(', ')', 'and', 'or', 'not', 'role:a', '@', '!', ' ', 'x', "'q':%(a)s")), (words) => {
      try {
        decide(parseRule(words.join(' ')), noRules, {}, {});
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidRule);
      }
    }));
  });

  it.each([
    [{ a: 'rule:b', b: 'not rule:a' }, ['a', 'b', 'a']],
    [{ a: 'rule:a or @' }, ['a', 'a']],
    [{ a: 'rule:b or rule:c', b: 'rule:c', c: 'rule:d and role:x' }, null],
  ])('circles of references are found: %j', (texts, expected) => {
    const rules = new Map(Object.entries(texts).map(([name, text]): [string, Rule] => [name, parseRule(text)]));
    expect(findCycle(rules)).toEqual(expected);
  });
});
