import { isIP } from 'node:net';

/** One option of octavia.conf: everything that reading, checking and documenting it needs. */
export interface Option<T> {
  readonly kind: 'string' | 'integer' | 'float' | 'boolean' | 'port' | 'address' | 'list' | 'dict' | 'multi';
  readonly default: T;
  /** One or two sentences for the sample file, with the unit. */
  readonly help: string;
  /** Value of one written text; throws BadValue. `multi` options get every occurrence through `combine`. */
  readonly parse: (text: string) => T;
  combine?(values: readonly T[]): T;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** Former names, `name` in the same group or `GROUP/name`. */
  readonly deprecatedNames: readonly string[];
  /** Taken over at SIGHUP. */
  readonly isMutable: boolean;
  readonly isSecret: boolean;
  /** Why nobody should set it any more. */
  readonly deprecatedFor?: string;
  /** Why it has no effect here, and what has; it is read and checked only so that files of the original load. */
  readonly unused?: string;
  /** Not in the original. */
  readonly isAddition: boolean;
  /** Environment variable that replaces the default when set. */
  readonly defaultFromEnv?: string;
}

/** The reason a written value does not fit its option; the reader adds file, group and option. */
export class BadValue extends Error {}

export interface Extras {
  readonly deprecatedNames?: readonly string[];
  readonly isMutable?: boolean;
  readonly isSecret?: boolean;
  readonly deprecatedFor?: string;
  readonly unused?: string;
  readonly isAddition?: boolean;
  readonly defaultFromEnv?: string;
}

export type OptionTable = Readonly<Record<string, Option<unknown>>>;

/** The values of a table: what a group of `Config` carries. */
export type ValuesOf<G> = { readonly [K in keyof G]: G[K] extends Option<infer T> ? T : never };

type Nullable<D, T> = D extends null ? T | null : T;

const base = (extras: Extras) => ({
  deprecatedNames: extras.deprecatedNames ?? [],
  isMutable: extras.isMutable ?? false,
  isSecret: extras.isSecret ?? false,
  isAddition: extras.isAddition ?? false,
  ...(extras.deprecatedFor !== undefined && { deprecatedFor: extras.deprecatedFor }),
  ...(extras.unused !== undefined && { unused: extras.unused }),
  ...(extras.defaultFromEnv !== undefined && { defaultFromEnv: extras.defaultFromEnv }),
});

/** Text; a null default means "not set", and so does an empty text then. */
export function str<D extends string | null>(fallback: D, help: string, extras: Extras & { pattern?: RegExp } = {}): Option<Nullable<D, string>> {
  const parse = (text: string) => {
    if (text === '' && fallback === null) return null as Nullable<D, string>;
    if (extras.pattern && !extras.pattern.test(text)) throw new BadValue(`must match ${extras.pattern.source}`);
    return text as Nullable<D, string>;
  };
  return { kind: 'string', default: fallback as Nullable<D, string>, help, parse, ...base(extras) };
}

/** One word of a closed list; `isCaseIgnored` takes it in any spelling and yields the listed one. */
export function choice<const C extends string, D extends C | null>(
  choices: readonly C[], fallback: D, help: string, extras: Extras & { isCaseIgnored?: boolean } = {},
): Option<Nullable<D, C>> {
  const parse = (text: string) => oneOf(choices, text, extras.isCaseIgnored) as Nullable<D, C>;
  return { kind: 'string', default: fallback as Nullable<D, C>, help, choices, parse, ...base(extras) };
}

/** Integer; empty text means "not set" where the default is null. */
export function int<D extends number | null>(fallback: D, help: string, extras: Extras & { min?: number; max?: number } = {}): Option<Nullable<D, number>> {
  const bounds = { ...(extras.min !== undefined && { min: extras.min }), ...(extras.max !== undefined && { max: extras.max }) };
  const parse = (text: string) => {
    if (text === '' && fallback === null) return null as Nullable<D, number>;
    if (!/^[+-]?\d+$/.test(text)) throw new BadValue('is not an integer');
    return within(Number(text), bounds) as Nullable<D, number>;
  };
  return { kind: 'integer', default: fallback as Nullable<D, number>, help, parse, ...bounds, ...base(extras) };
}

export function float(fallback: number, help: string, extras: Extras & { min?: number; max?: number } = {}): Option<number> {
  const bounds = { ...(extras.min !== undefined && { min: extras.min }), ...(extras.max !== undefined && { max: extras.max }) };
  const parse = (text: string) => {
    const value = Number(text);
    if (text === '' || !Number.isFinite(value)) throw new BadValue('is not a number');
    return within(value, bounds);
  };
  return { kind: 'float', default: fallback, help, parse, ...bounds, ...base(extras) };
}

const TRUE_WORDS = ['true', '1', 'on', 'yes'];
const FALSE_WORDS = ['false', '0', 'off', 'no'];

export function bool(fallback: boolean, help: string, extras: Extras = {}): Option<boolean> {
  const parse = (text: string) => {
    const word = text.toLowerCase();
    if (TRUE_WORDS.includes(word)) return true;
    if (FALSE_WORDS.includes(word)) return false;
    throw new BadValue(`is not a boolean (${[...TRUE_WORDS, ...FALSE_WORDS].join(', ')})`);
  };
  return { kind: 'boolean', default: fallback, help, parse, ...base(extras) };
}

/** TCP or UDP port, 0 to 65535. */
export function port(fallback: number, help: string, extras: Extras = {}): Option<number> {
  return { ...int(fallback, help, { ...extras, min: 0, max: 65535 }), kind: 'port' };
}

/** IPv4 or IPv6 address. */
export function ip(fallback: string, help: string, extras: Extras = {}): Option<string> {
  return { kind: 'address', default: fallback, help, parse: (text) => address(text), ...base(extras) };
}

/** Comma separated; a null default means "not set", and so does an empty text then. */
export function list<D extends readonly string[] | null>(fallback: D, help: string, extras: Extras & { item?: (text: string) => string } = {}): Option<Nullable<D, readonly string[]>> {
  const parse = (text: string) => {
    const items = splitList(text);
    if (items.length === 0 && fallback === null) return null as Nullable<D, readonly string[]>;
    return items.map((item) => (extras.item ? extras.item(item) : item)) as unknown as Nullable<D, readonly string[]>;
  };
  return { kind: 'list', default: fallback as Nullable<D, readonly string[]>, help, parse, ...base(extras) };
}

/** Comma separated words of a closed list. */
export function choiceList<const C extends string>(choices: readonly C[], fallback: readonly C[], help: string, extras: Extras = {}): Option<readonly C[]> {
  return { kind: 'list', default: fallback, help, choices, parse: (text) => splitList(text).map((item) => oneOf(choices, item)), ...base(extras) };
}

/** `key:value,key:value`; a value may contain commas as long as the next piece has no colon of its own. */
export function dict(fallback: Readonly<Record<string, string>>, help: string, extras: Extras = {}): Option<Readonly<Record<string, string>>> {
  return { kind: 'dict', default: fallback, help, parse: parseDict, ...base(extras) };
}

/** May be written many times; every occurrence counts. */
export function multi(fallback: readonly string[], help: string, extras: Extras = {}): Option<readonly string[]> {
  return { kind: 'multi', default: fallback, help, parse: (text) => (text === '' ? [] : [text]), combine: (values) => values.flat(), ...base(extras) };
}

/** Item check for lists of addresses. */
export function address(text: string): string {
  if (isIP(text) === 0) throw new BadValue(`${text} is not an IP address`);
  return text;
}

/** Item check for lists whose words follow a pattern. */
export function matching(pattern: RegExp): (text: string) => string {
  return (text) => {
    if (!pattern.test(text)) throw new BadValue(`must match ${pattern.source}`);
    return text;
  };
}

function splitList(text: string): string[] {
  return text.trim() === '' ? [] : text.split(',').map((item) => item.trim());
}

function oneOf<C extends string>(choices: readonly C[], text: string, isCaseIgnored = false): C {
  const found = choices.find((word) => word === text || (isCaseIgnored && word.toLowerCase() === text.toLowerCase()));
  if (found === undefined) throw new BadValue(`must be one of ${choices.join(', ')}`);
  return found;
}

function within(value: number, bounds: { min?: number; max?: number }): number {
  if (bounds.min !== undefined && value < bounds.min) throw new BadValue(`must be at least ${bounds.min}`);
  if (bounds.max !== undefined && value > bounds.max) throw new BadValue(`must be at most ${bounds.max}`);
  return value;
}

function parseDict(text: string): Readonly<Record<string, string>> {
  const result: Record<string, string> = {};
  let pending = '';
  for (const piece of text.trim() === '' ? [] : text.split(',')) {
    // oslo.config glues pieces without a colon onto the next one, so keys may contain commas.
    pending = pending === '' ? piece : `${pending},${piece}`;
    const colon = pending.indexOf(':');
    if (colon < 0) continue;
    const key = pending.slice(0, colon).trim();
    if (key === '') throw new BadValue('has an empty key');
    if (key in result) throw new BadValue(`has the key ${key} twice`);
    result[key] = pending.slice(colon + 1).trim();
    pending = '';
  }
  if (pending !== '') throw new BadValue('must be NAME:VALUE pairs separated by commas');
  return result;
}

/** A value as it is written in a file: lists and pairs with commas, nothing for null. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.join(',');
  if (typeof value === 'object') return Object.entries(value).map(([key, item]) => `${key}:${textOf(item)}`).join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
