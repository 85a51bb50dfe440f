import { ResourceNotFound } from '../../errors.ts';
import type { LoadBalancerGraph } from '../../../model/graph.ts';
import { parseIp } from '../../../model/ip.ts';
import type { AllocatedVip, FixedIp, VipRequest } from '../network-driver.ts';
import { portKey, type NetworkRecords, type PortRecord } from './network-records.ts';
import { requireNetwork, requireSubnet } from './networks.ts';
import { createPort, deletePort, requirePort, updatePort, type FixedIpRequest } from './ports.ts';
import { findVipGroup, type VipGroupOwner } from './vip-group.ts';

/** Reserves the VIP and the additional VIPs on one port, as the original does, or adopts the user's port. */
export function allocateVip({ records }: VipGroupOwner, request: VipRequest): AllocatedVip {
  if (request.portId !== null) {
    const port = requirePort(records, request.portId);
    return describeVip(port, { octaviaOwned: false, primary: request, additional: request.additional });
  }
  const port = findOurs(records, request.loadBalancerId, request.projectId) ?? createPort(records, {
    name: `octavia-lb-${request.loadBalancerId}`, networkId: networkIdOf(records, request), projectId: request.projectId,
    deviceId: `lb-${request.loadBalancerId}`, deviceOwner: 'Octavia', adminStateUp: false, qosPolicyId: request.qosPolicyId,
    ...(request.securityGroupIds.length > 0 && { securityGroupIds: request.securityGroupIds }),
    fixedIps: [request, ...request.additional].map(fixedIpRequest),
  });
  return describeVip(port, { octaviaOwned: true, primary: request, additional: request.additional });
}

/** The VIP port as it is; made again with the same addresses when someone deleted it. */
export function ensureVip(owner: VipGroupOwner, loadBalancer: LoadBalancerGraph): AllocatedVip {
  const { records } = owner;
  const { vip } = loadBalancer;
  const existing = records.ports.get(vip.portId ?? '') ?? findOurs(records, loadBalancer.id, loadBalancer.projectId);
  const additional = loadBalancer.additionalVips.map((one) => ({ subnetId: one.subnetId, ipAddress: one.ipAddress, portId: null }));
  if (existing) return describeVip(existing, { octaviaOwned: vip.octaviaOwned || existing.deviceId === `lb-${loadBalancer.id}`, primary: vip, additional });
  return allocateVip(owner, {
    loadBalancerId: loadBalancer.id, projectId: loadBalancer.projectId, networkId: vip.networkId ?? '', subnetId: vip.subnetId, ipAddress: vip.ipAddress,
    portId: null, qosPolicyId: null, securityGroupIds: vip.securityGroupIds, additional,
  });
}

/** Deletes the port that Octavia owns; the user's own loses only our security group. */
export function removeVip(owner: VipGroupOwner, loadBalancer: LoadBalancerGraph): void {
  const { records } = owner;
  const port = records.ports.get(loadBalancer.vip.portId ?? '') ?? findOurs(records, loadBalancer.id, loadBalancer.projectId);
  if (!port) return;
  if (port.deviceId === `lb-${loadBalancer.id}` && port.deviceOwner === 'Octavia') return deletePort(records, port.id);
  const group = findVipGroup(owner, loadBalancer.id);
  if (group && port.securityGroupIds.includes(group.id)) {
    updatePort(records, port.id, { securityGroupIds: port.securityGroupIds.filter((id) => id !== group.id) });
  }
}

/** Any project may give its own ports that device; VIP ports are of the load balancer's project. */
function findOurs(records: NetworkRecords, loadBalancerId: string, ownerId: string | null): PortRecord | undefined {
  return records.portsBy(portKey.device(`lb-${loadBalancerId}`)).find(({ projectId }) => projectId === ownerId);
}

/** All VIP addresses with their subnets, from the VIP port; while it is missing from what the database says. */
export function vipAddresses(records: NetworkRecords, loadBalancer: LoadBalancerGraph): readonly FixedIp[] {
  const port = records.ports.get(loadBalancer.vip.portId ?? '');
  const wanted = [loadBalancer.vip, ...loadBalancer.additionalVips];
  return wanted.flatMap((vip) => {
    if (vip.ipAddress === null) return [];
    const subnetId = port?.fixedIps.find((fixed) => fixed.ipAddress === vip.ipAddress)?.subnetId ?? vip.subnetId;
    return subnetId === null ? [] : [{ subnetId, ipAddress: vip.ipAddress }];
  });
}

interface Wanted { readonly subnetId: string | null; readonly ipAddress: string | null }

function describeVip(port: PortRecord, wish: { octaviaOwned: boolean; primary: Wanted; additional: readonly Wanted[] }): AllocatedVip {
  const wanted = [wish.primary, ...wish.additional];
  const [primary, ...additional] = assign(port, wanted);
  if (!primary) throw new ResourceNotFound('VIP address', port.id);
  return {
    ipAddress: primary.ipAddress, portId: port.id, subnetId: primary.subnetId, networkId: port.networkId, octaviaOwned: wish.octaviaOwned,
    additional: additional.map((fixed) => ({ ipAddress: fixed.ipAddress, portId: port.id, subnetId: fixed.subnetId, networkId: port.networkId })),
  };
}

/** Which of the port's addresses answers each wish; named addresses first, so that an open wish never takes one of them. */
function assign(port: PortRecord, wanted: readonly Wanted[]): readonly FixedIp[] {
  const free = [...port.fixedIps];
  const chosen = new Map<Wanted, FixedIp>();
  for (const wish of wanted.toSorted((first, second) => Number(first.ipAddress === null) - Number(second.ipAddress === null))) {
    const index = free.findIndex((fixed) => (wish.subnetId === null || fixed.subnetId === wish.subnetId) && (wish.ipAddress === null || isSame(fixed.ipAddress, wish.ipAddress)));
    const [fixed] = index < 0 ? [] : free.splice(index, 1);
    if (!fixed) throw new ResourceNotFound('VIP address', wish.ipAddress ?? wish.subnetId ?? port.id);
    chosen.set(wish, fixed);
  }
  return wanted.flatMap((wish) => chosen.get(wish) ?? []);
}

function networkIdOf(records: NetworkRecords, request: VipRequest): string {
  if (request.networkId !== '') return requireNetwork(records, request.networkId).id;
  return requireSubnet(records, request.subnetId ?? '').networkId;
}

function fixedIpRequest(wanted: Wanted): FixedIpRequest {
  return { ...(wanted.subnetId !== null && { subnetId: wanted.subnetId }), ...(wanted.ipAddress !== null && { ipAddress: wanted.ipAddress }) };
}

function isSame(first: string, second: string): boolean {
  return first === second || (parseIp(first)?.value === parseIp(second)?.value && parseIp(first)?.version === parseIp(second)?.version);
}
