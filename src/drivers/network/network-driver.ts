import type { VnicType } from '../../model/enums.ts';
import type { LoadBalancerGraph } from '../../model/graph.ts';

export interface FixedIp { readonly subnetId: string; readonly ipAddress: string }
export interface HostRoute { readonly destination: string; readonly nexthop: string }

export interface Network {
  readonly id: string; readonly name: string; readonly projectId: string | null; readonly mtu: number;
  readonly subnetIds: readonly string[]; readonly portSecurityEnabled: boolean; readonly isExternal: boolean;
  /** Every subnet anybody names is one of its subnets: the no-op network. */
  readonly holdsAnySubnet?: true;
}
export interface Subnet {
  readonly id: string; readonly name: string; readonly networkId: string; readonly projectId: string | null;
  readonly ipVersion: 4 | 6; readonly cidr: string; readonly gatewayIp: string | null; readonly hostRoutes: readonly HostRoute[];
  /** Every address anybody names is one of its addresses: the no-op network. */
  readonly holdsAnyAddress?: true;
}
export interface Port {
  readonly id: string; readonly name: string; readonly networkId: string; readonly projectId: string | null; readonly macAddress: string;
  readonly fixedIps: readonly FixedIp[]; readonly deviceId: string; readonly deviceOwner: string; readonly status: string;
  readonly adminStateUp: boolean; readonly qosPolicyId: string | null; readonly securityGroupIds: readonly string[];
  readonly allowedAddressPairs: readonly { readonly ipAddress: string; readonly macAddress?: string }[]; readonly vnicType: VnicType;
  /** Of its network; given by who has a port plugged. */
  readonly mtu?: number;
}
export interface QosPolicy { readonly id: string; readonly name: string; readonly maxKbps?: number; readonly maxBurstKbps?: number }
export interface SecurityGroup { readonly id: string; readonly name: string; readonly projectId: string | null }

/** Who asks: look-ups for API validation use the caller's own token, so that foreign objects stay invisible. */
export interface NetworkCaller { readonly projectId: string | null; readonly token?: string; readonly isAdmin?: boolean; readonly requestId?: string }

/** What the API resolved before it asks for the VIP port; ids are known, addresses may be left to the driver. */
export interface VipRequest {
  readonly loadBalancerId: string; readonly projectId: string | null;
  readonly networkId: string; readonly subnetId: string | null; readonly ipAddress: string | null;
  /** A user's own port: adopted, never owned. */
  readonly portId: string | null;
  readonly qosPolicyId: string | null; readonly securityGroupIds: readonly string[];
  readonly additional: readonly { readonly subnetId: string; readonly ipAddress: string | null; readonly portId: string | null }[];
}
export interface AllocatedVip {
  readonly ipAddress: string; readonly portId: string; readonly subnetId: string | null; readonly networkId: string;
  readonly octaviaOwned: boolean;
  readonly additional: readonly { readonly ipAddress: string; readonly portId: string; readonly subnetId: string; readonly networkId: string }[];
}

/** Everything the agent must know of one plugged port (becomes plug/vip and plug/network bodies). */
export interface PortAttachment {
  readonly port: Port; readonly network: Network; readonly subnets: readonly Subnet[];
}

/** `ours`: without those that the compute service made, which go with the instance. */
export type AmphoraPortsWanted = 'all' | 'ours';

/**
 * Ports, addresses and security groups that load balancers need. Every `ensure*` finds by a name or id that the
 * database already holds, so calling it twice is harmless; every `remove*` treats "already gone" as success.
 * Names are the original's: `octavia-lb-<lb>`, `octavia-lb-vrrp-<amphora>`, security group `lb-<lb>`.
 * Throws ResourceNotFound, AddressInUse, AddressesExhausted, PortRefused or another DriverFailure.
 */
export interface NetworkDriver {
  /** True: a port that is removed is cut off by the network itself, whatever still uses it. @default false */
  readonly cutsRemovedPorts?: boolean;
  getNetwork(id: string, caller?: NetworkCaller): Promise<Network>;
  getSubnet(id: string, caller?: NetworkCaller): Promise<Subnet>;
  getPort(id: string, caller?: NetworkCaller): Promise<Port>;
  getQosPolicy(id: string, caller?: NetworkCaller): Promise<QosPolicy>;
  getSecurityGroup(id: string, caller?: NetworkCaller): Promise<SecurityGroup>;
  /** Free addresses per subnet of a network, for choosing the VIP's subnet. */
  countFreeAddresses(networkId: string): Promise<ReadonlyMap<string, number>>;
  qosSupported(): Promise<boolean>;

  /** API time: makes or adopts the VIP port(s) and reserves the addresses. */
  allocateVip(request: VipRequest): Promise<AllocatedVip>;
  /** Deletes ports that Octavia owns; releases adopted ones. */
  removeVip(loadBalancer: LoadBalancerGraph): Promise<void>;

  /** Makes VIP port(s) anew when someone deleted them (same addresses); returns the current truth. */
  ensureVip(loadBalancer: LoadBalancerGraph): Promise<AllocatedVip>;
  /** The VRRP port of one amphora on the VIP network, with all VIP addresses as allowed address pairs. `isNew`: it can have none yet. */
  ensureVrrpPort(loadBalancer: LoadBalancerGraph, amphoraId: string, isNew?: boolean): Promise<PortAttachment>;
  /** A member network's port for one amphora; fixed addresses on each of the given subnets. `isNew`: it can have none there yet. */
  ensureMemberPort(loadBalancer: LoadBalancerGraph, amphoraId: string, networkId: string, subnetIds: readonly string[], vnicType: VnicType, isNew?: boolean): Promise<PortAttachment>;
  /** All ports of an amphora that still exist, by device id or name. `computeId`: its machine; what ports say of it may be anybody's word. */
  listAmphoraPorts(amphoraId: string, which?: AmphoraPortsWanted, computeId?: string | null): Promise<readonly Port[]>;
  removePort(portId: string): Promise<void>;

  /** Security group `lb-<id>` and its rules from listeners, CIDRs, VRRP and peers; and QoS on the VRRP ports. */
  ensureSecurityGroup(loadBalancer: LoadBalancerGraph): Promise<void>;
  removeSecurityGroup(loadBalancerId: string): Promise<void>;
  applyQos(portId: string, qosPolicyId: string | null): Promise<void>;
  /** Somebody else may have worked on the load balancer: what is remembered of its ports and group counts no more. Left out by drivers that remember nothing. */
  forget?(loadBalancer: LoadBalancerGraph): void;
}
