import { isDigit, isOctal, quoted, sizeOf, type PatternReader } from './pattern-reader.ts';

/** `[...]`, behind its bracket. */
export function readSet(reader: PatternReader): void {
  const here = reader.tell() - 1;
  const unterminated = () => reader.fault('unterminated character set', here);
  reader.take('^');
  for (let count = 0; ; count += 1) {
    const start = reader.tell();
    const token = reader.get();
    if (token === null) throw unterminated();
    if (token === ']' && count > 0) return;
    const low = setCharacter(reader, token);
    if (!reader.take('-')) continue;
    const end = reader.get();
    if (end === null) throw unterminated();
    if (end === ']') return;
    const high = setCharacter(reader, end);
    if (low.code === null || high.code === null || high.code < low.code) throw reader.fault(`bad character range ${low.text}-${high.text}`, start);
  }
}

/** One end of a range: its code, null for a class such as `\w`. */
function setCharacter(reader: PatternReader, token: string): { readonly code: number | null; readonly text: string } {
  if (!token.startsWith('\\')) return { code: token.codePointAt(0) ?? 0, text: token };
  const letter = token.slice(1);
  const plain: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 };
  if (plain[letter] !== undefined) return { code: plain[letter], text: token };
  if (/^[dDsSwW]$/.test(letter)) return { code: null, text: token };
  if (isOctal(letter)) return octal(reader, token + reader.getWhile(2, isOctal));
  if (isDigit(letter)) throw reader.fault(`bad escape ${token}`, reader.tell() - 2);
  return numbered(reader, token) ?? otherCharacter(reader, token);
}

/** The character of an octal escape. */
export function octal(reader: PatternReader, escape: string): { readonly code: number; readonly text: string } {
  const code = Number.parseInt(escape.slice(1), 8);
  if (code > 0o377) throw reader.fault(`octal escape value ${escape} outside of range 0-0o377`, reader.tell() - escape.length);
  return { code, text: escape };
}

/** `\x41`, `\u0041`, `\U00000041`; null for another escape. */
export function numbered(reader: PatternReader, token: string): { readonly code: number; readonly text: string } | null {
  const length = ({ '\\x': 2, '\\u': 4, '\\U': 8 } as Readonly<Record<string, number>>)[token];
  if (length === undefined) return null;
  const escape = token + reader.getWhile(length, (character) => character !== null && /^[0-9a-fA-F]$/.test(character));
  const start = reader.tell() - escape.length;
  if (escape.length !== length + 2) throw reader.fault(`incomplete escape ${escape}`, start);
  const code = Number.parseInt(escape.slice(2), 16);
  if (code > 0x10ffff) throw reader.fault(`bad escape ${escape}`, start);
  return { code, text: escape };
}

/** Any other escaped character. */
export function otherCharacter(reader: PatternReader, token: string): { readonly code: number; readonly text: string } {
  if (token === '\\N') {
    if (!reader.take('{')) throw reader.fault('missing {');
    const name = reader.getUntil('}', 'character name');
    // The names of Unicode are not at hand; nobody writes them into a rule.
    throw reader.fault(`undefined character name ${quoted(name)}`, reader.tell() - sizeOf(name) - 4);
  }
  if (/^\\[a-zA-Z]$/.test(token)) throw reader.fault(`bad escape ${token}`, reader.tell() - 2);
  return { code: token.codePointAt(1) ?? 0, text: token };
}
