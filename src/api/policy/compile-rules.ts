import { reasonOf } from '../../lib/errors.ts';
import { findCycle, referencesOf } from './find-cycle.ts';
import { parseRule } from './parse-rule.ts';
import { InvalidRule, type Rule, type RuleSet } from './rule.ts';
import { BASE_RULES, OPERATION_RULES } from './rules.ts';

export interface CompileOptions {
  /** True leaves out the former role defaults. */
  readonly enforceNewDefaults: boolean;
  /** Answers for names that no rule has (`[oslo_policy] policy_default_rule`). */
  readonly defaultRule: string;
  /** Told of each rule of a file that cannot be parsed; such a rule denies. */
  readonly onInvalid: (name: string, reason: string) => void;
}

/** Parses the built-in rules with the operator's over them. Throws InvalidRule when rules refer to each other in a circle. */
export function compileRules(overrides: ReadonlyMap<string, unknown>, options: CompileOptions): RuleSet {
  const rules = new Map<string, Rule>(BUILT_IN.map((rule) => [rule.name, effectiveDefault(rule, options.enforceNewDefaults)]));
  for (const [name, source] of overrides) rules.set(name, parseOrDeny(name, source, options));
  const cycle = findCycle(rules);
  if (cycle !== null) throw new InvalidRule(cycle[0] ?? '', `rules refer to each other in a circle: ${cycle.join(' > ')}`);
  denyMissing(options.defaultRule, rules);
  return { find: (name) => rules.get(name) ?? rules.get(options.defaultRule) };
}

/** Rules that the default rule leads to and nobody wrote deny: by default it would ask for itself without end. */
function denyMissing(name: string, rules: Map<string, Rule>): void {
  const rule = rules.get(name);
  if (rule === undefined) rules.set(name, { kind: 'never' });
  else for (const next of referencesOf(rule)) denyMissing(next, rules);
}

interface BuiltIn { readonly name: string; readonly rule: Rule; readonly formerly: Rule | null }

const BUILT_IN: readonly BuiltIn[] = [
  ...BASE_RULES.map(({ name, check, formerly }) => ({ name, rule: parseRule(check), formerly: formerly === undefined ? null : parseRule(formerly) })),
  ...OPERATION_RULES.map(({ name, check }) => ({ name, rule: parseRule(check), formerly: null })),
];

function effectiveDefault({ rule, formerly }: BuiltIn, enforceNewDefaults: boolean): Rule {
  return formerly === null || enforceNewDefaults ? rule : { kind: 'or', rules: [rule, formerly] };
}

function parseOrDeny(name: string, source: unknown, options: CompileOptions): Rule {
  try {
    return parseRule(source);
  } catch (error) {
    if (!(error instanceof InvalidRule)) throw error;
    options.onInvalid(name, reasonOf(error));
    return { kind: 'never' };
  }
}
