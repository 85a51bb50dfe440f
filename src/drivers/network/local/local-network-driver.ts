import { ResourceNotFound } from '../../errors.ts';
import type { LoadBalancerGraph } from '../../../model/graph.ts';
import type { Network, NetworkCaller, NetworkDriver, PortAttachment } from '../network-driver.ts';
import { poolUsage } from './allocate-address.ts';
import type { Fabric } from './fabric/fabric.ts';
import { requireNetwork, requireSubnet, subnetsOf } from './networks.ts';
import { portKey, type NetworkRecord, type NetworkRecords, type PortRecord } from './network-records.ts';
import { createPort, deletePort, requirePort, updatePort } from './ports.ts';
import { requireQosPolicy } from './qos-policies.ts';
import { requireSecurityGroup } from './security-groups.ts';
import { asDriverError, asPortRefusal } from './driver-errors.ts';
import { ensureVipGroup, removeVipGroup } from './vip-group.ts';
import { allocateVip, ensureVip, removeVip, vipAddresses } from './vip-port.ts';
import { isVisible } from './visibility.ts';

export interface LocalNetworkOptions {
  readonly records: NetworkRecords;
  readonly fabric: Pick<Fabric, 'settled'>;
  /** Owner of what Octavia makes for itself: security groups and the amphorae's ports. */
  readonly serviceProjectId: string;
}

/** The embedded cloud's network as Octavia's network driver: records at once, the host's interfaces through PortWiring. */
export function createLocalNetworkDriver({ records, fabric, serviceProjectId }: LocalNetworkOptions): NetworkDriver {
  const owner = { records, serviceProjectId };
  return {
    getNetwork: (id, caller) => answer(() => networkOf(records, visible('Network', requireNetwork(records, id), caller))),
    getSubnet: (id, caller) => answer(() => {
      const subnet = requireSubnet(records, id);
      const network = requireNetwork(records, subnet.networkId);
      return visible('Subnet', { ...subnet, shared: network.shared, isExternal: network.isExternal }, caller);
    }),
    getPort: (id, caller) => answer(() => visible('Port', requirePort(records, id), caller)),
    getQosPolicy: (id, caller) => answer(() => {
      const policy = visible('QoS policy', requireQosPolicy(records, id), caller);
      const limit = policy.rules.find((rule) => rule.kind === 'bandwidth_limit');
      return { id, name: policy.name, ...(limit?.kind === 'bandwidth_limit' && { maxKbps: limit.maxKbps, maxBurstKbps: limit.maxBurstKbps }) };
    }),
    getSecurityGroup: (id, caller) => answer(() => visible('Security group', requireSecurityGroup(records, id), caller)),
    countFreeAddresses: (networkId) => answer(() => new Map(subnetsOf(records, requireNetwork(records, networkId).id).map((subnet) => {
      const { total, used } = poolUsage(records, subnet);
      return [subnet.id, total - used];
    }))),
    qosSupported: async () => true,

    allocateVip: (request) => answer(() => allocateVip(owner, request), asPortRefusal),
    ensureVip: (loadBalancer) => answer(() => ensureVip(owner, loadBalancer)),
    removeVip: (loadBalancer) => answer(() => removeVip(owner, loadBalancer)),

    ensureVrrpPort: (loadBalancer, amphoraId) => answer(() => attachmentOf(records, ensureVrrpPort(owner, loadBalancer, amphoraId))),
    ensureMemberPort: (_loadBalancer, amphoraId, networkId, subnetIds, vnicType) => answer(() => {
      const existing = records.portsBy(portKey.device(amphoraId)).find((port) => port.networkId === networkId && port.name !== vrrpName(amphoraId));
      if (!existing) {
        return attachmentOf(records, createPort(records, {
          name: `octavia-lb-member-${amphoraId}`, networkId, projectId: serviceProjectId, deviceOwner: 'Octavia', deviceId: amphoraId, vnicType,
          ...(subnetIds.length > 0 && { fixedIps: subnetIds.map((subnetId) => ({ subnetId })) }),
        }));
      }
      const missing = subnetIds.filter((subnetId) => !existing.fixedIps.some((fixed) => fixed.subnetId === subnetId));
      const surplus = subnetIds.length > 0 && existing.fixedIps.some((fixed) => !subnetIds.includes(fixed.subnetId));
      return attachmentOf(records, missing.length === 0 && !surplus ? existing : updatePort(records, existing.id, { fixedIps: subnetIds.map((subnetId) => ({ subnetId })) }));
    }),
    listAmphoraPorts: (amphoraId) => answer(() => [...new Set([...records.portsBy(portKey.device(amphoraId)), ...records.portsBy(portKey.name(vrrpName(amphoraId)))])]),
    removePort: async (portId) => {
      await answer(() => { if (records.ports.get(portId)) deletePort(records, portId); });
      await fabric.settled();
    },

    ensureSecurityGroup: async (loadBalancer) => {
      await answer(() => ensureVipGroup(owner, loadBalancer));
      await fabric.settled();
    },
    removeSecurityGroup: (loadBalancerId) => answer(() => removeVipGroup(owner, loadBalancerId)),
    applyQos: async (portId, qosPolicyId) => {
      await answer(() => updatePort(records, portId, { qosPolicyId }));
      await fabric.settled();
    },
  };
}

/** The VRRP port has an address of its own on every subnet that has a VIP, and may use the VIPs. */
function ensureVrrpPort({ records, serviceProjectId }: { records: NetworkRecords; serviceProjectId: string }, loadBalancer: LoadBalancerGraph, amphoraId: string): PortRecord {
  const vips = vipAddresses(records, loadBalancer);
  const allowedAddressPairs = vips.map((fixed) => ({ ipAddress: fixed.ipAddress }));
  return records.store.transaction(() => {
    const group = ensureVipGroup({ records, serviceProjectId }, loadBalancer);
    const securityGroupIds = [...loadBalancer.vip.securityGroupIds, group.id];
    const existing = records.portsBy(portKey.name(vrrpName(amphoraId)))[0];
    if (existing) return hasSame(existing, allowedAddressPairs, securityGroupIds) ? existing : updatePort(records, existing.id, { allowedAddressPairs, securityGroupIds });
    const networkId = loadBalancer.vip.networkId ?? records.ports.get(loadBalancer.vip.portId ?? '')?.networkId;
    if (networkId === undefined) throw new ResourceNotFound('Network of load balancer', loadBalancer.id);
    return createPort(records, {
      name: vrrpName(amphoraId), networkId, projectId: serviceProjectId, deviceOwner: 'Octavia', deviceId: amphoraId,
      fixedIps: [...new Set(vips.map((fixed) => fixed.subnetId))].map((subnetId) => ({ subnetId })),
      allowedAddressPairs, securityGroupIds, qosPolicyId: loadBalancer.vip.qosPolicyId, vnicType: loadBalancer.vip.vnicType,
    });
  });
}

function hasSame(port: PortRecord, pairs: PortRecord['allowedAddressPairs'], groups: readonly string[]): boolean {
  const text = (value: readonly unknown[]) => JSON.stringify(value);
  return text(port.allowedAddressPairs) === text(pairs) && text(port.securityGroupIds) === text([...new Set(groups)]);
}

function attachmentOf(records: NetworkRecords, port: PortRecord): PortAttachment {
  const subnetIds = new Set(port.fixedIps.map((fixed) => fixed.subnetId));
  return { port, network: networkOf(records, requireNetwork(records, port.networkId)), subnets: [...subnetIds].map((id) => requireSubnet(records, id)) };
}

function networkOf(records: NetworkRecords, network: NetworkRecord): Network {
  return { ...network, subnetIds: subnetsOf(records, network.id).map((subnet) => subnet.id) };
}

function visible<T extends { readonly id: string; readonly projectId: string | null; readonly shared?: boolean; readonly isExternal?: boolean }>(what: string, record: T, caller: NetworkCaller | undefined): T {
  if (caller && !isVisible(record, { projectId: caller.projectId, isAdmin: caller.isAdmin ?? false })) throw new ResourceNotFound(what, record.id);
  return record;
}

/** Records answer at once; their refusals become the driver's errors. */
async function answer<T>(work: () => T, inOurWords: (error: unknown) => unknown = asDriverError): Promise<T> {
  try {
    return work();
  } catch (error) {
    throw inOurWords(error);
  }
}

function vrrpName(amphoraId: string): string {
  return `octavia-lb-vrrp-${amphoraId}`;
}
