import { isIP } from 'node:net';
import { OctaviaError } from '../../lib/errors.ts';

/** A value that cannot stand in a keepalived configuration. */
export class KeepalivedTextRejected extends OctaviaError {
  constructor(what: string, text: string) {
    super('keepalived-text-rejected', `${what}: ${JSON.stringify(text.slice(0, 200))}`);
  }
}

/**
 * Writes nested keepalived blocks. Values that are not ours by construction go through one of the static checks first:
 * keepalived has no escaping for `#`, `!`, braces or line ends, so such values are refused.
 */
export class KeepalivedWriter {
  readonly #lines: string[] = [];
  #depth = 0;

  static name(text: string): string {
    return matching('not a name', text, /^[A-Za-z0-9_.:@-]{1,128}$/);
  }

  static path(text: string): string {
    return matching('not a plain path', text, /^\/[A-Za-z0-9_./@:+=,~-]+$/);
  }

  static secret(text: string): string {
    return matching('not a VRRP password', text, /^[^\s"'#!{}\\$]{1,64}$/);
  }

  static address(text: string | null): string {
    if (text === null || isIP(text) === 0) throw new KeepalivedTextRejected('not an IP address', String(text));
    return text;
  }

  static port(value: number): number {
    if (!Number.isInteger(value) || value < 1 || value > 65_535) throw new KeepalivedTextRejected('not a port', String(value));
    return value;
  }

  static cidr(text: string): string {
    const [address, prefix] = text.split('/');
    const version = isIP(address ?? '');
    const length = Number(prefix);
    if (version === 0 || prefix === undefined || !/^\d+$/.test(prefix) || length > (version === 4 ? 32 : 128)) {
      throw new KeepalivedTextRejected('not a network', text);
    }
    return text;
  }

  line(...words: readonly (string | number)[]): void {
    this.#lines.push(`${'    '.repeat(this.#depth)}${words.join(' ')}`);
  }

  comment(text: string): void {
    this.line(`# ${matching('not a comment', text, /^[^\r\n]*$/)}`);
  }

  open(...words: readonly (string | number)[]): void {
    this.line(...words, '{');
    this.#depth += 1;
  }

  close(): void {
    this.#depth -= 1;
    this.line('}');
  }

  blank(): void {
    this.#lines.push('');
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

function matching(what: string, text: string, pattern: RegExp): string {
  // `$` matches before a final line end in no mode of JavaScript, so the whole text is tested.
  if (!pattern.test(text)) throw new KeepalivedTextRejected(what, text);
  return text;
}
