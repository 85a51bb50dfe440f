import type { Config } from '../../config/config.ts';
import { reasonOf } from '../../lib/errors.ts';
import { parseRule } from './parse-rule.ts';
import { readPolicyFiles } from './policy-file.ts';
import { InvalidRule } from './rule.ts';
import { BASE_RULES, OPERATION_RULES } from './rules.ts';

/**
 * The policy as it is in force: every rule with the operator's files over the defaults, as a policy.yaml. What of a file
 * cannot be parsed is shown as the `!` that it counts as. `configDirs` as in createPolicyEnforcer. Throws InvalidPolicyFile.
 */
export function renderEffectivePolicy({ oslo_policy: settings }: Pick<Config, 'oslo_policy'>, configDirs: readonly string[]): string {
  const given = readPolicyFiles({ file: settings.policy_file ?? '', dirs: settings.policy_dirs, configDirs });
  const rules = new Map<string, unknown>([
    ...BASE_RULES.map(({ name, check, formerly }) => [name, formerly === undefined || settings.enforce_new_defaults ? check : `(${check}) or (${formerly})`] as const),
    ...OPERATION_RULES.map(({ name, check }) => [name, check] as const),
    ...given,
  ]);
  return [...rules].map(([name, check]) => line(name, check)).join('');
}

function line(name: string, check: unknown): string {
  try {
    parseRule(check);
    return `${JSON.stringify(name)}: ${JSON.stringify(check)}\n`;
  } catch (error) {
    if (!(error instanceof InvalidRule)) throw error;
    return `# ${reasonOf(error).replaceAll(/\s+/g, ' ')}\n${JSON.stringify(name)}: "!"\n`;
  }
}
