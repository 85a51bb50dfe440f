import { useCallback, useEffect, useState } from 'react';
import { octavia, pathOf } from '../../api/client.ts';
import type { ActionItem } from '../../components/row-menu.tsx';
import { useToast } from '../../components/toasts.tsx';
import { useLoadBalancer, useSend } from '../../data/objects.ts';
import { ConfirmDialog } from '../../dialogs/confirm-dialog.tsx';
import { DeleteLoadBalancersDialog } from '../../dialogs/delete-load-balancers-dialog.tsx';
import { FloatingIpDialog, useFloatingIp } from '../../dialogs/floating-ip-dialog.tsx';
import { ObjectDialog } from '../../dialogs/object-dialog.tsx';
import { objectName } from '../../format/object-name.ts';
import { useT } from '../../i18n/i18n.tsx';
import { useRouter } from '../../router/router.tsx';
import { useSession } from '../../session/session.tsx';

/** What the actions need to know of a load balancer. */
export interface Acted {
  readonly id: string;
  readonly name: string;
  readonly project_id: string;
  readonly vip_port_id: string | null;
  readonly vip_address: string | null;
}

type Open = { readonly what: 'edit' | 'floating-ip' | 'failover' | 'delete'; readonly on: Acted } | null;

export interface LoadBalancerActions {
  /** Menu entries that policy allows. */
  readonly itemsFor: (on: Acted) => ActionItem[];
  readonly open: Open;
  readonly close: () => void;
}

/** The same actions in the list and on the page of a load balancer. Show LoadBalancerDialogs beside. */
export function useLoadBalancerActions(): LoadBalancerActions {
  const t = useT();
  const { session, may } = useSession();
  const [open, setOpen] = useState<Open>(null);
  const hasNetwork = session.services.includes('network');
  const itemsFor = useCallback((on: Acted): ActionItem[] => [
    ...(may('loadbalancer:put') ? [{ title: t('action.edit'), onClick: () => setOpen({ what: 'edit', on }) }] : []),
    ...(hasNetwork && may('loadbalancer:put') ? [{ title: t('kind.floating-ip'), onClick: () => setOpen({ what: 'floating-ip', on }) }] : []),
    ...(may('loadbalancer:put_failover') ? [{ title: t('failover.action'), onClick: () => setOpen({ what: 'failover', on }) }] : []),
    ...(may('loadbalancer:delete') ? [{ title: t('action.delete'), isDanger: true, onClick: () => setOpen({ what: 'delete', on }) }] : []),
  ], [t, may, hasNetwork]);
  const close = useCallback(() => setOpen(null), []);
  return { itemsFor, open, close };
}

export function LoadBalancerDialogs({ actions: { open, close } }: { actions: LoadBalancerActions }) {
  const t = useT();
  const send = useSend();
  const { path, navigate } = useRouter();
  if (open === null) return null;
  const { what, on } = open;
  switch (what) {
    case 'edit': return <EditDialog id={on.id} onClose={close} />;
    case 'floating-ip': return <PlaceFloatingIp on={on} onClose={close} />;
    case 'delete': return <DeleteLoadBalancersDialog objects={[on]} onClose={close} onDeleted={() => path !== '/load-balancers' && navigate('/load-balancers')} />;
    default: return (
      <ConfirmDialog
        title={t('failover.title', { name: objectName(on.id, on.name) })} confirm={t('failover.action')} onClose={close}
        onConfirm={async () => {
          await octavia('PUT', pathOf('loadbalancer', { id: on.id, action: 'failover' }));
          await send(() => Promise.resolve(), { loadBalancerId: on.id, accepted: t('dialog.accepted') });
        }}
      >
        {t('failover.explained')}
      </ConfirmDialog>
    );
  }
}

function EditDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useT();
  const say = useToast();
  const { data, error } = useLoadBalancer(id);
  const reason = data === undefined ? error?.message : undefined;
  useEffect(() => {
    if (reason === undefined) return;
    say({ variant: 'danger', title: t('state.failed'), detail: reason });
    onClose();
  }, [reason, say, t, onClose]);
  return data === undefined ? null : <ObjectDialog kind="loadbalancer" shown={data} loadBalancerId={id} onClose={onClose} />;
}

function PlaceFloatingIp({ on, onClose }: { on: Acted; onClose: () => void }) {
  const current = useFloatingIp(on.vip_port_id, true);
  return on.vip_port_id === null ? null : <FloatingIpDialog target={{ portId: on.vip_port_id, address: on.vip_address ?? '' }} current={current} projectId={on.project_id} onClose={onClose} />;
}
