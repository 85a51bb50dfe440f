import type { VnicType } from '../../../model/enums.ts';
import type { LoadBalancerGraph } from '../../../model/graph.ts';
import { createRecent } from '../../../openstack/recent.ts';
import type { AttachedInterface, ComputeDriver } from '../../compute/compute-driver.ts';
import { ResourceNotFound } from '../../errors.ts';
import type { AmphoraPortsWanted, Port, PortAttachment } from '../network-driver.ts';
import { attachmentOf, type NetworkDirectory, type NetworkView } from './network-directory.ts';
import type { Ports } from './ports.ts';
import { hasGroups, type LoadBalancerGroups } from './security-group.ts';

/** The ports of amphorae, found by their names and by the server that they are attached to. */
export interface AmphoraPorts {
  /** `isNew`: it can have none yet. */
  ensureVrrpPort(loadBalancer: LoadBalancerGraph, amphoraId: string, isNew: boolean): Promise<PortAttachment>;
  ensureMemberPort(amphoraId: string, wanted: MemberPort): Promise<PortAttachment>;
  list(amphoraId: string, which: AmphoraPortsWanted, computeId: string | null): Promise<readonly Port[]>;
  remove(portId: string): Promise<void>;
}

export interface MemberPort {
  readonly networkId: string;
  readonly subnetIds: readonly string[];
  readonly vnicType: VnicType;
  /** The amphora can have none on that network yet. */
  readonly isNew: boolean;
  /** Null when nobody knows the machine yet. */
  readonly computeId: string | null;
  /** Address of the management port, which is never a member's. */
  readonly lbNetworkIp: string | null;
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
/** A port is removed in the same run in which it was seen. */
const REMEMBERED_MS = 300_000;

export function createAmphoraPorts({ ports, directory, groups, bootNetworkIds, attachNetwork, now }: AmphoraPortsOptions): AmphoraPorts {
  const clock = now === undefined ? {} : { now };
  const named = createRecent<readonly Port[]>(FRESH_MS, clock);
  const attached = createRecent<readonly Port[]>(FRESH_MS, clock);
  const novas = createRecent<true>(REMEMBERED_MS, clock);
  const listNamed = (amphoraId: string) => named.get(amphoraId, () => ports.list({ name: [vrrpName(amphoraId), memberName(amphoraId)] }));
  /** Nova makes member ports: they have no name, only a device. */
  const listAttached = (computeId: string) => attached.get(computeId, async () => {
    const found = (await ports.list({ device_id: computeId })).filter(({ networkId }) => !bootNetworkIds.includes(networkId));
    for (const { id } of found.filter(isNovas)) novas.set(id, true);
    return found;
  });
  const list = async (amphoraId: string, which: AmphoraPortsWanted, knownId: string | null): Promise<readonly Port[]> => {
    const ours = await listNamed(amphoraId);
    // Users give their own ports any name and device: followed, such a port would lead to the ports of a stranger's server.
    const computeId = knownId ?? ours.find(({ deviceId }) => deviceId !== '')?.deviceId;
    const others = computeId === undefined || which === 'ours' ? [] : await listAttached(computeId);
    return [...new Map([...ours, ...others].map((port) => [port.id, port])).values()];
  };
  const forget = (): void => {
    named.forget();
    attached.forget();
  };

  /** Nova's own port where it makes one: that goes with the server, whoever deletes it. Nova makes only ordinary ones. */
  const attachMemberPort = async (computeId: string, wanted: MemberPort, attach: AttachNetwork): Promise<Port | null> => {
    const { networkId, isNew } = wanted;
    const present = isNew ? [] : await listAttached(computeId);
    const existing = present.find((port) => isForMembers(port, wanted));
    if (existing !== undefined) return existing;
    // Should its answer get lost, the next look must see what is there.
    attached.forget(computeId);
    const made = await attach(computeId, networkId);
    if (made === null) return null;
    const port = describeAttached(made, networkId, computeId);
    if (!isNew) attached.set(computeId, [...present, port]);
    novas.set(port.id, true);
    return port;
  };
  const createMemberPort = (amphoraId: string, { networkId, subnetIds, vnicType }: MemberPort): Promise<Port> => ports.create({
    name: memberName(amphoraId), network_id: networkId, admin_state_up: true, device_owner: 'Octavia',
    ...(subnetIds.length > 0 && { fixed_ips: subnetIds.map((id) => ({ subnet_id: id })) }), ...(vnicType === 'direct' && { 'binding:vnic_type': vnicType }),
  });
  const bringMemberPort = async (amphoraId: string, wanted: MemberPort): Promise<Port> => {
    const { computeId, networkId, vnicType } = wanted;
    // On a network that servers boot on nothing would tell Nova's port for members from those of the boot.
    const takesNovas = vnicType === 'normal' && !bootNetworkIds.includes(networkId);
    const byNova = attachNetwork === undefined || computeId === null || !takesNovas ? null : await attachMemberPort(computeId, wanted, attachNetwork);
    if (byNova !== null) return byNova;
    const present = wanted.isNew ? [] : await list(amphoraId, 'all', computeId);
    const existing = present.find((port) => isForMembers(port, wanted));
    if (existing !== undefined) return existing;
    named.forget(amphoraId);
    const port = await createMemberPort(amphoraId, wanted);
    if (!wanted.isNew) named.set(amphoraId, [...present, port]);
    return port;
  };
  /** Side by side, and both to their end: a port that is still being made when this has failed would be made once more. */
  const besideView = async (networkId: string, making: Promise<Port>): Promise<{ port: Port; view: NetworkView }> => {
    const looking = directory.view(networkId);
    await Promise.allSettled([making, looking]);
    return { port: await making, view: await looking };
  };
  const bringAddresses = async (port: Port, subnetIds: readonly string[], { automaticSubnetIds }: NetworkView): Promise<Port> => {
    const kept = port.fixedIps.filter(({ subnetId }) => subnetIds.includes(subnetId) || automaticSubnetIds.has(subnetId));
    const missing = subnetIds.filter((id) => !port.fixedIps.some(({ subnetId }) => subnetId === id));
    if (subnetIds.length === 0 || (missing.length === 0 && kept.length === port.fixedIps.length)) return port;
    forget();
    return ports.update(port.id, {
      fixed_ips: [...kept.map(({ subnetId, ipAddress }) => ({ subnet_id: subnetId, ip_address: ipAddress })), ...missing.map((id) => ({ subnet_id: id }))],
    });
  };

  return {
    list,
    async ensureVrrpPort(loadBalancer, amphoraId, isNew) {
      const [existing, securityGroups] = await Promise.all([isNew ? [] : ports.list({ name: vrrpName(amphoraId) }), groups.idsFor(loadBalancer)]);
      const { vip } = loadBalancer;
      const pairs = vipAddresses(loadBalancer).map(({ ipAddress }) => ipAddress);
      const body = { allowed_address_pairs: pairs.map((ipAddress) => ({ ip_address: ipAddress })), ...(securityGroups !== null && { security_groups: securityGroups }) };
      const found = existing.find(({ deviceId }) => deviceId !== '') ?? existing[0];
      if (found !== undefined) {
        const isCurrent = (securityGroups === null || hasGroups(found, securityGroups)) && pairs.every((address) => found.allowedAddressPairs.some(({ ipAddress }) => ipAddress === address));
        const { port, view } = await besideView(found.networkId, isCurrent ? Promise.resolve(found) : ports.update(found.id, body));
        return attachmentOf(port, view);
      }
      if (vip.networkId === null) throw new ResourceNotFound('Network of load balancer', loadBalancer.id);
      const subnetIds = new Set(vipAddresses(loadBalancer).flatMap(({ subnetId }) => subnetId ?? []));
      const { port, view } = await besideView(vip.networkId, ports.create({
        name: vrrpName(amphoraId), network_id: vip.networkId, admin_state_up: true, device_owner: 'Octavia', ...body,
        ...(subnetIds.size > 0 && { fixed_ips: [...subnetIds].map((id) => ({ subnet_id: id })) }), ...(vip.qosPolicyId !== null && { qos_policy_id: vip.qosPolicyId }),
        ...(vip.vnicType === 'direct' && { 'binding:vnic_type': vip.vnicType }),
      }));
      return attachmentOf(port, view);
    },
    async ensureMemberPort(amphoraId, wanted) {
      const { port, view } = await besideView(wanted.networkId, bringMemberPort(amphoraId, wanted));
      return attachmentOf(await bringAddresses(port, wanted.subnetIds, view), view);
    },
    async remove(portId) {
      forget();
      // Nova takes them away itself, with the server or its interface.
      if ((await novas.peek(portId)) === undefined) await ports.remove(portId);
    },
  };
}

function isForMembers(port: Port, { networkId, lbNetworkIp }: MemberPort): boolean {
  return port.networkId === networkId && !port.name.startsWith(VRRP_PREFIX) && !port.fixedIps.some(({ ipAddress }) => ipAddress === lbNetworkIp);
}

function isNovas({ name, deviceOwner }: Port): boolean {
  return name === '' && deviceOwner.startsWith('compute:');
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

const VRRP_PREFIX = 'octavia-lb-vrrp-';

function vrrpName(amphoraId: string): string {
  return `${VRRP_PREFIX}${amphoraId}`;
}

function memberName(amphoraId: string): string {
  return `octavia-lb-member-${amphoraId}`;
}
