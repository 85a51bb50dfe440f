import { Button } from '@patternfly/react-core';
import { Suspense } from 'react';
import type { Listener, Pool } from '../../api/schema.ts';
import { NetworkName, SubnetName } from '../../components/cloud-names.tsx';
import { lazily } from '../../components/lazily.ts';
import { Failure, LoadingPage } from '../../components/states.tsx';
import { StatusLabel } from '../../components/status-label.tsx';
import { useListeners, useLoadBalancer, usePools } from '../../data/objects.ts';
import { useFloatingIp } from '../../dialogs/floating-ip-dialog.tsx';
import { useT } from '../../i18n/i18n.tsx';
import type { PageProps } from '../../routes.tsx';
import { useSession } from '../../session/session.tsx';
import { PageBody } from '../../shell/shell.tsx';
import { ChildTable } from './child-table.tsx';
import { nameColumn, statusColumns, textColumn } from './columns.tsx';
import { LoadBalancerDialogs, useLoadBalancerActions } from './load-balancer-actions.tsx';
import { Crumbs, PageTabs } from './object-page.tsx';
import { Overview } from './overview.tsx';

const TopologyTab = lazily('TopologyTab', async () => (await import('../topology/topology-tab.tsx')).TopologyTab);
const StatisticsTab = lazily('StatisticsTab', async () => (await import('../statistics/statistics-tab.tsx')).StatisticsTab);

export function LoadBalancerPage({ parameters: { id = '' } }: PageProps) {
  const t = useT();
  const { session } = useSession();
  const query = useLoadBalancer(id);
  const actions = useLoadBalancerActions();
  const floatingIp = useFloatingIp(query.data?.vip_port_id, session.services.includes('network'));
  const crumbs = [{ to: '/load-balancers', label: t('list.title') }];
  const shown = query.data;
  if (shown === undefined) return <PageBody title={t('kind.loadbalancer')} breadcrumb={<Crumbs crumbs={crumbs} />}>{query.isLoading ? <LoadingPage /> : <Failure error={query.error} retry={() => void query.refetch()} />}</PageBody>;
  const name = shown.name === '' ? shown.id : shown.name;
  return (
    <PageBody
      title={<>{name} <StatusLabel status={shown.operating_status} /> <StatusLabel status={shown.provisioning_status} /></>} subtitle={[shown.vip_address, floatingIp?.floating_ip_address].filter(Boolean).join(' · ')}
      breadcrumb={<Crumbs crumbs={[...crumbs, { to: '', label: name }]} />}
      actions={actions.itemsFor(shown).map((item) => <Button key={item.title} variant="secondary" isDanger={item.isDanger === true} onClick={item.onClick}>{item.title}</Button>)}
    >
      <PageTabs
        tabs={[
          { key: 'overview', title: t('detail.overview'), content: <Overview kind="loadbalancer" shown={shown} special={{ vip_subnet_id: <SubnetName id={shown.vip_subnet_id} />, vip_network_id: <NetworkName id={shown.vip_network_id} />, floating_ip: floatingIp?.floating_ip_address ?? t('state.none') }} /> },
          { key: 'listeners', title: `${t('detail.listeners')} (${shown.listeners.length})`, content: <Listeners id={id} /> },
          { key: 'pools', title: `${t('detail.pools')} (${shown.pools.length})`, content: <Pools id={id} /> },
          { key: 'topology', title: t('topology.title'), content: <Suspense fallback={<LoadingPage />}><TopologyTab id={id} /></Suspense> },
          { key: 'statistics', title: t('statistics.title'), content: <Suspense fallback={<LoadingPage />}><StatisticsTab id={id} /></Suspense> },
        ]}
      />
      <LoadBalancerDialogs actions={actions} />
    </PageBody>
  );
}

function Listeners({ id }: { id: string }) {
  const t = useT();
  const query = useListeners(id);
  return (
    <ChildTable
      kind="listener" query={query} loadBalancerId={id} fixed={{ loadbalancer_id: id }}
      columns={[
        nameColumn(t, (row) => `/load-balancers/${id}/listeners/${row.id}`), textColumn<Listener>('protocol', t('field.protocol'), (row) => row.protocol), textColumn<Listener>('port', t('field.protocol_port'), (row) => row.protocol_port), ...statusColumns(t),
      ]}
    />
  );
}

function Pools({ id }: { id: string }) {
  const t = useT();
  const query = usePools(id);
  return (
    <ChildTable
      kind="pool" query={query} loadBalancerId={id} fixed={{ loadbalancer_id: id }}
      columns={[
        nameColumn(t, (row) => `/load-balancers/${id}/pools/${row.id}`), textColumn<Pool>('protocol', t('field.protocol'), (row) => row.protocol), textColumn<Pool>('algorithm', t('field.lb_algorithm'), (row) => row.lb_algorithm),
        textColumn<Pool>('members', t('field.members'), (row) => row.members.length), ...statusColumns(t),
      ]}
    />
  );
}
