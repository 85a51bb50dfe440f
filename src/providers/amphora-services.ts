import type { ComputeDriver } from '../drivers/compute/compute-driver.ts';
import type { NetworkDriver } from '../drivers/network/network-driver.ts';

/** What the amphora provider asks of the cloud at API time. Left-out look-ups accept every value. */
export interface AmphoraProviderServices {
  readonly network: NetworkDriver;
  readonly compute: ComputeDriver;
  /** Throws when no image carries the tag. */
  readonly image?: { validateTag(tag: string): Promise<void> };
  /** What flavors may have their amphorae run in; left out where there is no choice. */
  readonly computeDrivers?: readonly string[];
  readonly volume?: { validateAvailabilityZone(zone: string): Promise<void> };
}
