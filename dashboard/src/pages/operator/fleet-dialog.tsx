import { octavia, pathOf } from '../../api/client.ts';
import { useSend } from '../../data/objects.ts';
import { ConfirmDialog } from '../../dialogs/confirm-dialog.tsx';
import { useT } from '../../i18n/i18n.tsx';
import type { FleetAmphora } from './fleet-data.ts';

/** What is to be done with one amphora. */
export interface FleetOrder {
  readonly what: 'failover' | 'configure' | 'delete';
  readonly on: FleetAmphora;
}

/** Asks before it is done. `onFailover` is told of failovers that were accepted. */
export function FleetDialog({ order: { what, on }, onClose, onFailover }: { order: FleetOrder; onClose: () => void; onFailover: (on: FleetAmphora) => void }) {
  const t = useT();
  const send = useSend();
  const name = on.loadbalancer_name ?? on.loadbalancer_id ?? t('operator.spare');
  const confirm = async () => {
    if (what === 'delete') await octavia('DELETE', pathOf('amphora', { id: on.id }));
    else await octavia('PUT', pathOf('amphora', { id: on.id, action: what === 'failover' ? 'failover' : 'config' }));
    await send(() => Promise.resolve(), { stale: [['fleet', 'amphorae']], accepted: t(what === 'delete' ? 'dialog.delete-accepted' : 'dialog.accepted') });
    if (what === 'failover') onFailover(on);
  };
  const title = { failover: t('operator.failover-title', { id: on.id.slice(0, 8), name }), configure: t('operator.configure-title', { id: on.id.slice(0, 8) }), delete: t('operator.delete-title', { id: on.id.slice(0, 8) }) }[what];
  const button = { failover: t('failover.action'), configure: t('operator.configure'), delete: t('action.delete') }[what];
  return <ConfirmDialog title={title} confirm={button} isDanger={what === 'delete'} onConfirm={confirm} onClose={onClose}>{t(`operator.${what}-explained`)}</ConfirmDialog>;
}
