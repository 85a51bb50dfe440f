import { useT } from '../../i18n/i18n.tsx';

/** Charts, event timeline and log tail of one load balancer. */
export function StatisticsTab({ id }: { id: string }) {
  const t = useT();
  return <p data-load-balancer={id}>{t('statistics.coming')}</p>;
}
