import { describe, expect, it } from 'vitest';
import { judgeQuota } from './check-quota.ts';
import { failure, note, ok, renderFindings } from './finding.ts';

describe('the doctor\'s look at quotas', () => {
  it.each([
    [[{ kind: 'port', used: 5, limit: null }], 'ok'],
    [[{ kind: 'port', used: 5, limit: 100 }], 'ok'],
    [[{ kind: 'port', used: 95, limit: 100 }], 'note'],
    [[{ kind: 'port', used: 95, limit: 100 }, { kind: 'group', used: 10, limit: 10 }], 'failure'],
    [[{ kind: 'port', used: 12, limit: 10 }], 'failure'],
    [[], 'ok'],
  ] as const)('%j is %s', (rooms, result) => {
    const finding = judgeQuota('Neutron', rooms, 'raise it');
    expect(finding).toMatchObject({ result, fix: result === 'ok' ? null : 'raise it' });
  });
});

it('findings are printed with their fix and a sum', () => {
  expect(renderFindings([ok('a', 'b', 'c'), note('d', 'e', 'f'), failure('g', 'h', 'i', 'j')])).toBe('ok   a: b: c\nnote d: e: f\nFAIL g: h: i\n     fix: j\n1 of 3 checks failed.\n');
  expect(renderFindings([ok('a', 'b', 'c')])).toBe('ok   a: b: c\nNothing has to be repaired.\n');
});
