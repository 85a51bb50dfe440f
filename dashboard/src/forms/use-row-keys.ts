import { useState } from 'react';
import { withKeys } from './row-keys.ts';

/**
 * Identities of rows that are added at the end and removed anywhere: without them the fields of a removed row, with what is
 * typed into them, would go over to the next one. Call `forget` together with the removal.
 */
export function useRowKeys(count: number): { readonly keys: readonly number[]; readonly forget: (index: number) => void } {
  const [known, setKnown] = useState<readonly number[]>([]);
  const keys = withKeys(known, count);
  return { keys, forget: (index) => setKnown(keys.filter((_key, at) => at !== index)) };
}
