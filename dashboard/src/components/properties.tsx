import { DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useT } from '../i18n/i18n.tsx';

/** Fields of an object and what they hold; null entries are left out. */
export function Properties({ entries }: { entries: readonly (readonly [label: string, value: ReactNode] | null)[] }) {
  return (
    <DescriptionList columnModifier={{ default: '1Col', md: '2Col', xl: '3Col' }} isCompact>
      {entries.filter((entry) => entry !== null).map(([label, value]) => (
        <DescriptionListGroup key={label}>
          <DescriptionListTerm>{label}</DescriptionListTerm>
          <DescriptionListDescription>{value}</DescriptionListDescription>
        </DescriptionListGroup>
      ))}
    </DescriptionList>
  );
}

/** Any value of an answer as text. */
export function ValueText({ value }: { value: unknown }) {
  const t = useT();
  if (value === null || value === undefined || value === '') return <span className="subtle">{t('state.none')}</span>;
  if (typeof value === 'boolean') return <>{value ? t('state.yes') : t('state.no')}</>;
  if (Array.isArray(value)) return value.length === 0 ? <span className="subtle">{t('state.none')}</span> : <>{value.map((item) => (typeof item === 'object' ? JSON.stringify(item) : String(item))).join(', ')}</>;
  if (typeof value === 'object') return <>{Object.entries(value).filter(([, item]) => item !== null).map(([key, item]) => `${key}: ${String(item)}`).join(', ') || t('state.none')}</>;
  return <>{typeof value === 'string' || typeof value === 'number' ? String(value) : ''}</>;
}
