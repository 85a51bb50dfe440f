import { netnsPath } from '../../../lib/linux/nft.ts';
import { run } from '../../../lib/run.ts';

/** Kernel settings of a virtual-machine amphora, as its image has them (elements/haproxy-octavia, elements/amphora-agent). */
const SETTINGS: Readonly<Record<string, string>> = {
  // A configuration may bind the VIP before this amphora holds it.
  'net/ipv4/ip_nonlocal_bind': '1',
  'net/ipv6/ip_nonlocal_bind': '1',
  'net/ipv4/ip_forward': '1',
  'net/ipv6/conf/all/forwarding': '1',
  // Answers leave through the VIP's own routing table, which a strict check takes for spoofing.
  'net/ipv4/conf/all/rp_filter': '0',
  'net/ipv4/conf/default/rp_filter': '0',
  'net/ipv4/ip_local_port_range': '15000 65000',
  'net/ipv4/tcp_tw_reuse': '1',
  'net/ipv4/tcp_fin_timeout': '5',
  'net/ipv4/tcp_max_syn_backlog': '40000',
  // PING monitors: haproxy gives its children no privileges, so ping may only open what every group may.
  'net/ipv4/ping_group_range': '0 2147483647',
  'net/core/somaxconn': '65534',
  'net/ipv4/tcp_syncookies': '1',
  // The kernel announces addresses by itself when an interface goes up or gets its MAC address set.
  'net/ipv4/conf/all/arp_notify': '1',
  'net/ipv6/conf/all/ndisc_notify': '1',
};

const APPLY_SETTINGS = Object.entries(SETTINGS).map(([path, value]) => `[ -w /proc/sys/${path} ] && echo ${value} > /proc/sys/${path}`).join('\n');

/** What a shell inside a new namespace does to make it an amphora's. */
export const SETTLE_IN = `${APPLY_SETTINGS}\nip link set lo up`;

/** Makes the network namespace of an amphora with its kernel settings; twice is once. */
export async function bootNamespace(netns: string): Promise<void> {
  // One shell for all: starting a process from here costs milliseconds. Kernels lack some settings; none is vital alone.
  const script = `[ -e "$1" ] || ip netns add "\${1##*/}" || exit 1\nexec nsenter --net="$1" sh -c '${SETTLE_IN}'`;
  await run('sh', ['-c', script, 'sh', netnsPath(netns)]);
}
