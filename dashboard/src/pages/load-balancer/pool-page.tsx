import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import type { Member, Pool } from '../../api/schema.ts';
import { Empty, LoadingPage } from '../../components/states.tsx';
import { StatusLabel } from '../../components/status-label.tsx';
import { useListeners, useLoadBalancer, useMembers, useObject } from '../../data/objects.ts';
import { DeleteDialog } from '../../dialogs/delete-dialog.tsx';
import { MembersDialog } from '../../dialogs/members-dialog.tsx';
import { ObjectDialog } from '../../dialogs/object-dialog.tsx';
import { objectName } from '../../format/object-name.ts';
import { useT } from '../../i18n/i18n.tsx';
import { Link } from '../../router/router.tsx';
import type { PageProps } from '../../routes.tsx';
import { useSession } from '../../session/session.tsx';
import { ChildTable } from './child-table.tsx';
import { statusColumns, textColumn } from './columns.tsx';
import { ObjectPage } from './object-page.tsx';
import { Overview } from './overview.tsx';

export function PoolPage({ parameters: { id = '', pool: poolId = '' } }: PageProps) {
  const t = useT();
  const loadBalancer = useLoadBalancer(id);
  const listeners = useListeners(id);
  const query = useObject(id, 'pool', poolId);
  const crumbs = [{ to: '/load-balancers', label: t('list.title') }, { to: `/load-balancers/${id}?tab=pools`, label: objectName(id, loadBalancer.data?.name) }];
  const users = (pool: Pool) => pool.listeners.map((reference) => {
    const name = listeners.data?.find((listener) => listener.id === reference.id)?.name;
    return <Link key={reference.id} className="listed" to={`/load-balancers/${id}/listeners/${reference.id}`}>{name === undefined || name === '' ? reference.id : name}</Link>;
  });
  return (
    <ObjectPage
      kind="pool" query={query} loadBalancerId={id} crumbs={crumbs}
      tabs={(pool) => [
        { key: 'overview', title: t('detail.overview'), content: <Overview kind="pool" shown={pool} special={{ listeners: pool.listeners.length > 0 ? users(pool) : t('state.none') }} /> },
        { key: 'members', title: `${t('detail.members')} (${pool.members.length})`, content: <Members id={id} pool={pool} /> },
        { key: 'monitor', title: t('detail.monitor'), content: <Monitor id={id} pool={pool} /> },
      ]}
    />
  );
}

function Members({ id, pool }: { id: string; pool: Pool }) {
  const t = useT();
  const { may } = useSession();
  const query = useMembers(id, pool.id);
  const [isBatch, setBatch] = useState(false);
  return (
    <>
      <ChildTable
        kind="member" query={query} loadBalancerId={id} parent={pool.id}
        buttons={may('member:put') && <Button variant="secondary" onClick={() => setBatch(true)}>{t('members.batch')}</Button>}
        columns={[
          textColumn<Member>('name', t('field.name'), (row) => row.name), textColumn<Member>('address', t('field.address'), (row) => row.address), textColumn<Member>('port', t('field.protocol_port'), (row) => row.protocol_port),
          textColumn<Member>('weight', t('field.weight'), (row) => row.weight), textColumn<Member>('backup', t('field.backup'), (row) => Number(row.backup), (row) => (row.backup ? t('state.yes') : t('state.no'))), ...statusColumns(t),
        ]}
      />
      {isBatch && query.data !== undefined && <MembersDialog loadBalancerId={id} pool={pool} members={query.data} onClose={() => setBatch(false)} />}
    </>
  );
}

/** A pool has one monitor or none. */
function Monitor({ id, pool }: { id: string; pool: Pool }) {
  const t = useT();
  const { may } = useSession();
  const monitorId = pool.healthmonitor_id ?? '';
  const query = useObject(id, 'healthmonitor', monitorId);
  const [open, setOpen] = useState<'create' | 'edit' | 'delete' | null>(null);
  const around = { poolProtocol: pool.protocol };
  const monitor = monitorId === '' ? undefined : query.data;
  if (monitorId !== '' && query.isLoading) return <LoadingPage />;
  return (
    <>
      {monitor === undefined ? (
        <Empty title={t('empty.healthmonitor')} body={t('empty.healthmonitor-explained')} actions={may('healthmonitor:post') && <Button onClick={() => setOpen('create')}>{t('dialog.create', { kind: t('kind.healthmonitor') })}</Button>} />
      ) : (
        <>
          <div className="part-head">
            <h2>{monitor.name === '' ? monitor.type : monitor.name}</h2> <StatusLabel status={monitor.operating_status} /> <StatusLabel status={monitor.provisioning_status} />
            {may('healthmonitor:put') && <Button variant="secondary" onClick={() => setOpen('edit')}>{t('action.edit')}</Button>}
            {may('healthmonitor:delete') && <Button variant="secondary" isDanger onClick={() => setOpen('delete')}>{t('action.delete')}</Button>}
          </div>
          <Overview kind="healthmonitor" shown={monitor} />
        </>
      )}
      {open === 'create' && <ObjectDialog kind="healthmonitor" loadBalancerId={id} fixed={{ pool_id: pool.id }} around={around} onClose={() => setOpen(null)} />}
      {open === 'edit' && monitor !== undefined && <ObjectDialog kind="healthmonitor" shown={monitor} loadBalancerId={id} around={around} onClose={() => setOpen(null)} />}
      {open === 'delete' && monitor !== undefined && <DeleteDialog kind="healthmonitor" objects={[{ id: monitor.id, name: monitor.name }]} loadBalancerId={id} onClose={() => setOpen(null)} />}
    </>
  );
}
