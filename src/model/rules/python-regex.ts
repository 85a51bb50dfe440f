import { numbered, octal, otherCharacter, readSet } from './pattern-characters.ts';
import { createPatternReader, isDigit, isOctal, quoted, RegexFault, sizeOf, type PatternReader } from './pattern-reader.ts';

/** What an item of a pattern can match in length; `kind` says what may follow it. */
interface Item {
  readonly kind: 'plain' | 'anchor' | 'repeat';
  readonly least: number;
  readonly most: number;
}

interface State {
  readonly names: Map<string, number>;
  /** Widths by number, the whole pattern first; null while a group is open. */
  readonly groups: ({ readonly least: number; readonly most: number } | null)[];
  /** Groups that a condition named before they came, with the place. */
  readonly awaited: Map<number, number>;
  isVerbose: boolean;
  isVariableBehind: boolean;
  /** Groups there were when the outermost look-behind began. */
  behindFrom: number | null;
}

/** `(?x)` at the start: the pattern is to be read again with blanks left out. */
class BecomesVerbose extends Error {}

const MOST = 4_294_967_295;
const FLAGS = 'iLmsxau';
const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}\p{M}_]*$/u;
const ZERO = { kind: 'plain', least: 0, most: 0 } as const;
const ONE = { kind: 'plain', least: 1, most: 1 } as const;
const ANCHOR = { kind: 'anchor', least: 0, most: 0 } as const;

/** Says what Python's `re` (3.11) finds wrong with a pattern, in its words; null when it takes it. */
export function pythonRegexFault(pattern: string): string | null {
  try {
    try {
      readWhole(pattern, false);
    } catch (error) {
      if (!(error instanceof BecomesVerbose)) throw error;
      readWhole(pattern, true);
    }
    return null;
  } catch (error) {
    if (error instanceof RegexFault) return error.message;
    throw error;
  }
}

function readWhole(pattern: string, isVerbose: boolean): void {
  const reader = createPatternReader(pattern);
  const state: State = { names: new Map(), groups: [null], awaited: new Map(), isVerbose, isVariableBehind: false, behindFrom: null };
  readAlternatives(reader, state, { isVerbose, depth: 0 });
  if (reader.next() !== null) throw reader.fault('unbalanced parenthesis');
  for (const [group, at] of state.awaited) if (group >= state.groups.length) throw new RegexFault(`invalid group reference ${group} at position ${at}`);
  if (state.isVariableBehind) throw new RegexFault('look-behind requires fixed-width pattern');
}

interface Scope { readonly isVerbose: boolean; readonly depth: number }

function readAlternatives(reader: PatternReader, state: State, scope: Scope): Item {
  const items = [readSequence(reader, state, scope, scope.depth === 0)];
  while (reader.take('|')) items.push(readSequence(reader, state, scope, false));
  return { kind: 'plain', least: Math.min(...items.map(({ least }) => least)), most: Math.max(...items.map(({ most }) => most)) };
}

function readSequence(reader: PatternReader, state: State, { isVerbose, depth }: Scope, isFirst: boolean): Item {
  const items: Item[] = [];
  for (let token = reader.next(); token !== null && token !== '|' && token !== ')'; token = reader.next()) {
    reader.advance();
    if (isVerbose && /^\s$/.test(token)) continue;
    if (isVerbose && token === '#') {
      while (![null, '\n'].includes(reader.get())) continue;
      continue;
    }
    if ('*+?{'.includes(token)) readRepeat(reader, items, token);
    else if (token === '(') items.push(...readGroup(reader, state, { isVerbose, depth }, isFirst && items.length === 0));
    else if (token === '[') {
      readSet(reader);
      items.push(ONE);
    }
    else if (token.startsWith('\\')) items.push(readEscape(reader, state, token));
    else items.push(token === '^' || token === '$' ? ANCHOR : ONE);
  }
  return { kind: 'plain', least: items.reduce((sum, { least }) => sum + least, 0), most: Math.min(MOST, items.reduce((sum, { most }) => sum + most, 0)) };
}

function readRepeat(reader: PatternReader, items: Item[], token: string): void {
  const here = reader.tell();
  const bounds = token === '{' ? readBounds(reader, here) : { least: token === '+' ? 1 : 0, most: token === '?' ? 1 : MOST };
  if (bounds === null) {
    items.push(ONE);
    return;
  }
  const item = items.pop();
  if (item === undefined || item.kind === 'anchor') throw reader.fault('nothing to repeat', here - 1);
  if (item.kind === 'repeat') throw reader.fault('multiple repeat', here - 1);
  if (!reader.take('?')) reader.take('+');
  items.push({ kind: 'repeat', least: Math.min(MOST, item.least * bounds.least), most: Math.min(MOST, item.most * bounds.most) });
}

/** Null when the brace is a plain character. */
function readBounds(reader: PatternReader, here: number): { readonly least: number; readonly most: number } | null {
  if (reader.next() === '}') return null;
  const low = reader.getWhile(Infinity, isDigit);
  const high = reader.take(',') ? reader.getWhile(Infinity, isDigit) : low;
  if (!reader.take('}')) {
    reader.seek(here);
    return null;
  }
  const [least, most] = [low === '' ? 0 : Number(low), high === '' ? MOST : Number(high)];
  if (low !== '' && least >= MOST || high !== '' && most >= MOST) throw new RegexFault('the repetition number is too large');
  if (most < least) throw reader.fault('min repeat greater than max repeat', here);
  return { least, most };
}

function readEscape(reader: PatternReader, state: State, token: string): Item {
  const letter = token.slice(1);
  if (/^[AbBZ]$/.test(letter)) return ANCHOR;
  if (/^[dDsSwWafnrtv\\]$/.test(letter)) return ONE;
  if (letter === '0') {
    reader.getWhile(2, isOctal);
    return ONE;
  }
  if (isDigit(letter)) return readReference(reader, state, token);
  if (numbered(reader, token) === null) otherCharacter(reader, token);
  return ONE;
}

/** `\1` or an octal code of three digits. */
function readReference(reader: PatternReader, state: State, token: string): Item {
  let digits = token.slice(1);
  if (isDigit(reader.next())) digits += reader.get() ?? '';
  if (digits.length === 2 && /^[0-7]{2}$/.test(digits) && isOctal(reader.next())) {
    octal(reader, `\\${digits}${reader.get() ?? ''}`);
    return ONE;
  }
  const group = Number(digits);
  if (group >= state.groups.length) throw reader.fault(`invalid group reference ${group}`, reader.tell() - digits.length);
  return reference(reader, state, group, reader.tell() - digits.length - 1);
}

function reference(reader: PatternReader, state: State, group: number, at: number): Item {
  const width = state.groups[group];
  if (!width) throw reader.fault('cannot refer to an open group', at);
  refuseOwnGroup(reader, state, group);
  return { kind: 'plain', ...width };
}

function refuseOwnGroup(reader: PatternReader, state: State, group: number): void {
  if (state.behindFrom === null) return;
  if (!state.groups[group]) throw reader.fault('cannot refer to an open group');
  if (group >= state.behindFrom) throw reader.fault('cannot refer to group defined in the same lookbehind subpattern');
}

/** Behind `(`; nothing for a comment and for flags. */
function readGroup(reader: PatternReader, state: State, scope: Scope, mayHoldFlags: boolean): readonly Item[] {
  const start = reader.tell() - 1;
  if (!reader.take('?')) return [readCapture(reader, state, scope, start, null)];
  const kind = requireMore(reader);
  switch (kind) {
    case 'P': return [readNamed(reader, state, scope, start)];
    case ':': case '>': return [readInner(reader, state, scope, start)];
    case '#': return readComment(reader, start);
    case '=': case '!': case '<': return [readLookAround(reader, state, scope, { start, kind })];
    case '(': return [readConditional(reader, state, scope, start)];
    default: return readFlags(reader, state, scope, { start, kind, mayHoldFlags });
  }
}

function requireMore(reader: PatternReader): string {
  const token = reader.get();
  if (token === null) throw reader.fault('unexpected end of pattern');
  return token;
}

function readInner(reader: PatternReader, state: State, { isVerbose, depth }: Scope, start: number): Item {
  const inner = readAlternatives(reader, state, { isVerbose, depth: depth + 1 });
  if (!reader.take(')')) throw reader.fault('missing ), unterminated subpattern', start);
  return inner;
}

function readCapture(reader: PatternReader, state: State, scope: Scope, start: number, name: string | null): Item {
  const group = state.groups.length;
  state.groups.push(null);
  if (name !== null) {
    const other = state.names.get(name);
    if (other !== undefined) throw reader.fault(`redefinition of group name ${quoted(name)} as group ${group}; was group ${other}`, reader.tell() - sizeOf(name) - 1);
    state.names.set(name, group);
  }
  const inner = readInner(reader, state, scope, start);
  state.groups[group] = { least: inner.least, most: inner.most };
  return inner;
}

function readNamed(reader: PatternReader, state: State, scope: Scope, start: number): Item {
  if (reader.take('<')) return readCapture(reader, state, scope, start, checkedName(reader, reader.getUntil('>', 'group name')));
  if (reader.take('=')) {
    const name = checkedName(reader, reader.getUntil(')', 'group name'));
    return reference(reader, state, namedGroup(reader, state, name), reader.tell() - sizeOf(name) - 1);
  }
  const token = requireMore(reader);
  throw reader.fault(`unknown extension ?P${token}`, reader.tell() - sizeOf(token) - 2);
}

function checkedName(reader: PatternReader, name: string): string {
  if (!IDENTIFIER.test(name)) throw reader.fault(`bad character in group name ${quoted(name)}`, reader.tell() - sizeOf(name) - 1);
  return name;
}

function namedGroup(reader: PatternReader, state: State, name: string): number {
  const group = state.names.get(name);
  if (group === undefined) throw reader.fault(`unknown group name ${quoted(name)}`, reader.tell() - sizeOf(name) - 1);
  return group;
}

function readComment(reader: PatternReader, start: number): readonly Item[] {
  for (let token = reader.get(); token !== ')'; token = reader.get()) if (token === null) throw reader.fault('missing ), unterminated comment', start);
  return [];
}

function readLookAround(reader: PatternReader, state: State, scope: Scope, { start, kind }: { readonly start: number; readonly kind: string }): Item {
  if (kind !== '<') {
    readInner(reader, state, scope, start);
    return ZERO;
  }
  const direction = requireMore(reader);
  if (direction !== '=' && direction !== '!') throw reader.fault(`unknown extension ?<${direction}`, reader.tell() - sizeOf(direction) - 2);
  const outer = state.behindFrom;
  state.behindFrom ??= state.groups.length;
  const inner = readInner(reader, state, scope, start);
  state.behindFrom = outer;
  if (inner.least !== inner.most) state.isVariableBehind = true;
  return ZERO;
}

function readConditional(reader: PatternReader, state: State, scope: Scope, start: number): Item {
  const name = reader.getUntil(')', 'group name');
  const at = reader.tell() - sizeOf(name) - 1;
  let group: number;
  if (IDENTIFIER.test(name)) group = namedGroup(reader, state, name);
  else {
    if (!/^\s*\+?\d+(?:_\d+)*\s*$/.test(name)) throw reader.fault(`bad character in group name ${quoted(name)}`, at);
    group = Number(name.replaceAll('_', ''));
    if (group === 0) throw reader.fault('bad group number', at);
    if (!state.awaited.has(group)) state.awaited.set(group, at);
  }
  refuseOwnGroup(reader, state, group);
  const inner = { isVerbose: scope.isVerbose, depth: scope.depth + 1 };
  const yes = readSequence(reader, state, inner, false);
  const no = reader.take('|') ? readSequence(reader, state, inner, false) : ZERO;
  if (reader.next() === '|') throw reader.fault('conditional backref with more than two branches');
  if (!reader.take(')')) throw reader.fault('missing ), unterminated subpattern', start);
  return { kind: 'plain', least: Math.min(yes.least, no.least), most: Math.max(yes.most, no.most) };
}

interface FlagsStart { readonly start: number; readonly kind: string; readonly mayHoldFlags: boolean }

/** `(?i)` for the whole pattern, or `(?i-s:...)` for a part. */
function readFlags(reader: PatternReader, state: State, scope: Scope, { start, kind, mayHoldFlags }: FlagsStart): readonly Item[] {
  if (!isFlag(kind) && kind !== '-') throw reader.fault(`unknown extension ?${kind}`, reader.tell() - sizeOf(kind) - 1);
  const on = new Set<string>();
  const off = new Set<string>();
  let token = kind;
  while (token !== '-') {
    if (token === 'L') throw reader.fault("bad inline flags: cannot use 'L' flag with a str pattern");
    on.add(token);
    if (on.has('a') && on.has('u')) throw reader.fault("bad inline flags: flags 'a', 'u' and 'L' are incompatible");
    token = flagOr(reader, ')-:', 'missing -, : or )');
    if (token === ')' || token === ':') break;
  }
  if (token === ')') {
    if (!mayHoldFlags) throw reader.fault('global flags not at the start of the expression', start);
    if (on.has('x') && !state.isVerbose) throw new BecomesVerbose();
    return [];
  }
  if (token === '-') readFlagsOff(reader, off);
  if ([...on].some((flag) => off.has(flag))) throw reader.fault('bad inline flags: flag turned on and off', reader.tell() - 1);
  const isVerbose = (scope.isVerbose || on.has('x')) && !off.has('x');
  return [readInner(reader, state, { isVerbose, depth: scope.depth }, start)];
}

function readFlagsOff(reader: PatternReader, off: Set<string>): void {
  for (let token = flagOr(reader, '', 'missing flag'); token !== ':'; token = flagOr(reader, ':', 'missing :')) {
    if (token === 'a' || token === 'u' || token === 'L') throw reader.fault("bad inline flags: cannot turn off flags 'a', 'u' and 'L'");
    off.add(token);
  }
}

function flagOr(reader: PatternReader, ends: string, missing: string): string {
  const token = reader.get();
  if (token === null) throw reader.fault(missing);
  if (isFlag(token) || (token.length === 1 && ends.includes(token))) return token;
  throw reader.fault(/^\p{L}$/u.test(token) ? 'unknown flag' : missing, reader.tell() - sizeOf(token));
}

const isFlag = (token: string) => token.length === 1 && FLAGS.includes(token);
