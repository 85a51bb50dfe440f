import { Address4, Address6 } from 'ip-address';
import { OctaviaError } from '../../../lib/errors.ts';
import type { HostRouteBody, PlugNetworkBody, PlugVipBody } from '../../protocol/agent-api.ts';

/** An address that is none, or a subnet that is none. */
export class InvalidAddress extends OctaviaError {
  constructor(text: string) {
    super('invalid-address', `'${text}' does not appear to be an IPv4 or IPv6 address or network`);
  }
}

export type FileAddress =
  | { readonly address: string; readonly prefixlen: number; /** False: keepalived adds and removes it. */ readonly octavia_owned?: boolean }
  | { readonly dhcp?: true; readonly ipv6auto?: true };

export interface FileRoute {
  readonly dst: string;
  readonly gateway?: string;
  readonly flags?: readonly ['onlink'];
  readonly scope?: 'link';
  readonly prefsrc?: string;
  readonly table?: number;
}

export interface FileRule { readonly src: string; readonly src_len: number; readonly table: number }

/** Content of `/etc/octavia/interfaces/<name>.json` (contracts section 10): what one interface must look like. */
export interface InterfaceFile {
  readonly name: string;
  readonly if_type: 'vip' | 'backend' | 'lo';
  readonly mtu?: number;
  readonly addresses: readonly FileAddress[];
  readonly routes: readonly FileRoute[];
  readonly rules: readonly FileRule[];
  readonly scripts: { readonly up: readonly FileScript[]; readonly down: readonly FileScript[] };
  readonly is_sriov: boolean;
}

export interface FileScript { readonly command: string }

export type Topology = 'SINGLE' | 'ACTIVE_STANDBY';
type FixedIp = NonNullable<PlugNetworkBody['fixed_ips']>[number];

export interface VipInterfaceRequest {
  readonly name: string;
  readonly vip: string;
  readonly body: Omit<PlugVipBody, 'mac_address'>;
  readonly mtu: number | null;
  readonly topology: Topology;
  /** Addresses for members when their network is the VIP's. */
  readonly fixedIps?: readonly FixedIp[];
}

const ANY = { 4: '0.0.0.0/0', 6: '::/0' } as const;
type Family = 4 | 6;

/** The VIP interface. In a pair keepalived owns the VIP and its routing table; alone the agent does. */
export function vipInterface(request: VipInterfaceRequest): InterfaceFile {
  const { name, body, mtu, topology } = request;
  const primary = { ip_address: request.vip, subnet_cidr: body.subnet_cidr, gateway: body.gateway, host_routes: body.host_routes ?? [] };
  const vips = [primary, ...(body.additional_vips ?? [])].map((vip) => ({ ...vip, family: familyOf(vip.ip_address) }));
  const fixedIps = (request.fixedIps ?? []).map((fixed) => ({ ...fixed, family: familyOf(fixed.ip_address) }));
  const families = new Set<Family>([...vips, ...fixedIps].map((entry) => entry.family));
  const isAlone = topology !== 'ACTIVE_STANDBY';
  return {
    name, if_type: 'vip', ...(mtu ? { mtu } : {}),
    addresses: [
      ...managementAddresses(body, families),
      ...vips.map((vip) => ({ address: vip.ip_address, prefixlen: vip.family === 6 ? 128 : 32, octavia_owned: isAlone })),
      ...fixedIps.map((fixed) => ({ address: fixed.ip_address, prefixlen: prefixOf(fixed.subnet_cidr) })),
    ],
    routes: [
      ...vips.flatMap((vip) => vipRoutes(vip, isAlone)),
      ...fixedIps.flatMap((fixed) => [...defaultRoutes(fixed.gateway, fixed.family, isAlone), ...hostRoutes(fixed.host_routes)]),
    ],
    rules: isAlone ? vips.map((vip) => ({ src: vip.ip_address, src_len: vip.family === 6 ? 128 : 32, table: 1 })) : [],
    scripts: masqueradeScripts(name, families, body.is_sriov === true),
    is_sriov: body.is_sriov === true,
  };
}

/** An interface towards members. Without addresses it asks DHCP and router advertisements. */
export function memberInterface(name: string, body: Pick<PlugNetworkBody, 'fixed_ips' | 'mtu' | 'is_sriov'>): InterfaceFile {
  const fixedIps = body.fixed_ips ?? [];
  const families = fixedIps.length === 0 ? new Set<Family>([4, 6]) : new Set(fixedIps.map((fixed) => familyOf(fixed.ip_address)));
  return {
    name, if_type: 'backend', ...(body.mtu ? { mtu: body.mtu } : {}),
    addresses: fixedIps.length === 0
      ? [{ dhcp: true, ipv6auto: true }]
      : fixedIps.map((fixed) => ({ address: fixed.ip_address, prefixlen: prefixOf(fixed.subnet_cidr) })),
    routes: fixedIps.flatMap((fixed) => hostRoutes(fixed.host_routes)),
    rules: [],
    scripts: masqueradeScripts(name, families, body.is_sriov === true),
    is_sriov: body.is_sriov === true,
  };
}

export function loopbackInterface(): InterfaceFile {
  return { name: 'lo', if_type: 'lo', addresses: [{ address: '127.0.0.1', prefixlen: 8 }], routes: [], rules: [], scripts: { up: [], down: [] }, is_sriov: false };
}

/** 4 or 6; throws InvalidAddress. */
export function familyOf(address: string): Family {
  if (Address4.isValid(address) && !address.includes('/')) return 4;
  if (Address6.isValid(address) && !address.includes('/')) return 6;
  throw new InvalidAddress(address);
}

function managementAddresses(body: Omit<PlugVipBody, 'mac_address'>, families: ReadonlySet<Family>): FileAddress[] {
  if (body.vrrp_ip) {
    familyOf(body.vrrp_ip);
    return [{ address: body.vrrp_ip, prefixlen: prefixOf(body.subnet_cidr) }];
  }
  return [...(families.has(4) ? [{ dhcp: true as const }] : []), ...(families.has(6) ? [{ ipv6auto: true as const }] : [])];
}

interface Vip { readonly ip_address: string; readonly subnet_cidr: string; readonly gateway: string | null; readonly host_routes?: readonly HostRouteBody[]; readonly family: Family }

function vipRoutes(vip: Vip, isAlone: boolean): FileRoute[] {
  const network = networkOf(vip.ip_address, prefixOf(vip.subnet_cidr));
  return [
    ...defaultRoutes(vip.gateway, vip.family, isAlone),
    { dst: network, scope: 'link' },
    ...(isAlone ? [{ dst: network, prefsrc: vip.ip_address, scope: 'link' as const, table: 1 }] : []),
    ...hostRoutes(vip.host_routes),
    ...hostRoutes(vip.host_routes, 1),
  ];
}

function defaultRoutes(gateway: string | null | undefined, family: Family, isAlone: boolean): FileRoute[] {
  if (!gateway) return [];
  const route: FileRoute = { dst: ANY[family], gateway, flags: ['onlink'] };
  return isAlone ? [route, { ...route, table: 1 }] : [route];
}

function hostRoutes(routes: readonly HostRouteBody[] | undefined, table?: number): FileRoute[] {
  return (routes ?? []).map(({ destination, nexthop }) => ({ dst: destination, gateway: nexthop, flags: ['onlink'], ...(table !== undefined && { table }) }));
}

/** The image's script lets UDP and SCTP answers of members find back. */
function masqueradeScripts(name: string, families: ReadonlySet<Family>, isSriov: boolean): InterfaceFile['scripts'] {
  const commands = (verb: string): FileScript[] => [...families].map((family) => ({ command: `/usr/local/bin/lvs-masquerade.sh ${verb} ipv${family} ${name}${isSriov ? ' sriov' : ''}` }));
  return { up: commands('add'), down: commands('delete') };
}

function prefixOf(cidr: string): number {
  const parsed = parseCidr(cidr);
  return parsed.subnetMask;
}

function networkOf(address: string, prefix: number): string {
  const parsed = parseCidr(`${address}/${prefix}`);
  return `${parsed.startAddress().correctForm()}/${prefix}`;
}

function parseCidr(cidr: string): Address4 | Address6 {
  if (Address4.isValid(cidr)) return new Address4(cidr);
  if (Address6.isValid(cidr)) return new Address6(cidr);
  throw new InvalidAddress(cidr);
}
