import { run } from '../../../src/lib/run.ts';
import { GUEST_HOST } from './guest-host.ts';

/** A port of Neutron with its end here. */
export interface WiredPort { readonly id: string; readonly mac_address: string; readonly fixed_ips: readonly { readonly ip_address: string }[] }

type Call = (method: string, path: string, body?: object) => Promise<Record<string, unknown>>;

/**
 * Connects a port to an interface of this network namespace, or of a named one, the way a controller gets its end of the
 * management network: the L2 agent finds `tap<port id>` and does the rest. Waits until Neutron has it ACTIVE.
 */
export async function wirePort(neutron: Call, port: WiredPort, { name, prefix, netns = null }: { readonly name: string; readonly prefix: number; readonly netns?: string | null }): Promise<string> {
  const address = port.fixed_ips[0]?.ip_address ?? '';
  const tap = `tap${port.id.slice(0, 11)}`;
  const ip = netns === null ? 'ip' : `ip -n ${netns}`;
  await run('sh', ['-ec', `
    ip link add ${tap} mtu 1450 type veth peer name ${name} address ${port.mac_address} mtu 1450 ${netns === null ? '' : `netns ${netns}`}
    ip link set ${tap} up; ${ip} address add ${address}/${prefix} dev ${name}; ${ip} link set ${name} up`]);
  for (const deadline = Date.now() + 120_000; ; await new Promise((resolve) => setTimeout(resolve, 500))) {
    const { port: now } = (await neutron('GET', `/ports/${port.id}`)) as { port: { status: string } };
    if (now.status === 'ACTIVE') return address;
    if (Date.now() > deadline) throw new Error(`port ${port.id} is ${now.status}`);
  }
}

/** A host of its own on a network: a namespace on a port that lets everything through, joined by the L2 agent (which leaves owners `compute:` to Nova). Returns its address. */
export async function addWiredHost(neutron: Call, netns: string, networkId: string, prefix: number): Promise<string> {
  await run('ip', ['netns', 'add', netns]);
  await run('ip', ['-n', netns, 'link', 'set', 'lo', 'up']);
  const body = { port: { network_id: networkId, name: netns, 'binding:host_id': GUEST_HOST, device_owner: 'test:host', device_id: netns, port_security_enabled: false } };
  const { port } = (await neutron('POST', '/ports', body)) as { port: WiredPort };
  return wirePort(neutron, port, { name: 'eth0', prefix, netns });
}
