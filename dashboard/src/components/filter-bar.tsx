import { Button, FormSelect, FormSelectOption, SearchInput, Toolbar, ToolbarContent, ToolbarGroup, ToolbarItem } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useT } from '../i18n/i18n.tsx';

interface FilterSelectProps {
  readonly label: string;
  /** What the entry that lets everything through is called. */
  readonly any: string;
  readonly value: string;
  readonly values: readonly { readonly value: string; readonly label: string }[];
  readonly onChange: (value: string) => void;
}

/** One filter with a handful of values; empty lets everything through. */
export function FilterSelect({ label, any, value, values, onChange }: FilterSelectProps) {
  return (
    <ToolbarItem>
      <FormSelect aria-label={label} className="small-select" value={value} onChange={(_event, chosen) => onChange(chosen)}>
        <FormSelectOption value="" label={any} />
        {values.map((one) => <FormSelectOption key={one.value} {...one} />)}
      </FormSelect>
    </ToolbarItem>
  );
}

interface FilterBarProps {
  readonly search: { readonly label: string; readonly value: string; readonly onChange: (value: string) => void };
  readonly hasFilter: boolean;
  readonly onClear: () => void;
  /** How many are shown of how many. */
  readonly count: string;
  /** FilterSelects. */
  readonly children: ReactNode;
  /** Beside the filters. */
  readonly more?: ReactNode;
}

/** What is above a list: search, filters, what can be done with the chosen, how many are shown. */
export function FilterBar({ search, hasFilter, onClear, count, children, more }: FilterBarProps) {
  const t = useT();
  return (
    <Toolbar>
      <ToolbarContent>
        <ToolbarGroup variant="filter-group">
          <ToolbarItem>
            <SearchInput aria-label={search.label} placeholder={search.label} value={search.value} onChange={(_event, value) => search.onChange(value)} onClear={() => search.onChange('')} resetButtonLabel={t('action.clear-filters')} />
          </ToolbarItem>
          {children}
          {hasFilter && <ToolbarItem><Button variant="link" onClick={onClear}>{t('action.clear-filters')}</Button></ToolbarItem>}
        </ToolbarGroup>
        {more}
        <ToolbarItem align={{ default: 'alignEnd' }} alignSelf="center"><span role="status" className="subtle">{count}</span></ToolbarItem>
      </ToolbarContent>
    </Toolbar>
  );
}
