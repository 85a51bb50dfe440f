import { existsSync, readFileSync, writeFileSync, readdirSync } from 'node:fs';
import { ipBatch, ipBatchQuietly, ipJson } from '../../../../lib/linux/ip-batch.ts';
import { parseCidr } from '../../../../model/ip.ts';
import { overlaps } from '../networks.ts';
import { bridgeMac, bridgeName, isOurBridge } from './names.ts';

export interface BridgeState {
  readonly networkId: string;
  readonly mtu: number;
  /** `address/length`: the subnets' gateways and the floating IPs of an external network. */
  readonly addresses: readonly string[];
}

/** Makes the network's bridge as described, changing only what differs. The host reaches the network, and routes for it, through these addresses. */
export async function ensureBridge(state: BridgeState): Promise<void> {
  const name = bridgeName(state.networkId);
  if (!existsSync(`/sys/class/net/${name}`)) {
    await ipBatch([`link add name ${name} address ${bridgeMac(state.networkId)} mtu ${state.mtu} type bridge mcast_snooping 0`]);
  }
  const actual = await addressesOf(name);
  await ipBatch([
    `link set ${name} mtu ${state.mtu} up`,
    ...state.addresses.filter((address) => !actual.includes(address)).map((address) => `addr add ${address} dev ${name}${address.includes(':') ? ' nodad' : ''}`),
    ...actual.filter((address) => !state.addresses.includes(address)).map((address) => `addr del ${address} dev ${name}`),
  ]);
  enableForwarding(name);
}

export async function removeBridge(networkId: string): Promise<void> {
  await ipBatchQuietly([`link del ${bridgeName(networkId)}`]);
}

/** A route of the host, not ours, that the CIDR overlaps ("192.168.1.0/24 dev eth0"); null when there is none. */
export async function conflictingHostRoute(cidrText: string): Promise<string | null> {
  const cidr = parseCidr(cidrText);
  if (!cidr) return null;
  const routes = await ipJson([`-${cidr.version}`, 'route', 'show', 'table', 'main']);
  for (const route of Array.isArray(routes) ? routes : []) {
    const { dst, dev } = route as { dst?: string; dev?: string };
    if (dst === undefined || dst === 'default' || dev === undefined || dev === 'lo' || isOurBridge(dev)) continue;
    if (overlaps(cidr, dst)) return `${dst} dev ${dev}`;
  }
  return null;
}

async function addressesOf(link: string): Promise<readonly string[]> {
  const [info] = (await ipJson(['addr', 'show', 'dev', link])) as readonly { addr_info?: readonly { local: string; prefixlen: number; scope: string }[] }[];
  return (info?.addr_info ?? []).filter((address) => address.scope !== 'link').map((address) => `${address.local}/${address.prefixlen}`);
}

/** Per interface where the kernel can, so that the host's other interfaces keep their behaviour. */
function enableForwarding(link: string): void {
  writeFileSync(`/proc/sys/net/ipv4/conf/${link}/forwarding`, '1');
  const forced = `/proc/sys/net/ipv6/conf/${link}/force_forwarding`;
  if (existsSync(forced)) return writeFileSync(forced, '1');
  const all = '/proc/sys/net/ipv6/conf/all/forwarding';
  if (!existsSync(all) || readFileSync(all, 'utf8').trim() === '1') return;
  // With global forwarding a host stops listening to router advertisements unless told otherwise.
  for (const other of readdirSync('/proc/sys/net/ipv6/conf')) {
    const acceptRa = `/proc/sys/net/ipv6/conf/${other}/accept_ra`;
    if (existsSync(acceptRa) && readFileSync(acceptRa, 'utf8').trim() === '1') writeFileSync(acceptRa, '2');
  }
  writeFileSync(all, '1');
}
