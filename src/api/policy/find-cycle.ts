import type { Rule } from './rule.ts';

/** The names along a circle of `rule:` references, or null. */
export function findCycle(rules: ReadonlyMap<string, Rule>): readonly string[] | null {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): readonly string[] | null => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    const rule = rules.get(name);
    if (rule === undefined || done.has(name)) return null;
    for (const next of referencesOf(rule)) {
      const cycle = visit(next, [...path, name]);
      if (cycle !== null) return cycle;
    }
    done.add(name);
    return null;
  };
  for (const name of rules.keys()) {
    const cycle = visit(name, []);
    if (cycle !== null) return cycle;
  }
  return null;
}

/** The names of the rules that a rule asks by itself. */
export function referencesOf(rule: Rule): readonly string[] {
  switch (rule.kind) {
    case 'reference': return [rule.name];
    case 'not': return referencesOf(rule.rule);
    case 'and': case 'or': return rule.rules.flatMap(referencesOf);
    default: return [];
  }
}
