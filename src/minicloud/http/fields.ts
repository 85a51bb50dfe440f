/** Typed reading of one JSON object; every mismatch throws the service's own fault. Absent keys give undefined, null only where it means "clear". */
export interface Fields {
  has(key: string): boolean;
  text(key: string): string | undefined;
  nullableText(key: string): string | null | undefined;
  requiredText(key: string): string;
  /** A string, or a number as text; undefined for anything else. */
  word(key: string): string | undefined;
  flag(key: string): boolean | undefined;
  integer(key: string): number | undefined;
  nullableInteger(key: string): number | null | undefined;
  texts(key: string): readonly string[] | undefined;
  objects(key: string): readonly Fields[] | undefined;
  nullableObject(key: string): Fields | null | undefined;
}

/** `invalid` makes the service's 400 from a reason such as "'name' is not a string". */
export function readFields(value: unknown, invalid: (reason: string) => Error): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('the body is not an object');
  const entries = new Map(Object.entries(value));
  const wrong = (key: string, what: string) => invalid(`'${key}' is not ${what}`);
  const text = (key: string): string | undefined => {
    const found: unknown = entries.get(key);
    if (found === undefined || found === null) return undefined;
    if (typeof found !== 'string') throw wrong(key, 'a string');
    return found;
  };
  const integer = (key: string): number | undefined => {
    const found: unknown = entries.get(key);
    if (found === undefined || found === null) return undefined;
    const number = typeof found === 'string' && /^-?\d+$/.test(found) ? Number(found) : found;
    if (typeof number !== 'number' || !Number.isInteger(number)) throw wrong(key, 'an integer');
    return number;
  };
  const array = (key: string): readonly unknown[] | undefined => {
    const found: unknown = entries.get(key);
    if (found === undefined || found === null) return undefined;
    if (!Array.isArray(found)) throw wrong(key, 'a list');
    return found;
  };
  return {
    has: (key) => entries.has(key),
    text,
    nullableText: (key) => (entries.get(key) === null ? null : text(key)),
    requiredText: (key) => {
      const found = text(key);
      if (found === undefined) throw invalid(`'${key}' is missing`);
      return found;
    },
    word: (key) => {
      const found: unknown = entries.get(key);
      return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
    },
    flag: (key) => {
      const found: unknown = entries.get(key);
      if (found === undefined || found === null) return undefined;
      if (typeof found === 'boolean') return found;
      const word = String(found as string | number).toLowerCase();
      if (['true', '1'].includes(word)) return true;
      if (['false', '0'].includes(word)) return false;
      throw wrong(key, 'a boolean');
    },
    integer,
    nullableInteger: (key) => (entries.get(key) === null ? null : integer(key)),
    texts: (key) => array(key)?.map((item) => {
      if (typeof item !== 'string') throw wrong(key, 'a list of strings');
      return item;
    }),
    objects: (key) => array(key)?.map((item) => readFields(item, invalid)),
    nullableObject: (key) => {
      const found: unknown = entries.get(key);
      if (found === null) return null;
      return found === undefined ? undefined : readFields(found, invalid);
    },
  };
}

type OptionalKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];
/** T with its undefined-able fields optional. */
export type Present<T> = Omit<T, OptionalKeys<T>> & { [K in OptionalKeys<T>]?: Exclude<T[K], undefined> };

/** Leaves out what was not given: absent means "unchanged". */
export function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
