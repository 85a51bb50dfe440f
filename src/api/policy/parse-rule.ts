import { InvalidRule, type Rule } from './rule.ts';

type Token =
  | { readonly kind: 'open' | 'close' | 'and' | 'or' | 'not' }
  | { readonly kind: 'check'; readonly text: string };

/**
 * Parses a rule of a policy file: text (`role:admin and not project_id:%(project_id)s`) or the old notation of lists,
 * outer OR, inner AND. Empty means allowed. Throws InvalidRule.
 */
export function parseRule(source: unknown): Rule {
  if (typeof source === 'string') return parseText(source);
  if (Array.isArray(source)) return parseLists(source);
  throw new InvalidRule(JSON.stringify(source), 'it is neither text nor a list');
}

function parseLists(source: readonly unknown[]): Rule {
  if (source.length === 0) return { kind: 'always' };
  const alternatives = source.filter((inner) => !Array.isArray(inner) || inner.length > 0).map((inner): Rule => {
    const checks = (Array.isArray(inner) ? inner : [inner]).map((check: unknown) => {
      if (typeof check !== 'string') throw new InvalidRule(JSON.stringify(source), 'a list holds something that is no text');
      return parseCheck(check, check);
    });
    return checks.length === 1 && checks[0] ? checks[0] : { kind: 'and', rules: checks };
  });
  if (alternatives.length === 0) return { kind: 'never' };
  return alternatives.length === 1 && alternatives[0] ? alternatives[0] : { kind: 'or', rules: alternatives };
}

function parseText(text: string): Rule {
  if (text.trim() === '') return { kind: 'always' };
  const tokens = tokenise(text);
  let position = 0;
  const peek = () => tokens[position]?.kind;

  const parseAlternatives = (): Rule => {
    const rules = [parseConjunction()];
    while (peek() === 'or') { position += 1; rules.push(parseConjunction()); }
    return rules.length === 1 && rules[0] ? rules[0] : { kind: 'or', rules };
  };
  const parseConjunction = (): Rule => {
    const rules = [parseTerm()];
    while (peek() === 'and') { position += 1; rules.push(parseTerm()); }
    return rules.length === 1 && rules[0] ? rules[0] : { kind: 'and', rules };
  };
  const parseTerm = (): Rule => {
    const token = tokens[position];
    position += 1;
    if (token?.kind === 'not') return { kind: 'not', rule: parseTerm() };
    if (token?.kind === 'check') return parseCheck(token.text, text);
    if (token?.kind !== 'open') throw new InvalidRule(text, token === undefined ? 'it ends too early' : `unexpected "${token.kind}"`);
    const inner = parseAlternatives();
    if (peek() !== 'close') throw new InvalidRule(text, 'a parenthesis is not closed');
    position += 1;
    return inner;
  };

  const rule = parseAlternatives();
  if (position < tokens.length) throw new InvalidRule(text, 'there is something after its end');
  return rule;
}

/** Words are separated by white space; parentheses count only at a word's edge, `%(name)s` keeps its own. */
function tokenise(text: string): readonly Token[] {
  return text.split(/\s+/).filter((word) => word !== '').flatMap((word): Token[] => {
    const opening = /^\(*/.exec(word)?.[0].length ?? 0;
    const inner = word.slice(opening);
    const bare = inner.replace(/\)+$/, '');
    const tokens: Token[] = Array.from({ length: opening }, () => ({ kind: 'open' }));
    if (bare !== '') tokens.push(wordToken(bare));
    for (let closing = inner.length - bare.length; closing > 0; closing -= 1) tokens.push({ kind: 'close' });
    return tokens;
  });
}

function wordToken(word: string): Token {
  const lower = word.toLowerCase();
  return lower === 'and' || lower === 'or' || lower === 'not' ? { kind: lower } : { kind: 'check', text: word };
}

function parseCheck(check: string, whole: string): Rule {
  if (check === '@') return { kind: 'always' };
  if (check === '!') return { kind: 'never' };
  const colon = check.indexOf(':');
  if (colon <= 0) throw new InvalidRule(whole, `"${check}" has no colon`);
  const kind = check.slice(0, colon);
  const match = check.slice(colon + 1);
  if (kind === 'role') return { kind: 'role', role: match };
  if (kind === 'rule') return { kind: 'reference', name: match };
  if (kind === 'is_admin') return { kind: 'is-admin', expected: match.toLowerCase() === 'true' };
  // A decision that waits for another server would hold up every request; such rules deny.
  if (kind === 'http' || kind === 'https') throw new InvalidRule(whole, 'remote checks are not supported');
  const constant = constantOf(kind);
  return constant === null ? { kind: 'attribute', path: kind.split('.'), match } : { kind: 'constant', value: constant, match };
}

/** The text of a Python literal (`'x'`, `"x"`, 7, True, None), or null when the word names an attribute. */
function constantOf(word: string): string | null {
  const quoted = /^(['"])(.*)\1$/.exec(word);
  if (quoted) return quoted[2] ?? '';
  return /^(True|False|None|-?\d+(\.\d+)?)$/.test(word) ? word : null;
}
