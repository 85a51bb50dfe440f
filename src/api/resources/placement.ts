import type { AvailabilityZoneData, FlavorData } from '../../model/graph.ts';
import { disabledOption, validationFailure } from '../../model/violation.ts';
import { findFlavor, findZone } from '../../store/resources/flavors-and-zones.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { callProvider, providerCapabilities } from '../machinery/call-provider.ts';
import { flavorProviderMismatch } from '../machinery/faults.ts';
import type { LoadBalancerBody } from './vip-request.ts';

/** Where and how a load balancer will be built. */
export interface Placement {
  readonly provider: string;
  readonly flavor: FlavorData;
  readonly zone: AvailabilityZoneData;
}

/** Provider, flavor and zone of a new load balancer: all must exist, be enabled and fit together. */
export async function choosePlacement(deps: Pick<ApiDependencies, 'store' | 'providers' | 'config'>, body: LoadBalancerBody): Promise<Placement> {
  const flavor = body.flavor_id ? await findFlavor(deps.store.read, body.flavor_id) : undefined;
  if (body.flavor_id && !flavor) throw validationFailure('Invalid flavor_id.');
  if (body.flavor_id && flavor?.enabled === false) throw disabledOption('flavor', body.flavor_id);
  const named = body.availability_zone ?? null;
  const zone = named === null ? undefined : await findZone(deps.store.read, named);
  if (named !== null && !zone) throw validationFailure('Invalid availability zone.');
  if (named !== null && zone?.enabled === false) throw disabledOption('availability_zone', named);
  if (body.provider && flavor && flavor.provider !== body.provider) throw flavorProviderMismatch(body.flavor_id ?? '', body.provider);
  const provider = body.provider || (flavor?.provider ?? deps.providers.defaultName);
  const placement = { provider, flavor: flavor?.data ?? {}, zone: zone?.data ?? {} };
  await askProvider(deps, placement);
  return placement;
}

/** Profiles were checked when they were made; the provider may have changed its mind since. */
async function askProvider(deps: Pick<ApiDependencies, 'providers'>, { provider, flavor, zone }: Placement): Promise<void> {
  const capabilities = providerCapabilities(deps.providers, provider);
  if (Object.keys(flavor).length > 0) await callProvider(provider, () => capabilities.validateFlavor({ ...flavor }));
  if (Object.keys(zone).length > 0) await callProvider(provider, () => capabilities.validateAvailabilityZone({ ...zone }));
}
