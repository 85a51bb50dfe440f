import { useCallback, useDeferredValue, useMemo, useState } from 'react';
import { DataTable, type Column } from '../../components/data-table.tsx';
import { Notice } from '../../components/notice.tsx';
import { Empty, Failure, LoadingPage, NothingFound } from '../../components/states.tsx';
import { StatusLabel } from '../../components/status-label.tsx';
import { useI18n, type Translate } from '../../i18n/i18n.tsx';
import { Link, useQueryFilters } from '../../router/router.tsx';
import { useSession } from '../../session/session.tsx';
import { AgeLabel, ExpiryLabel } from './age-label.tsx';
import { FailoverProgress, type WatchedFailover } from './failover-progress.tsx';
import { filterFleet, placeOf, useFleet, useStormBrake, type FleetAmphora, type FleetFilters } from './fleet-data.ts';
import { FleetDialog, type FleetOrder } from './fleet-dialog.tsx';
import { FleetToolbar } from './fleet-toolbar.tsx';

const PARAMETERS = { text: 'q', status: 'status', role: 'role', place: 'place' } as const;

/** Every amphora of the cloud: where it runs, how it is, and what can be done about it. Filters and order are in the address. */
export function FleetTab() {
  const { t, language } = useI18n();
  const { rows, timeoutSeconds, error, reload } = useFleet();
  const brake = useStormBrake();
  const [filters, setFilter] = useQueryFilters(PARAMETERS);
  const [order, setOrder] = useState<FleetOrder | null>(null);
  const [watched, setWatched] = useState<readonly WatchedFailover[]>([]);
  const deferred = useDeferredValue(filters);
  const shown = useMemo(() => filterFleet(rows ?? [], deferred), [rows, deferred]);
  const places = useMemo(() => [...new Set((rows ?? []).map(placeOf))].filter((place) => place !== '').toSorted(), [rows]);
  const columns = useMemo(() => columnsOf(t, language, timeoutSeconds), [t, language, timeoutSeconds]);
  const actions = useActions(t, setOrder);
  const clear = () => setFilter(Object.keys(PARAMETERS) as (keyof FleetFilters)[], '');
  if (rows === undefined) return error === null ? <LoadingPage /> : <Failure error={error} retry={reload} />;
  return (
    <>
      <div className="notices">
        {brake.data?.state === 'engaged' && <Notice variant="danger" isInline title={t('operator.brake.engaged')}><Link to="/operator?tab=brake">{t('operator.brake.more')}</Link></Notice>}
        {watched.length > 0 && <FailoverProgress watched={watched} onClose={(amphoraId) => setWatched((all) => all.filter((one) => one.amphoraId !== amphoraId))} />}
      </div>
      {rows.length === 0 ? <Empty title={t('operator.fleet.empty')} body={t('operator.fleet.empty-explained')} /> : (
        <>
          <FleetToolbar filters={filters} onFilter={(name, value) => setFilter([name], value)} onClear={clear} places={places} count={t('list.count', { shown: shown.length, count: rows.length })} />
          {shown.length === 0 ? <NothingFound onClear={clear} /> : <DataTable label={t('operator.fleet')} columns={columns} rows={shown} idOf={idOf} nameOf={idOf} {...(actions && { actions })} />}
        </>
      )}
      {order !== null && (
        <FleetDialog order={order} onClose={() => setOrder(null)} onFailover={({ id, loadbalancer_id: loadBalancerId, loadbalancer_name: name }) => {
          if (loadBalancerId !== null) setWatched((all) => [...all.filter((one) => one.amphoraId !== id), { amphoraId: id, loadBalancerId, name: name ?? loadBalancerId }]);
        }} />
      )}
    </>
  );
}

const idOf = (row: FleetAmphora) => row.id;

function useActions(t: Translate, order: (order: FleetOrder) => void) {
  const { may } = useSession();
  const mayFailover = may('amphora:put_failover');
  const mayConfigure = may('amphora:put_config');
  const mayDelete = may('amphora:delete');
  const actions = useCallback((on: FleetAmphora) => [
    // The API takes failovers of amphorae that serve somebody, and deletes those that are broken and serve nobody well.
    ...(mayFailover && on.loadbalancer_id !== null ? [{ title: t('failover.action'), onClick: () => order({ what: 'failover', on }) }] : []),
    ...(mayConfigure ? [{ title: t('operator.configure'), onClick: () => order({ what: 'configure', on }) }] : []),
    ...(mayDelete ? [{ title: t('action.delete'), isDanger: true, isDisabled: on.status !== 'ERROR', onClick: () => order({ what: 'delete', on }) }] : []),
  ], [t, order, mayFailover, mayConfigure, mayDelete]);
  return mayFailover || mayConfigure || mayDelete ? actions : null;
}

function columnsOf(t: Translate, language: string, timeoutSeconds: number): readonly Column<FleetAmphora>[] {
  return [
    {
      key: 'loadbalancer', title: t('kind.loadbalancer'), width: 20, sortBy: (row) => row.loadbalancer_name ?? '',
      cell: (row) => (row.loadbalancer_id === null ? <span className="subtle">{t('operator.spare')}</span> : <Link to={`/load-balancers/${row.loadbalancer_id}`}>{row.loadbalancer_name === null || row.loadbalancer_name === '' ? row.loadbalancer_id : row.loadbalancer_name}</Link>),
    },
    { key: 'id', title: t('operator.amphora'), sortBy: (row) => row.id, cell: (row) => <span className="nowrap" title={[row.id, row.lb_network_ip].filter(Boolean).join(' · ')}>{row.id.slice(0, 8)}</span> },
    { key: 'status', title: t('operator.status'), sortBy: (row) => row.status, cell: (row) => <StatusLabel status={row.status} /> },
    { key: 'role', title: t('operator.role'), sortBy: (row) => row.role ?? '', cell: (row) => (row.role === null ? '' : t(`operator.role.${row.role}`)) },
    { key: 'place', title: t('operator.place'), sortBy: placeOf, cell: placeOf },
    { key: 'image', title: t('operator.image'), sortBy: (row) => row.image_id ?? '', cell: (row) => <span className="nowrap" title={row.image_id ?? ''}>{row.image_id?.slice(0, 8)}</span> },
    { key: 'heartbeat', title: t('operator.heartbeat'), sortBy: (row) => row.heartbeatAgeSeconds ?? Number.MAX_SAFE_INTEGER, cell: (row) => <AgeLabel seconds={row.heartbeatAgeSeconds} isLate={row.heartbeatAgeSeconds !== null && row.heartbeatAgeSeconds > timeoutSeconds} language={language} /> },
    { key: 'certificate', title: t('operator.certificate'), sortBy: (row) => row.cert_expiration ?? '', cell: (row) => <ExpiryLabel at={row.cert_expiration} language={language} /> },
  ];
}
