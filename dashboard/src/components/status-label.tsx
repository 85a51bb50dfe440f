import { useT, isMessageKey } from '../i18n/i18n.tsx';
import { ColouredLabel, type LabelColour } from './coloured-label.tsx';

const COLOURS: Readonly<Record<string, LabelColour>> = {
  ONLINE: 'success', ACTIVE: 'success', ALLOCATED: 'success', READY: 'success', ERROR: 'danger', DEGRADED: 'warning', DRAINING: 'warning', OFFLINE: 'custom', NO_MONITOR: 'custom', DELETED: 'custom', FAILOVER_STOPPED: 'warning',
};

/** A status of the API in the reader's language, coloured, with the API's own word for those who know it. */
export function StatusLabel({ status }: { status: string | null | undefined }) {
  const t = useT();
  if (status === null || status === undefined) return null;
  const key = `status.${status}`;
  const colour = COLOURS[status] ?? (status.startsWith('PENDING') || status === 'BOOTING' ? 'info' : 'custom');
  return <ColouredLabel colour={colour} title={status} data-status={status}>{isMessageKey(key) ? t(key) : status}</ColouredLabel>;
}
