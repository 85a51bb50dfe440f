import { AMPHORA_ROLES, AMPHORA_STATUSES } from '@model/enums.ts';
import { Button, FormSelect, FormSelectOption, SearchInput, Toolbar, ToolbarContent, ToolbarGroup, ToolbarItem } from '@patternfly/react-core';
import { useT } from '../../i18n/i18n.tsx';
import type { FleetFilters } from './fleet-data.ts';

interface FleetToolbarProps {
  readonly filters: FleetFilters;
  readonly onFilter: (name: keyof FleetFilters, value: string) => void;
  readonly onClear: () => void;
  readonly places: readonly string[];
  readonly count: string;
}

export function FleetToolbar({ filters, onFilter, onClear, places, count }: FleetToolbarProps) {
  const t = useT();
  const select = (name: 'status' | 'role' | 'place', values: readonly { value: string; label: string }[]) => (
    <ToolbarItem>
      <FormSelect aria-label={t(`operator.${name}`)} className="small-select" value={filters[name]} onChange={(_event, value) => onFilter(name, value)}>
        <FormSelectOption value="" label={t(`operator.any-${name}`)} />
        {values.map(({ value, label }) => <FormSelectOption key={value} value={value} label={label} />)}
      </FormSelect>
    </ToolbarItem>
  );
  return (
    <Toolbar>
      <ToolbarContent>
        <ToolbarGroup variant="filter-group">
          <ToolbarItem>
            <SearchInput aria-label={t('operator.search')} placeholder={t('operator.search')} value={filters.text} onChange={(_event, value) => onFilter('text', value)} onClear={() => onFilter('text', '')} resetButtonLabel={t('action.clear-filters')} />
          </ToolbarItem>
          {select('status', AMPHORA_STATUSES.filter((value) => value !== 'DELETED').map((value) => ({ value, label: t(`status.${value}`) })))}
          {select('role', AMPHORA_ROLES.map((value) => ({ value, label: t(`operator.role.${value}`) })))}
          {places.length > 1 && select('place', places.map((value) => ({ value, label: value })))}
          {Object.values(filters).some((value) => value !== '') && <ToolbarItem><Button variant="link" onClick={onClear}>{t('action.clear-filters')}</Button></ToolbarItem>}
        </ToolbarGroup>
        <ToolbarItem align={{ default: 'alignEnd' }} alignSelf="center"><span role="status" className="subtle">{count}</span></ToolbarItem>
      </ToolbarContent>
    </Toolbar>
  );
}
