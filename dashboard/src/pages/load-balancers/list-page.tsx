import { useDeferredValue, useMemo, useState } from 'react';
import { DataTable, type Column } from '../../components/data-table.tsx';
import { Empty, Failure, LoadingPage, NothingFound } from '../../components/states.tsx';
import { StatusLabel } from '../../components/status-label.tsx';
import { Tags } from '../../components/tags.tsx';
import { useLoadBalancerIndex, type ListedLoadBalancer } from '../../data/load-balancer-index.ts';
import { objectName } from '../../format/object-name.ts';
import { useT, type Translate } from '../../i18n/i18n.tsx';
import { Link, useQueryFilters, useQueryState, useRouter } from '../../router/router.tsx';
import { useSession } from '../../session/session.tsx';
import { PageBody } from '../../shell/shell.tsx';
import { LoadBalancerDialogs, useLoadBalancerActions } from '../load-balancer/load-balancer-actions.tsx';
import { BulkActions } from './bulk-actions.tsx';
import { filterRows, type Filters } from './filter-rows.ts';
import { ListToolbar } from './list-toolbar.tsx';

const FILTERS = { text: 'q', operating: 'operating', provisioning: 'provisioning', tag: 'tag' } as const;

/** Every load balancer of the project: filters and order are in the address. */
export function ListPage() {
  const t = useT();
  const { may } = useSession();
  const { query } = useRouter();
  const [all, setAll] = useQueryState('all');
  const { rows, isLoading, error, reload } = useLoadBalancerIndex(all === '1');
  const [filters, setFilter] = useQueryFilters(FILTERS);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const actions = useLoadBalancerActions();
  const deferred = useDeferredValue(filters);
  const shown = useMemo(() => filterRows(rows, deferred), [rows, deferred]);
  const tags = useMemo(() => [...new Set(rows.flatMap((row) => row.tags))].toSorted().slice(0, 200), [rows]);
  const hasZones = useMemo(() => rows.some((row) => row.availability_zone !== null), [rows]);
  const columns = useMemo(() => columnsOf(t, { isEverybody: all === '1', hasZones }), [t, all, hasZones]);
  const create = may('loadbalancer:post') ? <Link className="pf-v6-c-button pf-m-primary" to="/load-balancers/create">{t('list.create')}</Link> : undefined;
  const clear = () => setFilter(Object.keys(FILTERS) as (keyof Filters)[], '');
  if (rows.length === 0 && error !== null) return <PageBody title={t('list.title')}><Failure error={error} retry={reload} /></PageBody>;
  if (rows.length === 0 && isLoading) return <PageBody title={t('list.title')}><LoadingPage /></PageBody>;
  if (rows.length === 0 && query.get('all') === null && !may('loadbalancer:get_all-global')) {
    return <PageBody title={t('list.title')}><Empty title={t('list.empty')} body={create === undefined ? t('list.empty-readonly') : t('list.empty-explained')} actions={create} /></PageBody>;
  }
  return (
    <PageBody title={t('list.title')} actions={create}>
      <ListToolbar
        filters={filters} onFilter={(name, value) => setFilter([name], value)} onClear={clear} tags={tags}
        count={isLoading ? t('list.loading-more', { count: rows.length }) : t('list.count', { shown: shown.length, count: rows.length })}
        everybody={may('loadbalancer:get_all-global') ? { isOn: all === '1', set: (isOn) => setAll(isOn ? '1' : '') } : null}
        bulk={<BulkActions chosen={shown.filter((row) => chosen.has(row.id))} mayEdit={may('loadbalancer:put')} mayDelete={may('loadbalancer:delete')} onDone={() => setChosen(new Set())} />}
      />
      {rows.length === 0 ? <Empty title={t('list.empty')} body={t('list.empty-explained')} actions={create} />
        : shown.length === 0 ? <NothingFound onClear={clear} />
          : <DataTable label={t('list.title')} columns={columns} rows={shown} idOf={(row) => row.id} nameOf={(row) => objectName(row.id, row.name)} selection={{ chosen, choose: setChosen }} actions={actions.itemsFor} />}
      <LoadBalancerDialogs actions={actions} />
    </PageBody>
  );
}

/** Zones have a column where somebody uses them. */
function columnsOf(t: Translate, { isEverybody, hasZones }: { isEverybody: boolean; hasZones: boolean }): readonly Column<ListedLoadBalancer>[] {
  return [
    { key: 'name', title: t('field.name'), width: 25, sortBy: (row) => row.name, cell: (row) => <Link to={`/load-balancers/${row.id}`}>{row.name === '' ? row.id : row.name}</Link> },
    { key: 'address', share: 15, title: t('field.vip_address'), sortBy: (row) => row.vip_address ?? '', cell: (row) => row.vip_address },
    { key: 'operating', share: 15, title: t('field.operating_status'), sortBy: (row) => row.operating_status, cell: (row) => <StatusLabel status={row.operating_status} /> },
    { key: 'provisioning', share: 15, title: t('field.provisioning_status'), sortBy: (row) => row.provisioning_status, cell: (row) => <StatusLabel status={row.provisioning_status} /> },
    ...(hasZones ? [{ key: 'zone', share: 15, title: t('field.availability_zone'), sortBy: (row: ListedLoadBalancer) => row.availability_zone ?? '', cell: (row: ListedLoadBalancer) => row.availability_zone }] : []),
    { key: 'admin', share: 15, title: t('field.admin_state_up'), sortBy: (row) => Number(row.admin_state_up), cell: (row) => (row.admin_state_up ? t('state.yes') : t('state.no')) },
    isEverybody ? { key: 'project', title: t('field.project_id'), sortBy: (row) => row.project_id, cell: (row) => row.project_id } : { key: 'tags', share: 20, title: t('field.tags'), cell: (row) => <Tags tags={row.tags} most={3} /> },
    { key: 'created', share: 20, title: t('field.created_at'), sortBy: (row) => row.created_at, cell: (row) => row.created_at.replace('T', ' ') },
  ];
}
