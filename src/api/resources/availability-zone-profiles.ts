import { availabilityZoneProfile } from '../../model/resources/availability-zone-profile.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { Route } from '../machinery/define-routes.ts';
import { profileRoutes } from './profiles.ts';

export function availabilityZoneProfileRoutes(deps: ApiDependencies): Route[] {
  return profileRoutes(deps, {
    resource: availabilityZoneProfile,
    table: 'availability_zone_profile',
    collection: '/v2/availabilityzoneprofiles',
    dataField: 'availability_zone_data',
    label: 'Availability Zone Profile',
    validate: (provider, data) => provider.validateAvailabilityZone(data),
    isInUse: async (trx, id) => (await trx.selectFrom('availability_zone').select('name').where('availability_zone_profile_id', '=', id).limit(1).execute()).length > 0,
  });
}
