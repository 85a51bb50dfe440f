import { flavorProfile } from '../../model/resources/flavor-profile.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { Route } from '../machinery/define-routes.ts';
import { profileRoutes } from './profiles.ts';

export function flavorProfileRoutes(deps: ApiDependencies): Route[] {
  return profileRoutes(deps, {
    resource: flavorProfile,
    table: 'flavor_profile',
    collection: '/v2/flavorprofiles',
    dataField: 'flavor_data',
    label: 'Flavor profile',
    validate: (provider, data) => provider.validateFlavor(data),
    isInUse: async (trx, id) => (await trx.selectFrom('flavor').select('id').where('flavor_profile_id', '=', id).limit(1).execute()).length > 0,
  });
}
