import type { Flavor, Flavorprofile } from '../../api/schema.ts';
import { useCloudObjects } from '../../data/objects.ts';
import { useT } from '../../i18n/i18n.tsx';
import { ChildTable } from '../load-balancer/child-table.tsx';
import { textColumn } from '../load-balancer/columns.tsx';
import { SettingsText } from './settings-text.tsx';

/** What users choose a size by, and the settings behind it. */
export function FlavorsTab() {
  const t = useT();
  const flavors = useCloudObjects('flavor');
  const profiles = useCloudObjects('flavorprofile');
  const nameOf = (id: string | null) => profiles.data?.find((profile) => profile.id === id)?.name ?? id ?? '';
  return (
    <>
      <h2 className="part-title">{t('operator.flavors')}</h2>
      <ChildTable
        kind="flavor" query={flavors} loadBalancerId={null} sortParameter="flavors"
        columns={[
          textColumn<Flavor>('name', t('field.name'), (row) => row.name), textColumn<Flavor>('description', t('field.description'), (row) => row.description),
          textColumn<Flavor>('profile', t('field.flavor_profile_id'), (row) => nameOf(row.flavor_profile_id)), textColumn<Flavor>('enabled', t('field.enabled'), (row) => (row.enabled ? t('state.yes') : t('state.no'))),
        ]}
      />
      <h2 className="part-title">{t('operator.flavor-profiles')}</h2>
      <ChildTable
        kind="flavorprofile" query={profiles} loadBalancerId={null} sortParameter="profiles"
        columns={[
          textColumn<Flavorprofile>('name', t('field.name'), (row) => row.name), textColumn<Flavorprofile>('provider', t('field.provider_name'), (row) => row.provider_name),
          textColumn<Flavorprofile>('settings', t('field.flavor_data'), (row) => row.flavor_data, (row) => <SettingsText text={row.flavor_data} />),
        ]}
      />
    </>
  );
}
