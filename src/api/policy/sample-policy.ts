import { resolve } from 'node:path';
import { readPolicyFiles } from './policy-file.ts';
import { BASE_RULES, OPERATION_RULES } from './rules.ts';

/** A sample policy.yaml: every rule with its meaning and its default, all commented out. */
export function renderSamplePolicy(): string {
  const bases = BASE_RULES.map(({ name, check, formerly, description }) =>
    [`# ${description}`, ...(formerly === undefined ? [] : [`# Also, while [oslo_policy] enforce_new_defaults is false: ${formerly}`]), `#"${name}": "${check}"`].join('\n'));
  const operations = OPERATION_RULES.map(({ name, check, description, operation }) => `# ${description}\n# ${operation}\n#"${name}": "${check}"`);
  return `# Sample policy of Octavia. Every rule shows its default; take the # away to change it.\n\n${[...bases, ...operations].join('\n\n')}\n`;
}

/** Names of rules in operators' files that say what the default says anyway: they can go. */
export function redundantRules(given: ReadonlyMap<string, unknown>): readonly string[] {
  const defaults = new Map([...BASE_RULES, ...OPERATION_RULES].map(({ name, check }) => [name, check]));
  return [...given].flatMap(([name, check]) => (typeof check === 'string' && defaults.get(name) === check.trim() ? [name] : []));
}

/** What `octavia sample-policy` prints: the sample, or what is redundant in a file. */
export function policyText(file: string | undefined): string {
  if (file === undefined) return renderSamplePolicy();
  return redundantRules(readPolicyFiles({ file: resolve(file), dirs: [], configDirs: [] })).map((name) => `"${name}"\n`).join('');
}
