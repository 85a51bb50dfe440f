import type { PortWiring } from '../../drivers/compute/namespace/port-wiring.ts';
import type { Port } from '../../drivers/network/network-driver.ts';
import { tapName } from '../../drivers/network/local/fabric/names.ts';
import { UNTRACKED_TCP } from '../../drivers/network/local/fabric/firewall-ruleset.ts';
import { connectWire, disconnectWire } from '../../drivers/network/local/fabric/wire.ts';
import { ipBatch } from '../../lib/linux/ip-batch.ts';
import { nftApply } from '../../lib/linux/nft.ts';
import { CommandFailed, run } from '../../lib/run.ts';

export interface PlugPortsOptions {
  readonly l2: 'openvswitch' | 'linuxbridge';
  /** Of Open vSwitch. */
  readonly integrationBridge: string;
}

const OVS_TIMEOUT_SECONDS = 10;

/**
 * Puts ports where the L2 agent of this host looks for them, as Nova's os-vif does: an interface of the integration bridge
 * with the port's id, or a tap named after the port in the bridge of its network.
 */
export function createPortPlugs({ l2, integrationBridge }: PlugPortsOptions): PortWiring {
  const wire = async (netns: string, port: Port): Promise<void> => {
    const ends = { portId: port.id, networkId: port.networkId, macAddress: port.macAddress, mtu: port.mtu ?? 1500 };
    if (l2 === 'linuxbridge') {
      const bridge = agentBridgeName(port.networkId);
      await ensureBridge(bridge);
      return connectWire(netns, { ...ends, bridge });
    }
    await connectWire(netns, { ...ends, bridge: null });
    await run('ovs-vsctl', addPortArguments(integrationBridge, netns.replace(/^octavia-/, ''), port));
  };
  return {
    plug: async (netns, port) => void (await Promise.all([untrackTcp(netns), wire(netns, port)])),
    async unplug(portId) {
      if (l2 === 'openvswitch') await run('ovs-vsctl', removePortArguments(integrationBridge, portId));
      await disconnectWire({ portId, networkId: '' }, []);
    },
  };
}

/** Once for each namespace: making the table again would wait for the kernel. */
async function untrackTcp(netns: string): Promise<void> {
  try {
    await nftApply(UNTRACKED_TCP, netns);
  } catch (error) {
    if (!(error instanceof CommandFailed) || !/file exists/i.test(error.stderr)) throw error;
  }
}

/** Both Neutron's agent and ovn-controller know a port by `iface-id`. */
export function addPortArguments(bridge: string, machineId: string, port: Pick<Port, 'id' | 'macAddress'>): readonly string[] {
  const name = tapName(port.id);
  const ids = { 'iface-id': port.id, 'attached-mac': port.macAddress, 'iface-status': 'active', 'vm-uuid': machineId };
  return [
    `--timeout=${OVS_TIMEOUT_SECONDS}`, '--', '--may-exist', 'add-port', bridge, name,
    '--', 'set', 'Interface', name, ...Object.entries(ids).map(([key, value]) => `external_ids:${key}="${value}"`),
  ];
}

export function removePortArguments(bridge: string, portId: string): readonly string[] {
  return [`--timeout=${OVS_TIMEOUT_SECONDS}`, '--', '--if-exists', 'del-port', bridge, tapName(portId)];
}

/** The name that Neutron's Linux bridge agent gives the bridge of a network. */
function agentBridgeName(networkId: string): string {
  return `brq${networkId.slice(0, 11)}`;
}

/** The agent makes it for ports that it finds alone, but leaves ports of machines to whoever plugs them. */
async function ensureBridge(name: string): Promise<void> {
  try {
    await ipBatch([`link add name ${name} type bridge forward_delay 0 stp_state 0 mcast_snooping 0`]);
  } catch (error) {
    if (!(error instanceof CommandFailed) || !/file exists/i.test(error.stderr)) throw error;
  }
  // The host itself takes no part in the network.
  await ipBatch([`link set ${name} addrgenmode none`, `link set ${name} up`]);
}
