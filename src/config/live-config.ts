import type { Config } from './config.ts';

/** A configuration whose groups are always those of the newest one taken: for parts that look options up at each use. */
export interface LiveConfig {
  readonly config: Config;
  take(fresh: Config): void;
}

export function createLiveConfig(initial: Config): LiveConfig {
  let current = initial;
  const groups = (Object.keys(initial) as (keyof Config)[]).map((group) => [group, { enumerable: true, get: () => current[group] }]);
  return {
    config: Object.defineProperties({}, Object.fromEntries(groups) as PropertyDescriptorMap) as Config,
    take: (fresh) => void (current = fresh),
  };
}
