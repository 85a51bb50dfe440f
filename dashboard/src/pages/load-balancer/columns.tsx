import type { ReactNode } from 'react';
import type { Column } from '../../components/data-table.tsx';
import { StatusLabel } from '../../components/status-label.tsx';
import type { Translate } from '../../i18n/i18n.tsx';
import { Link } from '../../router/router.tsx';

interface Common {
  readonly id: string;
  readonly name?: string;
  readonly operating_status: string;
  readonly provisioning_status: string;
  readonly admin_state_up: boolean;
}

/** A name that leads to its object. */
export function nameColumn<T extends Common>(t: Translate, to: (row: T) => string): Column<T> {
  return { key: 'name', title: t('field.name'), sortBy: (row) => row.name ?? '', cell: (row) => <Link to={to(row)}>{row.name === '' || row.name === undefined ? row.id : row.name}</Link> };
}

export function textColumn<T>(key: string, title: string, of: (row: T) => string | number, cell?: (row: T) => ReactNode): Column<T> {
  return { key, title, sortBy: of, cell: cell ?? of };
}

/** The columns that every object has, at the end. */
export function statusColumns<T extends Common>(t: Translate): readonly Column<T>[] {
  return [
    { key: 'operating', title: t('field.operating_status'), sortBy: (row) => row.operating_status, cell: (row) => <StatusLabel status={row.operating_status} /> },
    { key: 'provisioning', title: t('field.provisioning_status'), sortBy: (row) => row.provisioning_status, cell: (row) => <StatusLabel status={row.provisioning_status} /> },
    { key: 'admin', title: t('field.admin_state_up'), sortBy: (row) => Number(row.admin_state_up), cell: (row) => (row.admin_state_up ? t('state.yes') : t('state.no')) },
  ];
}
