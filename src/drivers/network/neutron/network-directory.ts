import { createRecent } from '../../../openstack/recent.ts';
import type { ServiceClient } from '../../../openstack/service-client.ts';
import { ResourceNotFound } from '../../errors.ts';
import type { Network, Port, PortAttachment, Subnet } from '../network-driver.ts';
import { decodeNetwork, decodeSubnet, isAutomatic } from './decode.ts';

/** A network with all of its subnets. */
export interface NetworkView {
  readonly network: Network;
  readonly subnets: readonly Subnet[];
  /** Of these subnets every port has an address, asked for or not. */
  readonly automaticSubnetIds: ReadonlySet<string>;
}

/** What networks look like; amphorae that are made together share one look. */
export interface NetworkDirectory {
  view(networkId: string): Promise<NetworkView>;
}

const FRESH_MS = 10_000;

export function createNetworkDirectory(neutron: ServiceClient, now?: () => number): NetworkDirectory {
  const views = createRecent<NetworkView>(FRESH_MS, now === undefined ? {} : { now });
  const look = async (networkId: string): Promise<NetworkView> => {
    const [network, subnets] = await Promise.all([
      neutron.object('GET', `/networks/${networkId}`, 'network', { accept: [404] }),
      neutron.list('/subnets', 'subnets', { query: { network_id: networkId } }),
    ]);
    if (network === null) throw new ResourceNotFound('Network', networkId);
    return {
      network: decodeNetwork(network), subnets: subnets.map(decodeSubnet),
      automaticSubnetIds: new Set(subnets.filter(isAutomatic).map((subnet) => decodeSubnet(subnet).id)),
    };
  };
  return { view: (networkId) => views.get(networkId, () => look(networkId)) };
}

/** A port with what the agent must know of the subnets it has addresses on. */
export function attachmentOf(port: Port, { network, subnets }: NetworkView): PortAttachment {
  const used = new Set(port.fixedIps.map(({ subnetId }) => subnetId));
  return { port, network, subnets: subnets.filter(({ id }) => used.has(id)) };
}
