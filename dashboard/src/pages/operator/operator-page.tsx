import { Empty } from '../../components/states.tsx';
import { useT } from '../../i18n/i18n.tsx';
import { useSession } from '../../session/session.tsx';
import { PageBody } from '../../shell/shell.tsx';
import { PageTabs } from '../load-balancer/object-page.tsx';
import { BrakeTab } from './brake-tab.tsx';
import { FlavorsTab } from './flavors-tab.tsx';
import { FleetTab } from './fleet-tab.tsx';
import { ProvidersTab } from './providers-tab.tsx';
import { QuotasTab } from './quotas-tab.tsx';
import { RolloutTab } from './rollout-tab.tsx';
import { ZonesTab } from './zones-tab.tsx';

/** Everything that runs the service rather than one load balancer; a tab shows when policy allows what it lists. */
export function OperatorPage() {
  const t = useT();
  const { may } = useSession();
  const tabs = [
    { needs: 'amphora:get_all', key: 'fleet', title: t('operator.fleet'), content: <FleetTab /> },
    { needs: 'rollout:get_all', key: 'rollout', title: t('operator.rollout'), content: <RolloutTab /> },
    { needs: 'quota:get_all-global', key: 'quotas', title: t('operator.quotas'), content: <QuotasTab /> },
    { needs: 'flavor-profile:get_all', key: 'flavors', title: t('operator.flavors'), content: <FlavorsTab /> },
    { needs: 'availability-zone-profile:get_all', key: 'zones', title: t('operator.zones'), content: <ZonesTab /> },
    { needs: 'provider-flavor:get_all', key: 'providers', title: t('operator.providers'), content: <ProvidersTab /> },
    { needs: 'amphora:get_all', key: 'brake', title: t('operator.brake'), content: <BrakeTab /> },
  ].filter(({ needs }) => may(needs));
  return <PageBody title={t('operator.title')}>{tabs.length === 0 ? <Empty title={t('state.forbidden')} body={t('operator.forbidden-explained')} /> : <PageTabs tabs={tabs} />}</PageBody>;
}
