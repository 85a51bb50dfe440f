import { randomUUID } from 'node:crypto';
import { cidrContains, formatCidr, formatIp, parseCidr, parseIp, type Cidr } from '../../../model/ip.ts';
import type { HostRoute } from '../network-driver.ts';
import { defaultPools, hostRange } from './allocate-address.ts';
import { invalidInput, NetworkFault, notFound } from './network-faults.ts';
import { described, timestamp, type AllocationPool, type Ipv6Mode, type NetworkRecord, type NetworkRecords, type SubnetRecord } from './network-records.ts';

export interface NetworkSpec {
  readonly name?: string; readonly projectId: string | null; readonly description?: string; readonly mtu?: number;
  readonly adminStateUp?: boolean; readonly shared?: boolean; readonly isExternal?: boolean; readonly portSecurityEnabled?: boolean;
  readonly qosPolicyId?: string | null;
}

/** Smallest MTU that carries IPv6. */
const MIN_MTU = 1280;

export function createNetwork(records: NetworkRecords, spec: NetworkSpec): NetworkRecord {
  checkMtu(spec.mtu);
  return records.store.transaction(() => records.networks.put({
    id: randomUUID(), name: spec.name ?? '', projectId: spec.projectId, mtu: spec.mtu ?? 1500,
    adminStateUp: spec.adminStateUp ?? true, shared: spec.shared ?? false, isExternal: spec.isExternal ?? false,
    portSecurityEnabled: spec.portSecurityEnabled ?? true, qosPolicyId: spec.qosPolicyId ?? null,
    ...described(spec.description),
  }));
}

export function updateNetwork(records: NetworkRecords, id: string, change: Partial<NetworkSpec>): NetworkRecord {
  checkMtu(change.mtu);
  return records.store.transaction(() => records.networks.put({ ...requireNetwork(records, id), ...change, updatedAt: timestamp() }));
}

/** Removes a network with its subnets; 409 while ports are on it. */
export function deleteNetwork(records: NetworkRecords, id: string): void {
  records.store.transaction(() => {
    requireNetwork(records, id);
    const ports = records.ports.filter((port) => port.networkId === id).map((port) => port.id);
    if (ports.length > 0) {
      throw new NetworkFault(409, 'NetworkInUse', `Unable to complete operation on network ${id}. There are one or more ports still in use on the network, id for these ports is ${ports.join(',')}.`);
    }
    for (const subnet of subnetsOf(records, id)) records.subnets.delete(subnet.id);
    records.networks.delete(id);
  });
}

export interface SubnetSpec {
  readonly networkId: string; readonly cidr: string; readonly ipVersion: 4 | 6; readonly projectId: string | null;
  readonly name?: string; readonly description?: string;
  /** Null: no gateway; absent: the first address. */
  readonly gatewayIp?: string | null;
  readonly enableDhcp?: boolean; readonly dnsNameservers?: readonly string[]; readonly hostRoutes?: readonly HostRoute[];
  readonly allocationPools?: readonly AllocationPool[];
  readonly ipv6RaMode?: Ipv6Mode | null; readonly ipv6AddressMode?: Ipv6Mode | null;
}

export function createSubnet(records: NetworkRecords, spec: SubnetSpec): SubnetRecord {
  requireNetwork(records, spec.networkId);
  const cidr = parseCidr(spec.cidr);
  if (!cidr) throw invalidInput(`'${spec.cidr}' is not a valid IP subnet`);
  if (cidr.version !== spec.ipVersion) throw invalidInput(`ip_version ${spec.ipVersion} does not match cidr ${spec.cidr}`);
  checkRange(cidr);
  const twin = subnetsOf(records, spec.networkId).find((other) => overlaps(cidr, other.cidr));
  if (twin) throw invalidInput(`Requested subnet with cidr: ${spec.cidr} for network: ${spec.networkId} overlaps with another subnet`);
  const gatewayIp = spec.gatewayIp === undefined ? formatIp({ version: cidr.version, value: hostRange(cidr)[0] }) : canonicalGateway(spec.gatewayIp, cidr);
  return records.store.transaction(() => records.subnets.put({
    id: randomUUID(), name: spec.name ?? '', networkId: spec.networkId, projectId: spec.projectId, ipVersion: spec.ipVersion,
    cidr: formatCidr(cidr), gatewayIp, hostRoutes: checkedRoutes(spec.hostRoutes ?? [], cidr), enableDhcp: spec.enableDhcp ?? true,
    dnsNameservers: spec.dnsNameservers ?? [], allocationPools: checkedPools(spec.allocationPools, cidr, gatewayIp),
    ipv6RaMode: spec.ipv6RaMode ?? null, ipv6AddressMode: spec.ipv6AddressMode ?? null, ...described(spec.description),
  }));
}

/** Subnets of other networks that the host would route to by the same addresses: those with a gateway, which the network's bridge holds. */
export function subnetsInTheWay(records: NetworkRecords, networkId: string, cidrText: string): readonly SubnetRecord[] {
  const cidr = parseCidr(cidrText);
  return cidr === null ? [] : records.subnets.filter((other) => other.networkId !== networkId && other.gatewayIp !== null && overlaps(cidr, other.cidr));
}

export function updateSubnet(records: NetworkRecords, id: string, change: Partial<Omit<SubnetSpec, 'networkId' | 'cidr' | 'ipVersion'>>): SubnetRecord {
  const subnet = requireSubnet(records, id);
  const cidr = cidrOf(subnet);
  const { gatewayIp: wanted, allocationPools, hostRoutes, ...plain } = change;
  const gatewayIp = wanted === undefined ? subnet.gatewayIp : canonicalGateway(wanted, cidr);
  if (gatewayIp !== null && gatewayIp !== subnet.gatewayIp && records.ports.find((port) => port.fixedIps.some((fixed) => fixed.subnetId === id && fixed.ipAddress === gatewayIp))) {
    throw new NetworkFault(409, 'GatewayIpInUse', `Current gateway ip ${gatewayIp} already in use by port. Unable to update.`);
  }
  return records.store.transaction(() => records.subnets.put({
    ...subnet, ...plain, gatewayIp, hostRoutes: hostRoutes === undefined ? subnet.hostRoutes : checkedRoutes(hostRoutes, cidr),
    allocationPools: allocationPools === undefined ? subnet.allocationPools : checkedPools(allocationPools, cidr, gatewayIp),
    updatedAt: timestamp(),
  }));
}

export function deleteSubnet(records: NetworkRecords, id: string): void {
  records.store.transaction(() => {
    requireSubnet(records, id);
    if (records.ports.find((port) => port.fixedIps.some((fixed) => fixed.subnetId === id))) {
      throw new NetworkFault(409, 'SubnetInUse', `Unable to complete operation on subnet ${id}: One or more ports have an IP allocation from this subnet.`);
    }
    records.subnets.delete(id);
    records.nextAddress.delete(id);
  });
}

export function requireNetwork(records: NetworkRecords, id: string): NetworkRecord {
  const network = records.networks.get(id);
  if (!network) throw notFound('network', id);
  return network;
}

export function requireSubnet(records: NetworkRecords, id: string): SubnetRecord {
  const subnet = records.subnets.get(id);
  if (!subnet) throw notFound('subnet', id);
  return subnet;
}

export function subnetsOf(records: NetworkRecords, networkId: string): readonly SubnetRecord[] {
  return records.subnets.filter((subnet) => subnet.networkId === networkId);
}

/** The stored CIDR, which was checked when it was stored. */
export function cidrOf(subnet: { readonly cidr: string }): Cidr {
  const cidr = parseCidr(subnet.cidr);
  if (!cidr) throw new TypeError(`stored subnet has no valid cidr: ${subnet.cidr}`);
  return cidr;
}

export function overlaps(cidr: Cidr, otherText: string): boolean {
  const other = parseCidr(otherText);
  return other !== null && (
    cidrContains(cidr, { version: other.version, value: other.network }) || cidrContains(other, { version: cidr.version, value: cidr.network }));
}

const [LOOPBACK, MULTICAST] = [['127.0.0.0/8', '::1/128'], ['224.0.0.0/4', 'ff00::/8']] as const;

/** Ranges that no interface can have, or that would take the machine's own: agents of amphorae listen on loopback addresses. */
function checkRange(cidr: Cidr): void {
  if (cidr.prefixLength === 0) throw invalidInput(`Invalid CIDR ${formatCidr(cidr)} for subnet: a prefix length of 0 is not supported`);
  if (LOOPBACK.some((range) => overlaps(cidr, range))) throw invalidInput('Loopback IP subnet is not supported');
  if (MULTICAST.some((range) => overlaps(cidr, range))) throw invalidInput('Multicast IP subnet is not supported');
}

function canonicalGateway(gatewayIp: string | null, cidr: Cidr): string | null {
  if (gatewayIp === null) return null;
  const address = parseIp(gatewayIp);
  if (!address || !cidrContains(cidr, address)) throw new NetworkFault(400, 'InvalidInput', `Invalid input for operation: Gateway ${gatewayIp} is not valid on subnet.`);
  return formatIp(address);
}

/** Amphorae and servers hand these to `ip` as they are. */
function checkedRoutes(routes: readonly HostRoute[], cidr: Cidr): readonly HostRoute[] {
  return routes.map((route) => {
    const [destination, nexthop] = [parseCidr(route.destination), parseIp(route.nexthop)];
    if (destination?.version !== cidr.version) throw invalidInput(`host_routes: '${route.destination}' is not a valid IPv${cidr.version} subnet`);
    if (nexthop?.version !== cidr.version) throw invalidInput(`host_routes: '${route.nexthop}' is not a valid IPv${cidr.version} address`);
    return { destination: formatCidr(destination), nexthop: formatIp(nexthop) };
  });
}

function checkedPools(pools: readonly AllocationPool[] | undefined, cidr: Cidr, gatewayIp: string | null): readonly AllocationPool[] {
  if (pools === undefined) return defaultPools(cidr, gatewayIp);
  const [first, last] = hostRange(cidr);
  const gateway = gatewayIp === null ? null : parseIp(gatewayIp);
  const ranges = pools.map((pool) => {
    const [start, end] = [parseIp(pool.start), parseIp(pool.end)];
    if (!start || !end || start.value > end.value) throw new NetworkFault(400, 'InvalidAllocationPool', `The allocation pool ${pool.start}-${pool.end} is not valid.`);
    if (start.version !== cidr.version || start.value < first || end.value > last) {
      throw new NetworkFault(400, 'OutOfBoundsAllocationPool', `The allocation pool ${pool.start}-${pool.end} spans beyond the subnet cidr ${formatCidr(cidr)}.`);
    }
    if (gateway && gateway.value >= start.value && gateway.value <= end.value) {
      throw new NetworkFault(409, 'GatewayConflictWithAllocationPools', `Gateway ip ${formatIp(gateway)} conflicts with allocation pool ${pool.start}-${pool.end}.`);
    }
    return { start, end };
  });
  ranges.sort((a, b) => (a.start.value < b.start.value ? -1 : 1));
  ranges.forEach((range, index) => {
    const before = ranges[index - 1];
    if (before && before.end.value >= range.start.value) {
      throw new NetworkFault(409, 'OverlappingAllocationPools', `Found overlapping allocation pools: ${formatIp(before.start)}-${formatIp(before.end)} ${formatIp(range.start)}-${formatIp(range.end)} for subnet ${formatCidr(cidr)}.`);
    }
  });
  return ranges.map((range) => ({ start: formatIp(range.start), end: formatIp(range.end) }));
}

function checkMtu(mtu: number | undefined): void {
  if (mtu !== undefined && (mtu < MIN_MTU || mtu > 9216)) throw invalidInput(`MTU ${mtu} is not between ${MIN_MTU} and 9216`);
}
