/** What is wrong with a pattern. */
export class RegexFault extends Error {}

/** Reads a pattern by characters; a backslash and the character behind it are one token. Places count code points. */
export interface PatternReader {
  /** The token to come; null at the end. */
  next(): string | null;
  advance(): void;
  get(): string | null;
  /** Reads the token when it is this one. */
  take(token: string): boolean;
  getWhile(most: number, isWanted: (token: string | null) => boolean): string;
  /** Reads up to and with the terminator; throws RegexFault when it is missing or nothing is before it. */
  getUntil(terminator: string, what: string): string;
  tell(): number;
  seek(place: number): void;
  /** `at` is where; without it, here. */
  fault(message: string, at?: number): RegexFault;
}

export function createPatternReader(pattern: string): PatternReader {
  const characters = Array.from(pattern);
  let place = 0;
  let token: string | null = null;
  const look = () => {
    const character = characters[place];
    if (character === '\\' && place + 1 >= characters.length) throw new RegexFault(`bad escape (end of pattern) at position ${place}`);
    token = character === undefined ? null : character === '\\' ? `\\${characters[place + 1] ?? ''}` : character;
  };
  const reader: PatternReader = {
    next: () => token,
    advance() {
      place += token === null ? 0 : sizeOf(token);
      look();
    },
    get() {
      const read = token;
      reader.advance();
      return read;
    },
    take(wanted) {
      if (token !== wanted) return false;
      reader.advance();
      return true;
    },
    getWhile(most, isWanted) {
      let read = '';
      for (let count = 0; count < most && token !== null && isWanted(token); count += 1) read += reader.get() ?? '';
      return read;
    },
    getUntil(terminator, what) {
      let read = '';
      for (;;) {
        const one = reader.get();
        if (one === null) throw read === '' ? reader.fault(`missing ${what}`) : reader.fault(`missing ${terminator}, unterminated name`, place - sizeOf(read));
        if (one === terminator) {
          if (read === '') throw reader.fault(`missing ${what}`, place - 1);
          return read;
        }
        read += one;
      }
    },
    tell: () => place,
    seek(to) {
      place = to;
      look();
    },
    fault: (message, at = place) => new RegexFault(`${message} at position ${at}`),
  };
  look();
  return reader;
}

/** In code points. */
export const sizeOf = (text: string): number => Array.from(text).length;

export const isDigit = (token: string | null): boolean => token !== null && /^[0-9]$/.test(token);
export const isOctal = (token: string | null): boolean => token !== null && /^[0-7]$/.test(token);

/** As Python's repr() shows a text without control characters. */
export const quoted = (text: string) => (text.includes("'") && !text.includes('"') ? `"${text.replaceAll('\\', '\\\\')}"` : `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`);
