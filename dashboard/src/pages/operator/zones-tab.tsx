import { useMemo } from 'react';
import type { AvailabilityZone, AvailabilityZoneProfile } from '../../api/schema.ts';
import { useCloudObjects } from '../../data/objects.ts';
import { useT } from '../../i18n/i18n.tsx';
import { ChildTable } from '../load-balancer/child-table.tsx';
import { textColumn } from '../load-balancer/columns.tsx';
import { SettingsText } from './settings-text.tsx';

/** What users choose a place by, and the settings behind it. */
export function ZonesTab() {
  const t = useT();
  const query = useCloudObjects('availability_zone');
  const profiles = useCloudObjects('availability_zone_profile');
  // The API knows zones by their names.
  const zones = useMemo(() => query.data?.map((zone) => ({ ...zone, id: zone.name })), [query.data]);
  const nameOf = (id: string | null) => profiles.data?.find((profile) => profile.id === id)?.name ?? id ?? '';
  return (
    <>
      <h2 className="part-title">{t('operator.zones')}</h2>
      <ChildTable
        kind="availability_zone" query={{ data: zones, isLoading: query.isLoading, error: query.error, refetch: query.refetch }} loadBalancerId={null} sortParameter="zones"
        columns={[
          textColumn<AvailabilityZone>('name', t('field.name'), (row) => row.name), textColumn<AvailabilityZone>('description', t('field.description'), (row) => row.description),
          textColumn<AvailabilityZone>('profile', t('field.availability_zone_profile_id'), (row) => nameOf(row.availability_zone_profile_id)), textColumn<AvailabilityZone>('enabled', t('field.enabled'), (row) => (row.enabled ? t('state.yes') : t('state.no'))),
        ]}
      />
      <h2 className="part-title">{t('operator.zone-profiles')}</h2>
      <ChildTable
        kind="availability_zone_profile" query={profiles} loadBalancerId={null} sortParameter="profiles"
        columns={[
          textColumn<AvailabilityZoneProfile>('name', t('field.name'), (row) => row.name), textColumn<AvailabilityZoneProfile>('provider', t('field.provider_name'), (row) => row.provider_name),
          textColumn<AvailabilityZoneProfile>('settings', t('field.availability_zone_data'), (row) => row.availability_zone_data, (row) => <SettingsText text={row.availability_zone_data} />),
        ]}
      />
    </>
  );
}
