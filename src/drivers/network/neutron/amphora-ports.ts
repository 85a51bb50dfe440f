import type { VnicType } from '../../../model/enums.ts';
import type { LoadBalancerGraph } from '../../../model/graph.ts';
import { createRecent } from '../../../openstack/recent.ts';
import type { AttachedInterface, ComputeDriver } from '../../compute/compute-driver.ts';
import { ResourceNotFound } from '../../errors.ts';
import type { Port, PortAttachment } from '../network-driver.ts';
import type { NetworkDirectory } from './network-directory.ts';
import type { Ports } from './ports.ts';
import { hasGroups, type LoadBalancerGroups } from './security-group.ts';

/** The ports of amphorae, found by their names and by the server that they are attached to. */
export interface AmphoraPorts {
  ensureVrrpPort(loadBalancer: LoadBalancerGraph, amphoraId: string): Promise<PortAttachment>;
  ensureMemberPort(amphoraId: string, wanted: MemberPort): Promise<PortAttachment>;
  list(amphoraId: string): Promise<readonly Port[]>;
  remove(portId: string): Promise<void>;
}

export interface MemberPort {
  readonly networkId: string;
  readonly subnetIds: readonly string[];
  readonly vnicType: VnicType;
  /** Null when nobody knows the machine yet. */
  readonly computeId: string | null;
}

export type AttachNetwork = NonNullable<ComputeDriver['attachNetwork']>;

interface AmphoraPortsOptions {
  readonly ports: Ports;
  readonly directory: NetworkDirectory;
  readonly groups: LoadBalancerGroups;
  /** Networks every server has from its birth: their ports are not ours. */
  readonly bootNetworkIds: readonly string[];
  readonly attachNetwork?: AttachNetwork;
  readonly now?: () => number;
}

/** Long enough for one run over a load balancer, which looks at the same ports from several sides. */
const FRESH_MS = 5000;

export function createAmphoraPorts({ ports, directory, groups, bootNetworkIds, attachNetwork, now }: AmphoraPortsOptions): AmphoraPorts {
  const known = createRecent<readonly Port[]>(FRESH_MS, now === undefined ? {} : { now });
  const look = async (amphoraId: string): Promise<readonly Port[]> => {
    const named = await ports.list({ name: [vrrpName(amphoraId), memberName(amphoraId)] });
    const serverId = named.find(({ deviceId }) => deviceId !== '')?.deviceId;
    // The original lets Nova make member ports: they have no name, only a device.
    const attached = serverId === undefined ? [] : await ports.list({ device_id: serverId });
    return [...new Map([...named, ...attached].map((port) => [port.id, port])).values()].filter(({ networkId }) => !bootNetworkIds.includes(networkId));
  };
  const list = (amphoraId: string) => known.get(amphoraId, () => look(amphoraId));

  /** Nova's own port where it makes one: that goes with the server, whoever deletes it. Nova makes only ordinary ones. */
  const attachMemberPort = async ({ networkId, vnicType, computeId }: MemberPort): Promise<Port | null> => {
    if (attachNetwork === undefined || computeId === null || vnicType !== 'normal') return null;
    const made = await attachNetwork(computeId, networkId);
    return made === null ? null : describeAttached(made, networkId, computeId);
  };
  const createMemberPort = (amphoraId: string, { networkId, subnetIds, vnicType }: MemberPort): Promise<Port> => ports.create({
    name: memberName(amphoraId), network_id: networkId, admin_state_up: true, device_owner: 'Octavia',
    ...(subnetIds.length > 0 && { fixed_ips: subnetIds.map((id) => ({ subnet_id: id })) }), ...(vnicType === 'direct' && { 'binding:vnic_type': vnicType }),
  });
  const bringMemberPort = async (amphoraId: string, wanted: MemberPort, present: readonly Port[]): Promise<Port> => {
    // Should its answer get lost, the next look must see what is there.
    known.forget(amphoraId);
    const port = (await attachMemberPort(wanted)) ?? (await createMemberPort(amphoraId, wanted));
    known.set(amphoraId, [...present, port]);
    return port;
  };
  /** Side by side, and both to their end: a port that is still being made when this has failed would be made once more. */
  const besideView = async (networkId: string, making: Promise<Port>): Promise<Port> => {
    await Promise.allSettled([making, directory.view(networkId)]);
    return making;
  };
  const bringAddresses = async (port: Port, subnetIds: readonly string[]): Promise<Port> => {
    const { automaticSubnetIds } = await directory.view(port.networkId);
    const kept = port.fixedIps.filter(({ subnetId }) => subnetIds.includes(subnetId) || automaticSubnetIds.has(subnetId));
    const missing = subnetIds.filter((id) => !port.fixedIps.some(({ subnetId }) => subnetId === id));
    if (subnetIds.length === 0 || (missing.length === 0 && kept.length === port.fixedIps.length)) return port;
    known.forget();
    return ports.update(port.id, {
      fixed_ips: [...kept.map(({ subnetId, ipAddress }) => ({ subnet_id: subnetId, ip_address: ipAddress })), ...missing.map((id) => ({ subnet_id: id }))],
    });
  };

  return {
    list,
    async ensureVrrpPort(loadBalancer, amphoraId) {
      const [existing, securityGroups] = await Promise.all([ports.list({ name: vrrpName(amphoraId) }), groups.idsFor(loadBalancer)]);
      const { vip } = loadBalancer;
      const pairs = vipAddresses(loadBalancer).map(({ ipAddress }) => ipAddress);
      const body = { allowed_address_pairs: pairs.map((ipAddress) => ({ ip_address: ipAddress })), security_groups: securityGroups };
      const found = existing.find(({ deviceId }) => deviceId !== '') ?? existing[0];
      if (found !== undefined) {
        const isCurrent = hasGroups(found, securityGroups) && pairs.every((address) => found.allowedAddressPairs.some(({ ipAddress }) => ipAddress === address));
        return directory.attachment(isCurrent ? found : await ports.update(found.id, body));
      }
      if (vip.networkId === null) throw new ResourceNotFound('Network of load balancer', loadBalancer.id);
      const subnetIds = new Set(vipAddresses(loadBalancer).flatMap(({ subnetId }) => subnetId ?? []));
      return directory.attachment(await besideView(vip.networkId, ports.create({
        name: vrrpName(amphoraId), network_id: vip.networkId, admin_state_up: true, device_owner: 'Octavia', ...body,
        ...(subnetIds.size > 0 && { fixed_ips: [...subnetIds].map((id) => ({ subnet_id: id })) }), ...(vip.qosPolicyId !== null && { qos_policy_id: vip.qosPolicyId }),
        ...(vip.vnicType === 'direct' && { 'binding:vnic_type': vip.vnicType }),
      })));
    },
    async ensureMemberPort(amphoraId, wanted) {
      const present = await list(amphoraId);
      const existing = present.find(({ networkId, name }) => networkId === wanted.networkId && name !== vrrpName(amphoraId));
      const port = existing ?? (await besideView(wanted.networkId, bringMemberPort(amphoraId, wanted, present)));
      return directory.attachment(await bringAddresses(port, wanted.subnetIds));
    },
    async remove(portId) {
      known.forget();
      await ports.remove(portId);
    },
  };
}

function describeAttached({ portId, macAddress, fixedIps }: AttachedInterface, networkId: string, computeId: string): Port {
  return {
    id: portId, name: '', networkId, projectId: null, macAddress, fixedIps, deviceId: computeId, deviceOwner: 'compute:', status: '', adminStateUp: true,
    qosPolicyId: null, securityGroupIds: [], allowedAddressPairs: [], vnicType: 'normal',
  };
}

function vipAddresses({ vip, additionalVips }: LoadBalancerGraph): readonly { readonly ipAddress: string; readonly subnetId: string | null }[] {
  return [vip, ...additionalVips].flatMap(({ ipAddress, subnetId }) => (ipAddress === null ? [] : [{ ipAddress, subnetId }]));
}

function vrrpName(amphoraId: string): string {
  return `octavia-lb-vrrp-${amphoraId}`;
}

function memberName(amphoraId: string): string {
  return `octavia-lb-member-${amphoraId}`;
}
