import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { redundantRules, renderSamplePolicy } from './sample-policy.ts';

/** The sample with its rules in force. */
const uncommented = () => parse(renderSamplePolicy().replaceAll(/^#"/gm, '"')) as Readonly<Record<string, string>>;

it('the sample is a policy file without any rule in force, that has all 101 once they are', () => {
  expect(parse(renderSamplePolicy())).toBeNull();
  expect(Object.keys(uncommented())).toHaveLength(101);
});

it('rules that say what the default says are redundant, others are not', () => {
  const given = new Map(Object.entries({ ...uncommented(), service: 'role:other', mine: '@' }));
  expect(redundantRules(given)).toHaveLength(100);
  expect(redundantRules(given)).not.toContain('service');
});
