import { steadyClock } from '../lib/clock.ts';

/** Answers that stay good for a while: callers that come at once share one call, later ones its answer. */
export interface Recent<T> {
  get(key: string, load: () => Promise<T>): Promise<T>;
  /** What is known by now, without a call. */
  peek(key: string): Promise<T> | undefined;
  set(key: string, value: T): void;
  forget(key?: string): void;
}

interface Entry<T> { readonly value: Promise<T>; readonly untilMs: number }

/** Failures are not kept. @param capacity oldest entries go first */
export function createRecent<T>(ttlMs: number, { now = () => steadyClock.now(), capacity = 10_000 }: { now?: () => number; capacity?: number } = {}): Recent<T> {
  const entries = new Map<string, Entry<T>>();
  const put = (key: string, value: Promise<T>): Promise<T> => {
    entries.delete(key);
    entries.set(key, { value, untilMs: now() + ttlMs });
    const oldest = entries.keys().next().value;
    if (entries.size > capacity && oldest !== undefined) entries.delete(oldest);
    return value;
  };
  const peek = (key: string): Promise<T> | undefined => {
    const entry = entries.get(key);
    return entry !== undefined && entry.untilMs > now() ? entry.value : undefined;
  };
  return {
    peek,
    get(key, load) {
      const known = peek(key);
      if (known !== undefined) return known;
      const value = load();
      value.catch(() => { if (entries.get(key)?.value === value) entries.delete(key); });
      return put(key, value);
    },
    set: (key, value) => void put(key, Promise.resolve(value)),
    forget: (key) => {
      if (key === undefined) entries.clear();
      else entries.delete(key);
    },
  };
}
