import { OPERATING_STATUSES, PROVISIONING_STATUSES } from '@model/enums.ts';
import { Switch, ToolbarItem } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { FilterBar, FilterSelect } from '../../components/filter-bar.tsx';
import { useT } from '../../i18n/i18n.tsx';
import type { Filters } from './filter-rows.ts';

interface ListToolbarProps {
  readonly filters: Filters;
  readonly onFilter: (name: keyof Filters, value: string) => void;
  readonly onClear: () => void;
  readonly tags: readonly string[];
  readonly count: string;
  /** Null when the user sees one project only. */
  readonly everybody: { readonly isOn: boolean; readonly set: (isOn: boolean) => void } | null;
  /** What can be done with the chosen rows. */
  readonly bulk: ReactNode;
}

export function ListToolbar({ filters, onFilter, onClear, tags, count, everybody, bulk }: ListToolbarProps) {
  const t = useT();
  const select = (name: 'operating' | 'provisioning' | 'tag', values: readonly { value: string; label: string }[]) => (
    <FilterSelect label={t(`filter.${name}`)} any={t(`filter.any-${name}`)} value={filters[name]} values={values} onChange={(value) => onFilter(name, value)} />
  );
  return (
    <FilterBar
      search={{ label: t('filter.text'), value: filters.text, onChange: (value) => onFilter('text', value) }}
      hasFilter={Object.values(filters).some((value) => value !== '')} onClear={onClear} count={count} more={bulk}
    >
      {select('operating', OPERATING_STATUSES.map((value) => ({ value, label: t(`status.${value}`) })))}
      {select('provisioning', PROVISIONING_STATUSES.filter((value) => value !== 'DELETED').map((value) => ({ value, label: t(`status.${value}`) })))}
      {tags.length > 0 && select('tag', tags.map((value) => ({ value, label: value })))}
      {everybody !== null && <ToolbarItem alignSelf="center"><Switch id="all-projects" label={t('filter.all-projects')} isChecked={everybody.isOn} onChange={(_event, isOn) => everybody.set(isOn)} /></ToolbarItem>}
    </FilterBar>
  );
}
