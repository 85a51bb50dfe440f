import type { Collection, RecordStore } from '../../../lib/records/record-store.ts';
import type { Network, Port, SecurityGroup, Subnet } from '../network-driver.ts';

/** What every Neutron resource has besides its own fields. Times are ISO 8601, UTC. */
export interface Described {
  readonly description: string;
  readonly tags: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface NetworkRecord extends Omit<Network, 'subnetIds'>, Described {
  readonly adminStateUp: boolean;
  readonly shared: boolean;
  readonly qosPolicyId: string | null;
}

export interface AllocationPool { readonly start: string; readonly end: string }
export type Ipv6Mode = 'slaac' | 'dhcpv6-stateful' | 'dhcpv6-stateless';

export interface SubnetRecord extends Subnet, Described {
  readonly enableDhcp: boolean;
  readonly dnsNameservers: readonly string[];
  readonly allocationPools: readonly AllocationPool[];
  readonly ipv6RaMode: Ipv6Mode | null;
  readonly ipv6AddressMode: Ipv6Mode | null;
}

export interface PortRecord extends Port, Described {
  readonly portSecurityEnabled: boolean;
  /** The network namespace that holds the port's interface; null while it is not plugged. */
  readonly pluggedInto: string | null;
}

export interface SecurityGroupRecord extends SecurityGroup, Described {}

export type Direction = 'ingress' | 'egress';
export type Ethertype = 'IPv4' | 'IPv6';

export interface SecurityGroupRule {
  readonly id: string;
  readonly securityGroupId: string;
  readonly projectId: string | null;
  readonly direction: Direction;
  readonly ethertype: Ethertype;
  /** As given: a name or a number in text; null is any. */
  readonly protocol: string | null;
  /** For ICMP these are type and code. */
  readonly portRangeMin: number | null;
  readonly portRangeMax: number | null;
  readonly remoteIpPrefix: string | null;
  readonly remoteGroupId: string | null;
  readonly description: string;
  readonly createdAt: string;
}

export interface FloatingIpRecord extends Described {
  readonly id: string;
  readonly projectId: string | null;
  readonly floatingNetworkId: string;
  readonly floatingIpAddress: string;
  /** The port on the external network that holds the address. */
  readonly floatingPortId: string;
  readonly portId: string | null;
  readonly fixedIpAddress: string | null;
}

export interface RouterRecord extends Described {
  readonly id: string;
  readonly name: string;
  readonly projectId: string | null;
  readonly adminStateUp: boolean;
  readonly gateway: { readonly networkId: string; readonly enableSnat: boolean; readonly portId: string } | null;
  readonly routes: readonly { readonly destination: string; readonly nexthop: string }[];
}

export type QosRule = { readonly id: string } & (
  | { readonly kind: 'bandwidth_limit'; readonly direction: Direction; readonly maxKbps: number; readonly maxBurstKbps: number }
  | { readonly kind: 'dscp_marking'; readonly dscpMark: number }
  | { readonly kind: 'minimum_bandwidth'; readonly direction: Direction; readonly minKbps: number }
);

export interface QosPolicyRecord extends Described {
  readonly id: string;
  readonly name: string;
  readonly projectId: string | null;
  readonly shared: boolean;
  readonly isDefault: boolean;
  readonly rules: readonly QosRule[];
}

/** The embedded cloud's network records and what allocation needs besides them. */
export interface NetworkRecords {
  readonly store: RecordStore;
  readonly networks: Collection<NetworkRecord>;
  readonly subnets: Collection<SubnetRecord>;
  readonly ports: Collection<PortRecord>;
  readonly securityGroups: Collection<SecurityGroupRecord>;
  readonly securityGroupRules: Collection<SecurityGroupRule>;
  readonly floatingIps: Collection<FloatingIpRecord>;
  readonly routers: Collection<RouterRecord>;
  readonly qosPolicies: Collection<QosPolicyRecord>;
  /** Ports by what they are looked up by at every load balancer; see the key functions below. */
  readonly portsBy: (key: string) => readonly PortRecord[];
  readonly securityGroupsNamed: (name: string) => readonly SecurityGroupRecord[];
  readonly rulesOfGroup: (groupId: string) => readonly SecurityGroupRule[];
  readonly rulesNamingGroup: (remoteGroupId: string) => readonly SecurityGroupRule[];
  /** Where the next search for a free address starts, by subnet: an address just freed is not handed out at once, because neighbours still know its old MAC. */
  readonly nextAddress: Map<string, bigint>;
}

/** Keys of `portsBy`. */
export const portKey = {
  name: (name: string) => `name ${name}`,
  device: (deviceId: string) => `device ${deviceId}`,
  address: (subnetId: string, ipAddress: string) => `address ${subnetId} ${ipAddress}`,
  mac: (networkId: string, macAddress: string) => `mac ${networkId} ${macAddress}`,
  netns: (netns: string) => `netns ${netns}`,
  group: (securityGroupId: string) => `group ${securityGroupId}`,
} as const;

/** Opens the network collections of a record store. */
export function openNetworkRecords(store: RecordStore): NetworkRecords {
  const ports = store.collection<PortRecord>('port');
  const securityGroups = store.collection<SecurityGroupRecord>('security_group');
  const securityGroupRules = store.collection<SecurityGroupRule>('security_group_rule');
  return {
    store,
    networks: store.collection('network'),
    subnets: store.collection('subnet'),
    ports,
    securityGroups,
    securityGroupRules,
    floatingIps: store.collection('floating_ip'),
    routers: store.collection('router'),
    qosPolicies: store.collection('qos_policy'),
    portsBy: ports.indexBy(keysOfPort),
    securityGroupsNamed: securityGroups.indexBy((group) => [group.name]),
    rulesOfGroup: securityGroupRules.indexBy((rule) => [rule.securityGroupId]),
    rulesNamingGroup: securityGroupRules.indexBy((rule) => (rule.remoteGroupId === null ? [] : [rule.remoteGroupId])),
    nextAddress: new Map(),
  };
}

function keysOfPort(port: PortRecord): readonly string[] {
  return [
    portKey.name(port.name), portKey.device(port.deviceId), portKey.mac(port.networkId, port.macAddress),
    ...port.fixedIps.map((fixed) => portKey.address(fixed.subnetId, fixed.ipAddress)),
    ...port.securityGroupIds.map((id) => portKey.group(id)),
    ...(port.pluggedInto === null ? [] : [portKey.netns(port.pluggedInto)]),
  ];
}

/** The fields every new record starts with. */
export function described(description = ''): Described {
  const now = timestamp();
  return { description, tags: [], createdAt: now, updatedAt: now };
}

/** The present in Neutron's spelling. */
export function timestamp(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}
