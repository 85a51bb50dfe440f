import type { ReactNode } from 'react';
import { Properties, ValueText } from '../../components/properties.tsx';
import { Tags } from '../../components/tags.tsx';
import { labelOf } from '../../forms/field-text.ts';
import { DEFINITIONS, type FormKind } from '../../forms/layout.ts';
import { useT } from '../../i18n/i18n.tsx';

/** Shown elsewhere on the page, or by other names. */
const ELSEWHERE = new Set(['name', 'provisioning_status', 'operating_status', 'listeners', 'pools', 'members', 'l7policies', 'rules', 'loadbalancers', 'healthmonitor_id', 'tenant_id', 'vip_vnic_type', 'vnic_type']);

/** Every field of an object, in the order of its definition. `special` replaces or adds values. */
export function Overview({ kind, shown, special = {} }: { kind: FormKind; shown: object; special?: Readonly<Record<string, ReactNode>> }) {
  const t = useT();
  const values = new Map<string, unknown>(Object.entries(shown));
  const names = Object.keys(DEFINITIONS[kind].fields).filter((name) => values.has(name) && !ELSEWHERE.has(name));
  const entryOf = (name: string): readonly [string, ReactNode] => {
    const value = values.get(name);
    if (name in special) return [labelOf(t, kind, name), special[name]];
    if (name === 'tags' && Array.isArray(value)) return [labelOf(t, kind, name), value.length > 0 ? <Tags key="tags" tags={value.map(String)} /> : <ValueText key="tags" value={null} />];
    if (name.endsWith('_at') && typeof value === 'string') return [labelOf(t, kind, name), value.replace('T', ' ')];
    return [labelOf(t, kind, name), <ValueText key={name} value={value} />];
  };
  const added = Object.keys(special).filter((name) => !names.includes(name));
  return <Properties entries={[...names, ...added].map(entryOf)} />;
}
