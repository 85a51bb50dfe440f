import { OctaviaError } from '../../lib/errors.ts';

/** A parsed policy rule. */
export type Rule =
  | { readonly kind: 'always' }
  | { readonly kind: 'never' }
  | { readonly kind: 'and'; readonly rules: readonly Rule[] }
  | { readonly kind: 'or'; readonly rules: readonly Rule[] }
  | { readonly kind: 'not'; readonly rule: Rule }
  | { readonly kind: 'role'; readonly role: string }
  | { readonly kind: 'reference'; readonly name: string }
  | { readonly kind: 'is-admin'; readonly expected: boolean }
  /** The text `match` (after filling in `%(attribute)s` of the target) equals a constant. */
  | { readonly kind: 'constant'; readonly value: string; readonly match: string }
  /** The text `match` equals an attribute of the caller; dots in the path descend. */
  | { readonly kind: 'attribute'; readonly path: readonly string[]; readonly match: string };

/** A rule's text is no rule. */
export class InvalidRule extends OctaviaError {
  constructor(text: string, reason: string) { super('invalid-policy-rule', `Policy rule "${text}" is not valid: ${reason}`); }
}

/** What rules may ask about the caller: `user_id`, `project_id`, `roles`, `system_scope`, `is_admin`, ... */
export type Credentials = Readonly<Record<string, unknown>>;
/** Attributes of the object asked for. */
export type Target = Readonly<Record<string, string | null | undefined>>;

export interface RuleSet {
  /** The parsed rule of a name, or the default rule, or undefined. */
  find(name: string): Rule | undefined;
}

/** Decides a rule. A reference to an unknown rule denies; cycles were refused when the rules were loaded. */
export function decide(rule: Rule, rules: RuleSet, credentials: Credentials, target: Target): boolean {
  switch (rule.kind) {
    case 'always': return true;
    case 'never': return false;
    case 'and': return rule.rules.every((part) => decide(part, rules, credentials, target));
    case 'or': return rule.rules.some((part) => decide(part, rules, credentials, target));
    case 'not': return !decide(rule.rule, rules, credentials, target);
    case 'reference': {
      const referenced = rules.find(rule.name);
      return referenced !== undefined && decide(referenced, rules, credentials, target);
    }
    case 'is-admin': return (credentials['is_admin'] === true) === rule.expected;
    case 'role': {
      const role = fillIn(rule.role, target);
      return role !== null && rolesOf(credentials).includes(role.toLowerCase());
    }
    case 'constant': return fillIn(rule.match, target) === rule.value;
    case 'attribute': {
      const wanted = fillIn(rule.match, target);
      return wanted !== null && holds(credentials, rule.path, wanted);
    }
    default: return rule satisfies never;
  }
}

function rolesOf(credentials: Credentials): readonly string[] {
  const roles = credentials['roles'];
  return Array.isArray(roles) ? roles.map((role) => String(role).toLowerCase()) : [];
}

/** Null when the target lacks an attribute that the text names, or has none: nobody owns it, so such a check fails. */
function fillIn(text: string, target: Target): string | null {
  let isComplete = true;
  const filled = text.replaceAll(/%\(([^)]+)\)s/g, (_whole, name: string) => {
    const value = Object.hasOwn(target, name) ? target[name] : null;
    if (value === null || value === undefined) isComplete = false;
    return value ?? '';
  });
  return isComplete ? filled : null;
}

function holds(value: unknown, path: readonly string[], wanted: string): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return Array.isArray(value) ? value.some((item) => asText(item) === wanted) : asText(value) === wanted;
  if (Array.isArray(value)) return value.some((item) => holds(item, path, wanted));
  if (typeof value !== 'object' || value === null) return false;
  const found = Object.entries(value).find(([name]) => name === key);
  return found !== undefined && holds(found[1], rest, wanted);
}

// Python's spelling: policy files compare with `True` and `None`.
function asText(value: unknown): string | null {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
