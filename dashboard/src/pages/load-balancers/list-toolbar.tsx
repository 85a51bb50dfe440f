import { OPERATING_STATUSES, PROVISIONING_STATUSES } from '@model/enums.ts';
import { Button, FormSelect, FormSelectOption, SearchInput, Switch, Toolbar, ToolbarContent, ToolbarGroup, ToolbarItem } from '@patternfly/react-core';
import type { ReactNode } from 'react';
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
  const select = (name: 'operating' | 'provisioning' | 'tag', any: string, values: readonly { value: string; label: string }[]) => (
    <ToolbarItem>
      <FormSelect aria-label={t(`filter.${name}`)} className="small-select" value={filters[name]} onChange={(_event, value) => onFilter(name, value)}>
        <FormSelectOption value="" label={any} />
        {values.map(({ value, label }) => <FormSelectOption key={value} value={value} label={label} />)}
      </FormSelect>
    </ToolbarItem>
  );
  const hasFilter = Object.values(filters).some((value) => value !== '');
  return (
    <Toolbar>
      <ToolbarContent>
        <ToolbarGroup variant="filter-group">
          <ToolbarItem>
            <SearchInput aria-label={t('filter.text')} placeholder={t('filter.text')} value={filters.text} onChange={(_event, value) => onFilter('text', value)} onClear={() => onFilter('text', '')} resetButtonLabel={t('action.clear-filters')} />
          </ToolbarItem>
          {select('operating', t('filter.any-operating'), OPERATING_STATUSES.map((value) => ({ value, label: t(`status.${value}`) })))}
          {select('provisioning', t('filter.any-provisioning'), PROVISIONING_STATUSES.filter((value) => value !== 'DELETED').map((value) => ({ value, label: t(`status.${value}`) })))}
          {tags.length > 0 && select('tag', t('filter.any-tag'), tags.map((value) => ({ value, label: value })))}
          {hasFilter && <ToolbarItem><Button variant="link" onClick={() => onClear()}>{t('action.clear-filters')}</Button></ToolbarItem>}
          {everybody !== null && <ToolbarItem alignSelf="center"><Switch id="all-projects" label={t('filter.all-projects')} isChecked={everybody.isOn} onChange={(_event, isOn) => everybody.set(isOn)} /></ToolbarItem>}
        </ToolbarGroup>
        {bulk}
        <ToolbarItem align={{ default: 'alignEnd' }} alignSelf="center"><span role="status" className="subtle">{count}</span></ToolbarItem>
      </ToolbarContent>
    </Toolbar>
  );
}
