import { AMPHORA_ROLES, AMPHORA_STATUSES } from '@model/enums.ts';
import { FilterBar, FilterSelect } from '../../components/filter-bar.tsx';
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
    <FilterSelect label={t(`operator.${name}`)} any={t(`operator.any-${name}`)} value={filters[name]} values={values} onChange={(value) => onFilter(name, value)} />
  );
  return (
    <FilterBar
      search={{ label: t('operator.search'), value: filters.text, onChange: (value) => onFilter('text', value) }}
      hasFilter={Object.values(filters).some((value) => value !== '')} onClear={onClear} count={count}
    >
      {select('status', AMPHORA_STATUSES.filter((value) => value !== 'DELETED').map((value) => ({ value, label: t(`status.${value}`) })))}
      {select('role', AMPHORA_ROLES.map((value) => ({ value, label: t(`operator.role.${value}`) })))}
      {places.length > 1 && select('place', places.map((value) => ({ value, label: value })))}
    </FilterBar>
  );
}
