import { useT } from '../../i18n/i18n.tsx';

/** The load balancer as a picture, coloured by operating status and updated by pushed changes. */
export function TopologyTab({ id }: { id: string }) {
  const t = useT();
  return <p data-load-balancer={id}>{t('topology.coming')}</p>;
}
