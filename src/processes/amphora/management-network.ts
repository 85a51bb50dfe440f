import { OctaviaError } from '../../lib/errors.ts';
import { listOf, textOf } from './json-parts.ts';
import type { JsonRecord } from './json-parts.ts';

/** Where the units of systemd-networkd for this boot lie. */
const DIRECTORY = '/run/systemd/network';
/** The first network's default route is taken before that of the others. */
const METRIC_STEP = 100;

export interface LoadBalancerInterfaces {
  /** How many links, from the first on, are the management network's; null: all of them (BootData.managementLinks). */
  readonly managementLinks?: number | null;
  /** In small letters, of interfaces that the agent has plugged before this boot. */
  readonly pluggedMacs?: ReadonlySet<string>;
}

/**
 * Units of systemd-networkd, by path, for the interfaces that network_data.json of a config drive names. Those of load
 * balancers are to stay as the kernel made them, down and without addresses, until the agent takes them into its
 * namespace; so does what is plugged in later and has no unit.
 */
export function renderNetworkUnits(networkData: JsonRecord, { managementLinks = null, pluggedMacs = new Set() }: LoadBalancerInterfaces = {}): ReadonlyMap<string, string> {
  const units = new Map<string, string>();
  const nameServers = listOf(networkData['services']).filter((entry) => entry['type'] === 'dns').map((entry) => addressOf(entry, 'address'));
  for (const [index, link] of listOf(networkData['links']).entries()) {
    const mac = textOf(link['ethernet_mac_address']).toLowerCase();
    if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)) continue;
    if (pluggedMacs.has(mac) || (managementLinks !== null && index >= managementLinks)) {
      units.set(`${DIRECTORY}/20-load-balancer-${index}.network`, leftAlone(mac));
      continue;
    }
    const networks = listOf(networkData['networks']).filter((network) => network['link'] === link['id']);
    units.set(`${DIRECTORY}/20-management-${index}.network`, renderUnit({ mac, mtu: Number(link['mtu']) || null, networks, nameServers, metric: (index + 1) * METRIC_STEP }));
  }
  return units;
}

/** Said in words: the kernel may have called this one eth0, which the image's own unit is for. */
function leftAlone(mac: string): string {
  return ['[Match]', `MACAddress=${mac}`, '', '[Link]', 'Unmanaged=yes', ''].join('\n');
}

interface UnitParts {
  readonly mac: string;
  readonly mtu: number | null;
  readonly networks: readonly JsonRecord[];
  readonly nameServers: readonly string[];
  readonly metric: number;
}

function renderUnit({ mac, mtu, networks, nameServers, metric }: UnitParts): string {
  const types = networks.map((network) => textOf(network['type']));
  const asks4 = types.includes('ipv4_dhcp') || networks.length === 0;
  const asks6 = types.some((type) => type === 'ipv6_dhcp' || type.startsWith('ipv6_dhcpv6'));
  const takesAdverts = asks6 || types.includes('ipv6_slaac');
  const fixed = networks.filter((network) => network['type'] === 'ipv4' || network['type'] === 'ipv6');
  return [
    '[Match]', `MACAddress=${mac}`,
    '', '[Link]', ...(mtu === null ? [] : [`MTUBytes=${mtu}`]), 'RequiredForOnline=yes',
    '', '[Network]',
    `DHCP=${asks4 && asks6 ? 'yes' : asks4 ? 'ipv4' : asks6 ? 'ipv6' : 'no'}`,
    `IPv6AcceptRA=${takesAdverts ? 'yes' : 'no'}`,
    ...fixed.map((network) => `Address=${prefixed(network, 'ip_address')}`),
    ...nameServers.map((address) => `DNS=${address}`),
    ...fixed.flatMap((network) => routesOf(network)).flatMap(({ destination, gateway }) => ['', '[Route]', `Destination=${destination}`, `Gateway=${gateway}`, 'GatewayOnLink=yes', `Metric=${metric}`]),
    '', '[DHCPv4]', `RouteMetric=${metric}`, 'UseMTU=yes', 'UseHostname=no',
    '', '[IPv6AcceptRA]', `RouteMetric=${metric}`, '',
  ].join('\n');
}

function routesOf(network: JsonRecord): { readonly destination: string; readonly gateway: string }[] {
  const anywhere = network['type'] === 'ipv6' ? '::/0' : '0.0.0.0/0';
  return [
    ...(textOf(network['gateway']) === '' ? [] : [{ destination: anywhere, gateway: addressOf(network, 'gateway') }]),
    ...listOf(network['routes']).map((route) => ({ destination: prefixed(route, 'network'), gateway: addressOf(route, 'gateway') })),
  ];
}

/** An address with the prefix length of its netmask, which is written either way. */
function prefixed(record: JsonRecord, name: string): string {
  const address = textOf(record[name]);
  if (address.includes('/')) return checked(address);
  const mask = textOf(record['netmask']);
  return checked(`${address}/${mask === '' ? (address.includes(':') ? 128 : 32) : prefixLength(mask)}`);
}

/** Of `255.255.255.0`, `ffff:ffff::` or `24`. */
export function prefixLength(mask: string): number {
  if (/^\d+$/.test(mask)) return Number(mask);
  const groups = mask.includes(':') ? mask.split(':').filter((group) => group !== '').map((group) => Number.parseInt(group, 16)) : mask.split('.').map(Number);
  return groups.reduce((sum, group) => sum + group.toString(2).replaceAll('0', '').length, 0);
}

function addressOf(record: JsonRecord, name: string): string {
  return checked(textOf(record[name]));
}

/** Nothing but an address may get into a unit. */
function checked(text: string): string {
  if (!/^[0-9a-fA-F.:]+(\/\d{1,3})?$/.test(text)) throw new OctaviaError('bad-network-data', `network_data.json has "${text}" where an address belongs.`);
  return text;
}
