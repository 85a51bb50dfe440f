import { OctaviaError } from '../../lib/errors.ts';

/** One line of a section: the keyword and its arguments, unescaped. */
export type Directive = readonly string[];

export interface ParsedSection {
  /** `global`, `defaults`, `peers`, `frontend`, `backend`, `listen`. */
  readonly kind: string;
  readonly name: string | null;
  readonly directives: readonly Directive[];
}

export interface ParsedConfig {
  readonly sections: readonly ParsedSection[];
}

/** A line that haproxy would not read either (unfinished quote, directive before any section). */
export class HaproxyConfigUnreadable extends OctaviaError {
  constructor(line: number, reason: string) {
    super('haproxy-config-unreadable', `haproxy.cfg line ${line}: ${reason}`);
  }
}

const SECTION_KEYWORDS = new Set(['global', 'defaults', 'peers', 'frontend', 'backend', 'listen', 'resolvers', 'userlist', 'cache']);

/** Reads a haproxy.cfg (ours or one of the original's) into sections of unescaped directives; comments are dropped. */
export function parseHaproxyConfig(text: string): ParsedConfig {
  const sections: { kind: string; name: string | null; directives: Directive[] }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const words = splitWords(line, index + 1);
    const [keyword, name] = words;
    if (keyword === undefined) continue;
    if (SECTION_KEYWORDS.has(keyword)) {
      sections.push({ kind: keyword, name: name ?? null, directives: [] });
      continue;
    }
    const open = sections.at(-1);
    if (!open) throw new HaproxyConfigUnreadable(index + 1, `"${keyword}" stands before any section`);
    open.directives.push(words);
  }
  return { sections };
}

/** The section of that kind and name, or null. */
export function findSection(config: ParsedConfig, kind: string, name: string | null = null): ParsedSection | null {
  return config.sections.find((section) => section.kind === kind && (name === null || section.name === name)) ?? null;
}

/** Arguments after the keyword of the first directive that starts with these words, or null. */
export function findDirective(section: ParsedSection, ...keywords: readonly string[]): readonly string[] | null {
  const found = section.directives.find((directive) => keywords.every((keyword, index) => directive[index] === keyword));
  return found ? found.slice(keywords.length) : null;
}

const BACKSLASH_LETTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function splitWords(line: string, lineNumber: number): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let index = 0; index < line.length; index += 1) {
    const character = line.charAt(index);
    if (character === '\\' && quote !== "'") {
      const next = line.charAt(index + 1);
      index += 1;
      word = (word ?? '') + (BACKSLASH_LETTERS[next] ?? next);
    } else if (quote !== null) {
      if (character === quote) quote = null;
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === '#') {
      break;
    } else if (/[ \t\r\v\f]/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== null) throw new HaproxyConfigUnreadable(lineNumber, 'unfinished quote');
  if (word !== null) words.push(word);
  return words;
}
