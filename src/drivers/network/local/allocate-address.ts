import { cidrContains, formatIp, parseCidr, parseIp, type Cidr, type IpAddress } from '../../../model/ip.ts';
import { NetworkFault } from './network-faults.ts';
import { portKey, type AllocationPool, type NetworkRecords, type SubnetRecord } from './network-records.ts';

/** Takes the next free address of a subnet's pools, or null when there is none. */
export function nextFreeAddress(records: NetworkRecords, subnet: SubnetRecord, taken: ReadonlySet<string>): string | null {
  const isUsed = (address: string) => taken.has(address) || address === subnet.gatewayIp || isHeld(records, subnet.id, address);
  const ranges = subnet.allocationPools.map(rangeOf);
  const start = records.nextAddress.get(subnet.id) ?? 0n;
  const rotated = [
    ...ranges.filter((range) => range.last >= start).map((range) => ({ ...range, first: range.first < start ? start : range.first })),
    ...ranges.filter((range) => range.first < start),
  ];
  for (const range of rotated) {
    for (let value = range.first; value <= range.last; value += 1n) {
      const address = formatIp({ version: subnet.ipVersion, value });
      if (isUsed(address)) continue;
      records.nextAddress.set(subnet.id, value + 1n);
      return address;
    }
  }
  return null;
}

/** Canonical spelling of an address asked for; throws Neutron's 400 when it is no host address of the subnet, 409 when it is taken. */
export function claimAddress(records: NetworkRecords, subnet: SubnetRecord, text: string, options: { taken: ReadonlySet<string>; mayBeGateway: boolean }): string {
  const address = parseIp(text);
  if (!address || !isHostAddress(subnet, address)) {
    throw new NetworkFault(400, 'InvalidIpForSubnet', `IP address ${text} is not a valid IP for the specified subnet.`);
  }
  const canonical = formatIp(address);
  const isGateway = canonical === subnet.gatewayIp && !options.mayBeGateway;
  if (isGateway || options.taken.has(canonical) || isHeld(records, subnet.id, canonical)) {
    throw new NetworkFault(409, 'IpAddressAlreadyAllocated', `IP address ${canonical} already allocated in subnet ${subnet.id}`);
  }
  return canonical;
}

/** Addresses of a subnet that ports hold. */
export function usedAddresses(records: NetworkRecords, subnetId: string): ReadonlySet<string> {
  const used = new Set<string>();
  for (const port of records.ports.list()) {
    for (const fixed of port.fixedIps) if (fixed.subnetId === subnetId) used.add(fixed.ipAddress);
  }
  return used;
}

/** How many addresses the pools hold, and how many of all are used; counts beyond 2^53 are clipped. */
export function poolUsage(records: NetworkRecords, subnet: SubnetRecord): { readonly total: number; readonly used: number } {
  const ranges = subnet.allocationPools.map(rangeOf);
  const total = ranges.reduce((sum, range) => sum + range.last - range.first + 1n, 0n);
  let used = 0;
  for (const text of usedAddresses(records, subnet.id)) {
    const value = parseIp(text)?.value ?? -1n;
    if (ranges.some((range) => value >= range.first && value <= range.last)) used += 1;
  }
  return { total: total > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(total), used };
}

/** All host addresses but the gateway's: what Neutron gives a subnet without explicit pools. */
export function defaultPools(cidr: Cidr, gatewayIp: string | null): readonly AllocationPool[] {
  const [first, last] = hostRange(cidr);
  const gateway = gatewayIp === null ? null : parseIp(gatewayIp);
  const pool = (from: bigint, to: bigint) =>
    from <= to ? [{ start: formatIp({ version: cidr.version, value: from }), end: formatIp({ version: cidr.version, value: to }) }] : [];
  if (!gateway || gateway.version !== cidr.version || gateway.value < first || gateway.value > last) return pool(first, last);
  return [...pool(first, gateway.value - 1n), ...pool(gateway.value + 1n, last)];
}

/** First and last address a host may have. */
export function hostRange(cidr: Cidr): readonly [bigint, bigint] {
  const bits = cidr.version === 4 ? 32 : 128;
  const last = cidr.network + (1n << BigInt(bits - cidr.prefixLength)) - 1n;
  if (bits - cidr.prefixLength <= 1) return [cidr.network, last];
  return [cidr.network + 1n, cidr.version === 4 ? last - 1n : last];
}

/** The address a host forms from its MAC in a SLAAC subnet (RFC 4291, modified EUI-64). */
export function eui64Address(cidr: Cidr, mac: string): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(':').map((octet) => Number.parseInt(octet, 16));
  const suffix = [a ^ 2, b, c, 0xff, 0xfe, d, e, f].reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
  return formatIp({ version: 6, value: cidr.network | suffix });
}

/** The MAC that such an address was formed from; null for any other address. */
export function macOfEui64(address: string): string | null {
  const suffix = ((parseIp(address)?.value ?? 0n) & 0xffff_ffff_ffff_ffffn).toString(16).padStart(16, '0');
  if (!address.includes(':') || suffix.slice(6, 10) !== 'fffe') return null;
  const octets = `${suffix.slice(0, 6)}${suffix.slice(10)}`.match(/../g) ?? [];
  return octets.map((octet, index) => (index === 0 ? (Number.parseInt(octet, 16) ^ 2).toString(16).padStart(2, '0') : octet)).join(':');
}

function isHeld(records: NetworkRecords, subnetId: string, address: string): boolean {
  return records.portsBy(portKey.address(subnetId, address)).length > 0;
}

function isHostAddress(subnet: SubnetRecord, address: IpAddress): boolean {
  const cidr = parseCidr(subnet.cidr);
  if (!cidr || !cidrContains(cidr, address)) return false;
  const [first, last] = hostRange(cidr);
  return address.value >= first && address.value <= last;
}

function rangeOf(pool: AllocationPool): { first: bigint; last: bigint } {
  return { first: parseIp(pool.start)?.value ?? 0n, last: parseIp(pool.end)?.value ?? -1n };
}
