import { useT } from '../../i18n/i18n.tsx';
import { PageBody } from '../../shell/shell.tsx';

/** Fleet, failover and rollout, quotas, flavors, zones, providers, brake: tabs of this page. */
export function OperatorPage() {
  const t = useT();
  return <PageBody title={t('operator.title')}>{t('operator.coming')}</PageBody>;
}
