import type { ComputeState } from '../../drivers/compute/compute-driver.ts';
import type { RequestKind } from '../../store/requests.ts';

/** A row of ts_request: a wish that Octavia's own columns cannot hold. */
export interface WorkRequest {
  readonly id: string;
  readonly kind: RequestKind;
  readonly amphoraId: string | null;
}

/** The "observed" side of reconciliation, as far as it has to be looked at. */
export interface Observed {
  /** Amphorae that were looked up; those that are left out are taken for running. */
  readonly computeStates: ReadonlyMap<string, ComputeState>;
  /** Parts that are known to be as desired, because this worker made them so and nothing changed since. */
  readonly settledParts: ReadonlySet<'securityGroup' | 'qos' | 'memberNetworks' | 'vrrp'>;
}

/** How the clouds at hand do things. */
export interface CloudWays {
  /** Machines may have a load balancer's interfaces from birth: its ports come first. */
  readonly interfacesAtBoot: boolean;
  /** A port that is removed is cut off from whatever uses it: it need not outlast the machine. */
  readonly cutsRemovedPorts: boolean;
}
