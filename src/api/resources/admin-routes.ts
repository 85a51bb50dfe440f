import type { ApiDependencies } from '../dependencies.ts';
import type { Route } from '../machinery/define-routes.ts';
import { amphoraRoutes } from './amphorae.ts';
import { availabilityZoneProfileRoutes } from './availability-zone-profiles.ts';
import { availabilityZoneRoutes } from './availability-zones.ts';
import { fleetRoutes } from './fleet.ts';
import { flavorProfileRoutes } from './flavor-profiles.ts';
import { flavorRoutes } from './flavors.ts';
import { providerRoutes } from './providers.ts';
import { quotaRoutes } from './quotas.ts';
import { rolloutRoutes } from './rollouts.ts';

/** Every route that is not below a load balancer: quotas, flavors, zones, their profiles, providers, amphorae, rollouts. */
export function adminRoutes(deps: ApiDependencies): Route[] {
  return [
    ...quotaRoutes(deps), ...flavorRoutes(deps), ...flavorProfileRoutes(deps), ...availabilityZoneRoutes(deps), ...availabilityZoneProfileRoutes(deps),
    ...providerRoutes(deps), ...amphoraRoutes(deps), ...fleetRoutes(deps), ...rolloutRoutes(deps),
  ];
}
