import { randomBytes, randomUUID } from 'node:crypto';
import { cidrContains, parseCidr, parseIp } from '../../../model/ip.ts';
import type { VnicType } from '../../../model/enums.ts';
import type { FixedIp, Port } from '../network-driver.ts';
import { claimAddress, eui64Address, nextFreeAddress } from './allocate-address.ts';
import { cidrOf, requireNetwork, subnetsOf } from './networks.ts';
import { invalidInput, NetworkFault, notFound } from './network-faults.ts';
import { described, portKey, timestamp, type NetworkRecord, type NetworkRecords, type PortRecord, type SubnetRecord } from './network-records.ts';
import { ensureDefaultGroup } from './security-groups.ts';

/** By subnet, address or both, or any address, if need be of one version. */
export interface FixedIpRequest { readonly subnetId?: string; readonly ipAddress?: string; readonly ipVersion?: 4 | 6 }

export interface PortSpec {
  readonly networkId: string; readonly projectId: string | null; readonly name?: string; readonly description?: string;
  readonly macAddress?: string; readonly adminStateUp?: boolean; readonly deviceId?: string; readonly deviceOwner?: string;
  /** Absent: one address of each IP version the network has; []: none. */
  readonly fixedIps?: readonly FixedIpRequest[];
  /** Absent: the project's default group. */
  readonly securityGroupIds?: readonly string[];
  readonly allowedAddressPairs?: Port['allowedAddressPairs'];
  readonly qosPolicyId?: string | null; readonly portSecurityEnabled?: boolean; readonly vnicType?: VnicType;
}

export function createPort(records: NetworkRecords, spec: PortSpec): PortRecord {
  return records.store.transaction(() => {
    const network = requireNetwork(records, spec.networkId);
    const macAddress = spec.macAddress === undefined ? freshMac(records, network) : checkedMac(records, network, spec.macAddress);
    const portSecurityEnabled = spec.portSecurityEnabled ?? network.portSecurityEnabled;
    const isService = (spec.deviceOwner ?? '').startsWith('network:');
    const securityGroupIds = spec.securityGroupIds ?? (portSecurityEnabled && !isService ? [ensureDefaultGroup(records, spec.projectId).id] : []);
    checkSecurity(records, { portSecurityEnabled, securityGroupIds, allowedAddressPairs: spec.allowedAddressPairs ?? [] });
    checkQos(records, spec.qosPolicyId);
    return records.ports.put({
      id: randomUUID(), name: spec.name ?? '', networkId: network.id, projectId: spec.projectId, macAddress,
      fixedIps: allocateFixedIps(records, network, { wanted: spec.fixedIps, macAddress, mayBeGateway: spec.deviceOwner === 'network:router_interface', keep: [] }),
      deviceId: spec.deviceId ?? '', deviceOwner: spec.deviceOwner ?? '', status: 'DOWN', adminStateUp: spec.adminStateUp ?? true,
      qosPolicyId: spec.qosPolicyId ?? null, securityGroupIds: unique(securityGroupIds), allowedAddressPairs: spec.allowedAddressPairs ?? [],
      vnicType: spec.vnicType ?? 'normal', portSecurityEnabled, pluggedInto: null, ...described(spec.description),
    });
  });
}

export function updatePort(records: NetworkRecords, id: string, change: Partial<Omit<PortSpec, 'networkId'>>): PortRecord {
  return records.store.transaction(() => {
    const port = requirePort(records, id);
    const network = requireNetwork(records, port.networkId);
    const { fixedIps: wanted, macAddress, ...plain } = change;
    const next: PortRecord = {
      ...port, ...plain, updatedAt: timestamp(),
      macAddress: macAddress === undefined || macAddress === port.macAddress ? port.macAddress : checkedMac(records, network, macAddress),
      securityGroupIds: unique(change.securityGroupIds ?? port.securityGroupIds),
    };
    checkSecurity(records, next);
    checkQos(records, change.qosPolicyId);
    if (wanted === undefined) return records.ports.put(next);
    // Its own addresses are free for it: they are taken off before the new ones are chosen.
    records.ports.put({ ...next, fixedIps: [] });
    return records.ports.put({
      ...next,
      fixedIps: allocateFixedIps(records, network, { wanted, macAddress: next.macAddress, mayBeGateway: port.deviceOwner === 'network:router_interface', keep: port.fixedIps }),
    });
  });
}

/** Removes a port; floating IPs on it are released. Router and floating-IP ports go with their owner only. */
export function deletePort(records: NetworkRecords, id: string, options: { readonly asOwner?: boolean } = {}): void {
  records.store.transaction(() => {
    const port = requirePort(records, id);
    if (!options.asOwner && ['network:router_interface', 'network:router_gateway', 'network:floatingip'].includes(port.deviceOwner)) {
      throw new NetworkFault(409, 'ServicePortInUse', `Port ${id} cannot be deleted directly via the port API: has device owner ${port.deviceOwner}.`);
    }
    for (const floatingIp of records.floatingIps.filter((candidate) => candidate.portId === id)) {
      records.floatingIps.put({ ...floatingIp, portId: null, fixedIpAddress: null, updatedAt: timestamp() });
    }
    records.ports.delete(id);
  });
}

export function requirePort(records: NetworkRecords, id: string): PortRecord {
  const port = records.ports.get(id);
  if (!port) throw notFound('port', id);
  return port;
}

interface FixedIpChoice {
  readonly wanted: readonly FixedIpRequest[] | undefined;
  readonly macAddress: string;
  readonly mayBeGateway: boolean;
  /** Addresses the port had: asked for by subnet only, they stay. */
  readonly keep: readonly FixedIp[];
}

function allocateFixedIps(records: NetworkRecords, network: NetworkRecord, choice: FixedIpChoice): readonly FixedIp[] {
  const subnets = subnetsOf(records, network.id);
  const automatic = subnets.filter(isAutoAddressed);
  const taken = new Set<string>();
  const chosen: FixedIp[] = [];
  const add = (subnetId: string, ipAddress: string) => {
    taken.add(ipAddress);
    chosen.push({ subnetId, ipAddress });
  };
  const requests: readonly FixedIpRequest[] = choice.wanted ?? defaultRequests(subnets);
  // Explicit addresses first, so that an automatic choice never takes one of them.
  const ordered = [...requests.filter((request) => request.ipAddress !== undefined), ...requests.filter((request) => request.ipAddress === undefined)];
  for (const request of ordered) {
    const candidates = candidatesFor(subnets, request, network);
    const [first] = candidates;
    if (!first && request.subnetId === undefined) throw new NetworkFault(409, 'IpAddressGenerationFailure', `No more IP addresses available on network ${network.id}.`);
    if (!first) throw invalidInput(`Failed to create port on network ${network.id}, because fixed_ips included invalid subnet ${request.subnetId ?? ''}`);
    if (request.ipAddress !== undefined) {
      add(first.id, claimAddress(records, first, request.ipAddress, { taken, mayBeGateway: choice.mayBeGateway }));
    } else if (isAutoAddressed(first)) {
      add(first.id, eui64Address(cidrOf(first), choice.macAddress));
    } else {
      add(...allocateFrom(records, candidates, { network, taken, keep: choice.keep, requestedSubnet: request.subnetId }));
    }
  }
  if (choice.wanted === undefined || choice.wanted.length > 0) {
    // Neutron gives every port an address of every SLAAC subnet, asked for or not.
    for (const subnet of automatic) if (!chosen.some((fixed) => fixed.subnetId === subnet.id)) add(subnet.id, eui64Address(cidrOf(subnet), choice.macAddress));
  }
  return chosen;
}

function allocateFrom(records: NetworkRecords, candidates: readonly SubnetRecord[], options: { network: NetworkRecord; taken: ReadonlySet<string>; keep: readonly FixedIp[]; requestedSubnet: string | undefined }): [string, string] {
  for (const subnet of candidates) {
    const kept = options.keep.find((fixed) => fixed.subnetId === subnet.id && !options.taken.has(fixed.ipAddress));
    const address = kept?.ipAddress ?? nextFreeAddress(records, subnet, options.taken);
    if (address !== null) return [subnet.id, address];
  }
  if (options.requestedSubnet !== undefined) {
    throw new NetworkFault(409, 'IpAddressGenerationFailure', `No more IP addresses available on subnet ${options.requestedSubnet}.`);
  }
  throw new NetworkFault(409, 'IpAddressGenerationFailure', `No more IP addresses available on network ${options.network.id}.`);
}

/** One request per IP version the network has subnets of that hosts do not number themselves in. */
function defaultRequests(subnets: readonly SubnetRecord[]): readonly FixedIpRequest[] {
  return [...new Set(subnets.filter((subnet) => !isAutoAddressed(subnet)).map((subnet) => subnet.ipVersion))].map((ipVersion) => ({ ipVersion }));
}

function candidatesFor(subnets: readonly SubnetRecord[], request: FixedIpRequest, network: NetworkRecord): readonly SubnetRecord[] {
  if (request.subnetId !== undefined) return subnets.filter((subnet) => subnet.id === request.subnetId);
  const { ipAddress } = request;
  if (ipAddress === undefined) {
    return subnets.filter((subnet) => !isAutoAddressed(subnet) && (request.ipVersion === undefined || subnet.ipVersion === request.ipVersion));
  }
  const parsed = parseIp(ipAddress);
  const matching = subnets.filter((subnet) => parsed !== null && cidrContains(cidrOf(subnet), parsed));
  if (matching.length === 0) {
    throw new NetworkFault(400, 'InvalidIpForNetwork', `IP address ${ipAddress} is not a valid IP for any of the subnets on the specified network ${network.id}.`);
  }
  return matching;
}

function isAutoAddressed(subnet: SubnetRecord): boolean {
  return subnet.ipv6AddressMode === 'slaac' || subnet.ipv6AddressMode === 'dhcpv6-stateless';
}

function checkSecurity(records: NetworkRecords, port: Pick<PortRecord, 'portSecurityEnabled' | 'securityGroupIds' | 'allowedAddressPairs'>): void {
  for (const id of port.securityGroupIds) if (!records.securityGroups.get(id)) throw notFound('security group', id);
  if (!port.portSecurityEnabled && port.securityGroupIds.length > 0) {
    throw new NetworkFault(400, 'PortSecurityAndIPRequiredForSecurityGroups', 'Port security must be enabled and port must have an IP address in order to use security groups.');
  }
  if (!port.portSecurityEnabled && port.allowedAddressPairs.length > 0) {
    throw new NetworkFault(409, 'AddressPairAndPortSecurityRequired', 'Port Security must be enabled in order to have allowed address pairs on a port.');
  }
  for (const pair of port.allowedAddressPairs) if (!parseCidr(pair.ipAddress)) throw invalidInput(`'${pair.ipAddress}' is not a valid IP address`);
}

function checkQos(records: NetworkRecords, qosPolicyId: string | null | undefined): void {
  if (qosPolicyId && !records.qosPolicies.get(qosPolicyId)) throw notFound('QoS policy', qosPolicyId);
}

function freshMac(records: NetworkRecords, network: NetworkRecord): string {
  for (;;) {
    const mac = `fa:16:3e:${[...randomBytes(3)].map((octet) => octet.toString(16).padStart(2, '0')).join(':')}`;
    if (!isMacUsed(records, network, mac)) return mac;
  }
}

function checkedMac(records: NetworkRecords, network: NetworkRecord, text: string): string {
  const mac = text.toLowerCase();
  if (!/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/.test(mac)) throw invalidInput(`'${text}' is not a valid MAC address`);
  if (isMacUsed(records, network, mac)) {
    throw new NetworkFault(409, 'MacAddressInUse', `Unable to complete operation for network ${network.id}. The mac address ${mac} is in use.`);
  }
  return mac;
}

function isMacUsed(records: NetworkRecords, network: NetworkRecord, mac: string): boolean {
  return records.portsBy(portKey.mac(network.id, mac)).length > 0;
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
