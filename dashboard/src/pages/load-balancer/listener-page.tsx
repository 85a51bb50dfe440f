import type { L7policy } from '../../api/schema.ts';
import { useLoadBalancer, useObject, usePolicies } from '../../data/objects.ts';
import { objectName } from '../../format/object-name.ts';
import { useT } from '../../i18n/i18n.tsx';
import { Link } from '../../router/router.tsx';
import type { PageProps } from '../../routes.tsx';
import { ChildTable } from './child-table.tsx';
import { nameColumn, statusColumns, textColumn } from './columns.tsx';
import { ObjectPage } from './object-page.tsx';
import { Overview } from './overview.tsx';

export function ListenerPage({ parameters: { id = '', listener: listenerId = '' } }: PageProps) {
  const t = useT();
  const loadBalancer = useLoadBalancer(id);
  const query = useObject(id, 'listener', listenerId);
  const crumbs = [{ to: '/load-balancers', label: t('list.title') }, { to: `/load-balancers/${id}?tab=listeners`, label: objectName(id, loadBalancer.data?.name) }];
  return (
    <ObjectPage
      kind="listener" query={query} loadBalancerId={id} crumbs={crumbs}
      tabs={(listener) => [
        { key: 'overview', title: t('detail.overview'), content: <Overview kind="listener" shown={listener} special={listener.default_pool_id === null ? {} : { default_pool_id: <Link to={`/load-balancers/${id}/pools/${listener.default_pool_id}`}>{listener.default_pool_id}</Link> }} /> },
        ...(listener.protocol === 'HTTP' || listener.protocol === 'TERMINATED_HTTPS' ? [{ key: 'policies', title: `${t('detail.policies')} (${listener.l7policies.length})`, content: <Policies id={id} listenerId={listenerId} /> }] : []),
      ]}
    />
  );
}

function Policies({ id, listenerId }: { id: string; listenerId: string }) {
  const t = useT();
  const query = usePolicies(id, listenerId);
  return (
    <ChildTable
      kind="l7policy" query={query} loadBalancerId={id} fixed={{ listener_id: listenerId }}
      columns={[
        textColumn<L7policy>('position', t('field.position'), (row) => row.position), nameColumn(t, (row) => `/load-balancers/${id}/listeners/${listenerId}/policies/${row.id}`), textColumn<L7policy>('action', t('field.action'), (row) => row.action),
        textColumn<L7policy>('rules', t('detail.rules'), (row) => row.rules.length), ...statusColumns(t),
      ]}
    />
  );
}
