import type { AvailabilityZoneData, FlavorData } from '../../model/graph.ts';
import type { FixedIp, Port } from '../network/network-driver.ts';

/** Files a new amphora finds in its root file system, path to content (contracts section 12). */
export type BootFiles = Readonly<Record<string, string>>;

export interface BootRequest {
  readonly amphoraId: string;
  readonly loadBalancerId: string | null;
  readonly name: string;
  readonly files: BootFiles;
  readonly flavor: FlavorData;
  readonly availabilityZone: AvailabilityZoneData;
  readonly serverGroupId: string | null;
  /** The instance that the amphora's row knows, where there are several. */
  readonly computeId?: string | null;
  /** The id was drawn a moment ago: no instance of it can be there, and none need be looked for. */
  readonly isNew?: boolean;
  /** Ports that are there by now and that the instance gets in any case; for drivers that take them with the order. */
  readonly interfaces?: readonly Port[];
  readonly signal?: AbortSignal;
}

export type ComputeState = 'building' | 'active' | 'error' | 'gone';

export interface ComputeInstance {
  readonly computeId: string;
  readonly state: ComputeState;
  /** Address of the agent on the management network; null while building. */
  readonly lbNetworkIp: string | null;
  readonly zone: string | null;
  readonly imageId: string | null;
  readonly flavorId: string | null;
  /** Why it is in `error`. */
  readonly fault: string | null;
}

/** An interface that an instance got on a network. */
export interface AttachedInterface { readonly portId: string; readonly macAddress: string; readonly fixedIps: readonly FixedIp[] }

/**
 * Machines that amphorae live in: Nova servers, network namespaces, nothing (noop). `ensure` finds an instance by the
 * amphora's id, so a crash between boot and record never makes a second one.
 */
export interface ComputeDriver {
  /** False when nothing inside an instance reads boot files: then nobody need make certificates for it. @default true */
  readonly readsBootFiles?: boolean;
  /**
   * True when instances may have the VIP's interface from birth, so that its port should be there before an instance is
   * ordered. It is attached afterwards all the same: what is there already costs nothing. @default false
   */
  takesInterfacesAtBoot?(flavor: FlavorData): boolean;
  ensure(request: BootRequest): Promise<ComputeInstance>;
  get(computeId: string): Promise<ComputeInstance>;
  /** Which of these run, as amphora ids: one cheap look for all. Left out, and for those it does not name, `get` tells. */
  listActive?(instances: readonly { readonly amphoraId: string; readonly computeId: string }[]): Promise<readonly string[]>;
  /** `isSure`: none that might be another amphora's, where instances are known by short names. */
  findByAmphora(amphoraId: string, isSure?: boolean): Promise<ComputeInstance | null>;
  /** Gives the instance an interface for this port; already attached is success. */
  attachPort(computeId: string, port: Port): Promise<void>;
  /**
   * Gives the instance an interface on a network with a port of the compute service's own, which goes when the instance or
   * the interface goes. Null, or left out: the instance takes ports only.
   */
  attachNetwork?(computeId: string, networkId: string): Promise<AttachedInterface | null>;
  detachPort(computeId: string, portId: string): Promise<void>;
  remove(computeId: string): Promise<void>;
  /** `flavor` is that of the load balancer, where drivers of several kinds share one face; `isNew`: nobody can have made its group before. */
  ensureServerGroup(loadBalancerId: string, flavor?: FlavorData, isNew?: boolean): Promise<string | null>;
  removeServerGroup(serverGroupId: string): Promise<void>;
  /** The group of a load balancer when there is one; left out by drivers whose groups are nothing that could be left behind. */
  findServerGroup?(loadBalancerId: string): Promise<string | null>;
  /** Ids of amphorae whose instance this driver knows to have died (a host that was booted anew), until they are removed. */
  listLost?(): Promise<readonly string[]>;
  /** API-time checks of flavors and zones; throw ResourceNotFound. */
  validateFlavor(flavorId: string, flavor?: FlavorData): Promise<void>;
  validateAvailabilityZone(zone: string): Promise<void>;
}
