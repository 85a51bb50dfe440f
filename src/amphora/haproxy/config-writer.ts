import { isIP } from 'node:net';
import { OctaviaError } from '../../lib/errors.ts';

/** A value that cannot stand in haproxy.cfg: control characters, an empty word, not an address, not a number. */
export class HaproxyTextRejected extends OctaviaError {
  readonly text: string;

  constructor(what: string, text: string) {
    super('haproxy-text-rejected', `${what}: ${JSON.stringify(text.slice(0, 200))}`);
    this.text = text;
  }
}

const SECTION_KINDS = ['global', 'defaults', 'peers', 'frontend', 'backend'] as const;
export type SectionKind = (typeof SECTION_KINDS)[number];

/**
 * The only place where text becomes haproxy configuration. Every word is escaped for the parser of haproxy 2.x, so a
 * tenant's value stays one argument whatever it holds. Values that haproxy parses a second time (sample arguments,
 * log-formats) have helpers below that must be applied first.
 */
export class HaproxyConfigWriter {
  readonly #lines: string[] = [];

  comment(text: string): void {
    this.#lines.push(`# ${rejectControlCharacters(text)}`);
  }

  section(kind: SectionKind, name?: string): ConfigSection {
    if (this.#lines.length > 0 && !this.#lines.at(-1)?.startsWith('#')) this.#lines.push('');
    this.#lines.push(name === undefined ? kind : `${kind} ${sectionName(name)}`);
    return new ConfigSection(this.#lines);
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

/** One open section; `add` writes one directive, a word per argument. */
export class ConfigSection {
  readonly #lines: string[];

  constructor(lines: string[]) {
    this.#lines = lines;
  }

  add(...words: readonly (string | number)[]): void {
    this.#lines.push(`    ${words.map((word) => configWord(String(word))).join(' ')}`);
  }

  /** A directive whose last argument is these lines of HTTP; within one of them a line end is refused, as everywhere. */
  addLines(words: readonly string[], httpLines: readonly string[]): void {
    this.#lines.push(`    ${[...words.map(configWord), httpLines.map(configWord).join('\\r\\n')].join(' ')}`);
  }
}

// Backslash style, as the original writes it: outside quotes haproxy expands neither `$` nor braces.
const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', ' ': '\\ ', '\\': '\\\\', '"': '\\"', "'": "\\'", '#': '\\#' };

/** One argument as haproxy's configuration parser reads it back; throws HaproxyTextRejected for what it cannot hold. */
export function configWord(text: string): string {
  // An empty argument ends the argument list in most keywords, so it can never mean "empty value".
  if (text === '') throw new HaproxyTextRejected('an empty value cannot be written', text);
  return rejectControlCharacters(text).replace(/[\t \\"'#]/g, (character) => ESCAPES[character] ?? character);
}

/** `name("argument")`: the argument quoted for the second parser, which splits sample arguments at `,` and `)`. */
export function sampleFetch(name: string, argument: string): string {
  if (argument === '') throw new HaproxyTextRejected(`${name} needs an argument`, argument);
  if (/^[A-Za-z0-9_.-]+$/.test(argument)) return `${name}(${argument})`;
  return `${name}("${argument.replace(/["\\]/g, '\\$&')}")`;
}

/** Text that stands for itself inside a log-format (Host header of a check, identifiers in log lines). */
export function logFormatLiteral(text: string): string {
  return text.replaceAll('%', '%%');
}

/** The pattern words of an ACL: a value that starts like a flag (`-f` reads a file) is put behind `--`. */
export function aclPattern(value: string): readonly string[] {
  return value.startsWith('-') ? ['--', value] : [value];
}

/** `address:port`; IPv6 without brackets, because the original's agent cuts at the last colon to find the VIPs. */
export function addressAndPort(address: string, port: number): string {
  return `${ipAddress(address)}:${portNumber(port)}`;
}

/** An address where a port might follow: IPv6 in brackets, as haproxy takes what stands behind its last colon for the port. */
export function addressAlone(address: string): string {
  return isIP(ipAddress(address)) === 6 ? `[${address}]` : address;
}

/** A literal IP address, returned unchanged. */
export function ipAddress(address: string): string {
  if (isIP(address) === 0) throw new HaproxyTextRejected('not an IP address', address);
  return address;
}

/** An integer within bounds. */
export function integer(value: number, minimum: number, maximum: number): number {
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw new HaproxyTextRejected(`not an integer from ${minimum} to ${maximum}`, String(value));
  }
  return value;
}

function portNumber(port: number): number {
  return integer(port, 0, 65_535);
}

function sectionName(name: string): string {
  if (!/^[A-Za-z0-9_:.-]+$/.test(name)) throw new HaproxyTextRejected('not a section name', name);
  return name;
}

function rejectControlCharacters(text: string): string {
  // Tab is the one control character that means something inside a value; the others end or corrupt the line.
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) throw new HaproxyTextRejected('control characters cannot be written', text);
  return text;
}
