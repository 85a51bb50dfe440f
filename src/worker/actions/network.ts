import type { Patience } from '../../amphora/client/amphora-client.ts';
import type { PlugNetworkBody, PlugVipBody } from '../../amphora/protocol/agent-api.ts';
import type { PortAttachment, Subnet } from '../../drivers/network/network-driver.ts';
import { OctaviaError } from '../../lib/errors.ts';
import type { VnicType } from '../../model/enums.ts';
import type { LoadBalancerGraph } from '../../model/graph.ts';
import type { RunContext } from '../run-context.ts';
import { isKept } from '../settle/objects.ts';

/** Makes sure that the VIP's ports exist; the addresses stay what users know. */
export async function ensureVip(context: RunContext): Promise<void> {
  context.setVip(await context.services.network.ensureVip(context.graph));
}

/** The amphora's own port on the VIP network. */
export async function ensureVrrpPort(context: RunContext, amphoraId: string): Promise<void> {
  const { network } = context.services;
  const attachment = await network.ensureVrrpPort(context.graph, amphoraId, context.createdIds.has(amphoraId));
  const { vip } = context.graph;
  const own = attachment.port.fixedIps.find(({ subnetId }) => subnetId === vip.subnetId) ?? attachment.port.fixedIps[0];
  context.attachments.set(amphoraId, attachment);
  context.update(amphoraId, { vrrpPortId: attachment.port.id, vrrpIp: own?.ipAddress ?? null, haIp: vip.ipAddress, haPortId: vip.portId });
  if (vip.qosPolicyId !== null) await network.applyQos(attachment.port.id, vip.qosPolicyId);
}

export async function applyQos(context: RunContext, amphoraId: string): Promise<void> {
  const { vrrpPortId } = context.amphora(amphoraId);
  if (vrrpPortId !== null) await context.services.network.applyQos(vrrpPortId, context.graph.vip.qosPolicyId);
}

export async function attachVip(context: RunContext, amphoraId: string): Promise<void> {
  await context.services.compute.attachPort(computeIdOf(context, amphoraId), attachmentOf(context, amphoraId).port);
}

/** Configures the VIP interface inside the amphora. */
export async function plugVip(context: RunContext, amphoraId: string, patience: Patience): Promise<void> {
  const attachment = attachmentOf(context, amphoraId);
  await context.client(amphoraId, patience).plugVip(context.graph.vip.ipAddress ?? '', vipBody(context.graph, attachment));
}

/** One interface per member network that is not the VIP's; interfaces that no member needs any more go. */
export async function plugMemberNetworks(context: RunContext, amphoraId: string, patience: Patience): Promise<void> {
  const { network, compute } = context.services;
  const memory = context.remember(amphoraId);
  const former = formerNetworks(context, amphoraId);
  memory.memberNetworks = null;
  if (!context.memberAttachments.has(amphoraId)) await attachMemberNetworks(context, amphoraId, former);
  const attachments = context.memberAttachments.get(amphoraId) ?? [];
  // One after the other: the agent names interfaces in the order in which it is told of them.
  for (const attachment of attachments) await context.client(amphoraId, patience).plugNetwork(networkBody(attachment));
  const plugged = new Set(attachments.map(({ network: { id } }) => id));
  if (former === null || !former.isSubsetOf(plugged)) {
    for (const portId of await leftoverPorts(context, amphoraId, new Set(attachments.map(({ port }) => port.id)))) {
      await compute.detachPort(computeIdOf(context, amphoraId), portId);
      await network.removePort(portId);
    }
  }
  memory.memberNetworks = plugged;
}

/** Networks that the amphora's machine has interfaces on; null when nobody knows without a look. */
function formerNetworks(context: RunContext, amphoraId: string): ReadonlySet<string> | null {
  return context.createdIds.has(amphoraId) ? new Set() : context.remember(amphoraId).memberNetworks;
}

/** Gives the amphora's machine an interface on each member network that is not the VIP's. */
export async function attachMemberNetworks(context: RunContext, amphoraId: string, former = formerNetworks(context, amphoraId)): Promise<void> {
  const { network, compute } = context.services;
  const attachments: PortAttachment[] = [];
  for (const [networkId, { subnetIds, vnicType, isFresh }] of await memberNetworks(context)) {
    // A worker of the original may have attached what members needed that are there already.
    const hasNone = context.createdIds.has(amphoraId) || (isFresh && former !== null && !former.has(networkId));
    const attachment = await network.ensureMemberPort(context.graph, amphoraId, networkId, subnetIds, vnicType, hasNone);
    await compute.attachPort(computeIdOf(context, amphoraId), attachment.port);
    attachments.push(attachment);
  }
  context.memberAttachments.set(amphoraId, attachments);
}

/** `isFresh`: only members that are being made need it. */
interface MemberNetwork { readonly subnetIds: string[]; vnicType: VnicType; isFresh: boolean }

/** Networks to plug, by id. Subnets of the VIP are reached through its own interface. */
async function memberNetworks(context: RunContext): Promise<ReadonlyMap<string, MemberNetwork>> {
  const { graph } = context;
  const vipSubnets = new Set([graph.vip.subnetId, ...graph.additionalVips.map(({ subnetId }) => subnetId)]);
  const networks = new Map<string, MemberNetwork>();
  const members = graph.pools.filter(isKept).flatMap((pool) => pool.members.filter(isKept));
  for (const { subnetId, vnicType, provisioningStatus } of members) {
    if (subnetId === null || vipSubnets.has(subnetId)) continue;
    const networkId = await context.services.networkOfSubnet(subnetId);
    const known = networks.get(networkId) ?? { subnetIds: [], vnicType, isFresh: true };
    known.isFresh &&= provisioningStatus === 'PENDING_CREATE';
    if (!known.subnetIds.includes(subnetId)) known.subnetIds.push(subnetId);
    if (vnicType === 'direct') known.vnicType = 'direct';
    networks.set(networkId, known);
  }
  return networks;
}

/** Ports of the amphora that are neither wanted nor the VIP's nor its management port. */
async function leftoverPorts(context: RunContext, amphoraId: string, kept: ReadonlySet<string>): Promise<string[]> {
  const amphora = context.amphora(amphoraId);
  const ports = await context.services.network.listAmphoraPorts(amphoraId, 'all', amphora.computeId);
  return ports
    .filter((port) => !kept.has(port.id) && port.id !== amphora.vrrpPortId && port.name !== `octavia-lb-vrrp-${amphoraId}`)
    .filter((port) => port.id !== context.graph.vip.portId && !port.fixedIps.some(({ ipAddress }) => ipAddress === amphora.lbNetworkIp))
    .map(({ id }) => id);
}

function vipBody(graph: LoadBalancerGraph, { port, network, subnets }: PortAttachment): PlugVipBody {
  const subnetOf = (id: string | null): Subnet | undefined => subnets.find((subnet) => subnet.id === id);
  const main = subnetOf(graph.vip.subnetId) ?? subnets[0];
  if (main === undefined) throw new OctaviaError('vip-without-subnet', `Port ${port.id} of the VIP network has no subnet.`, { retry: 'wait' });
  const own = port.fixedIps.find(({ subnetId }) => subnetId === main.id);
  const additional = graph.additionalVips.flatMap(({ subnetId, ipAddress }) => {
    const subnet = subnetOf(subnetId);
    return subnet === undefined || ipAddress === null ? [] : [{ ip_address: ipAddress, ...subnetFields(subnet) }];
  });
  return {
    ...subnetFields(main), mac_address: port.macAddress, mtu: network.mtu, ...(own !== undefined && { vrrp_ip: own.ipAddress }),
    additional_vips: additional, is_sriov: graph.vip.vnicType === 'direct',
  };
}

function networkBody({ port, network, subnets }: PortAttachment): PlugNetworkBody {
  const fixedIps = port.fixedIps.flatMap(({ subnetId, ipAddress }) => {
    const subnet = subnets.find(({ id }) => id === subnetId);
    return subnet === undefined ? [] : [{ ip_address: ipAddress, ...subnetFields(subnet) }];
  });
  return { mac_address: port.macAddress, fixed_ips: fixedIps, mtu: network.mtu, is_sriov: port.vnicType === 'direct' };
}

function subnetFields(subnet: Subnet) {
  return { subnet_cidr: subnet.cidr, gateway: subnet.gatewayIp, host_routes: subnet.hostRoutes.map(({ destination, nexthop }) => ({ destination, nexthop })) };
}

function attachmentOf(context: RunContext, amphoraId: string): PortAttachment {
  const attachment = context.attachments.get(amphoraId);
  if (attachment === undefined) throw new OctaviaError('no-vrrp-port', `Amphora ${amphoraId} has no VIP port yet.`);
  return attachment;
}

function computeIdOf(context: RunContext, amphoraId: string): string {
  const { computeId } = context.amphora(amphoraId);
  if (computeId === null) throw new OctaviaError('no-instance', `Amphora ${amphoraId} has no compute instance.`, { retry: 'retry' });
  return computeId;
}
