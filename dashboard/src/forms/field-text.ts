import { isMessageKey, type Translate } from '../i18n/i18n.tsx';
import type { FormKind } from './layout.ts';

/** Label of a field: its own for this kind, or the one all kinds share. */
export function labelOf(t: Translate, kind: FormKind, name: string): string {
  const own = `field.${kind}.${name}`;
  const shared = `field.${name}`;
  return isMessageKey(own) ? t(own) : isMessageKey(shared) ? t(shared) : name;
}

/** The sentence that explains a field; null for those that explain themselves. */
export function helpOf(t: Translate, kind: FormKind, name: string): string | null {
  const own = `help.${kind}.${name}`;
  const shared = `help.${name}`;
  return isMessageKey(own) ? t(own) : isMessageKey(shared) ? t(shared) : null;
}
