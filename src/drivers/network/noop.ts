import { createHash } from 'node:crypto';
import type { VnicType } from '../../model/enums.ts';
import type { LoadBalancerGraph } from '../../model/graph.ts';
import type { AllocatedVip, FixedIp, Network, NetworkDriver, Port, PortAttachment, QosPolicy, Subnet, VipRequest } from './network-driver.ts';

/**
 * The no-op network (`network_noop_driver`): every id exists, every request succeeds, nothing is built. Addresses
 * are the original's (198.51.100.1 and up); ids follow from what they are asked for, so several processes agree.
 */
export function createNoopNetworkDriver(): NetworkDriver {
  const ports = new Map<string, Port>();
  const portIdsOfDevice = new Map<string, Set<string>>();
  const remember = (port: Port): Port => {
    ports.set(port.id, port);
    portIdsOfDevice.set(port.deviceId, (portIdsOfDevice.get(port.deviceId) ?? new Set()).add(port.id));
    return port;
  };
  const forget = (portId: string): void => {
    const deviceId = ports.get(portId)?.deviceId ?? '';
    ports.delete(portId);
    const siblings = portIdsOfDevice.get(deviceId);
    siblings?.delete(portId);
    if (siblings?.size === 0) portIdsOfDevice.delete(deviceId);
  };
  const attachment = (port: Port): PortAttachment => ({
    port,
    network: noopNetwork(port.networkId),
    subnets: [...new Set(port.fixedIps.map((fixed) => fixed.subnetId))].map(noopSubnet),
  });
  const vipPort = (vip: AllocatedVip, loadBalancerId: string, projectId: string | null): Port =>
    remember(noopPort(vip.portId, vip.networkId, fixedIpsOf(vip), {
      name: `octavia-lb-${loadBalancerId}`, deviceId: `lb-${loadBalancerId}`, deviceOwner: 'Octavia', projectId, adminStateUp: false,
    }));

  return {
    getNetwork: async (id) => noopNetwork(id),
    getSubnet: async (id) => noopSubnet(id),
    getPort: async (id) => ports.get(id) ?? strangersPort(id),
    getQosPolicy: async (id): Promise<QosPolicy> => ({ id, name: id }),
    getSecurityGroup: async (id) => ({ id, name: id, projectId: null }),
    countFreeAddresses: async (networkId) => new Map([[subnetOf(networkId), 250]]),
    qosSupported: async () => true,

    allocateVip: async (request) => {
      const vip = allocate(request, ports.get(request.portId ?? ''));
      if (vip.octaviaOwned) vipPort(vip, request.loadBalancerId, request.projectId);
      return vip;
    },
    removeVip: async (loadBalancer) => forget(loadBalancer.vip.portId ?? ''),
    ensureVip: async (loadBalancer) => existingVip(loadBalancer),
    ensureVrrpPort: async (loadBalancer, amphoraId) => {
      const vip = existingVip(loadBalancer);
      const addresses = [vip.ipAddress, ...vip.additional.map((additional) => additional.ipAddress)];
      return attachment(remember(noopPort(idFor('vrrp-port', amphoraId), vip.networkId, fixedIpsOf(vip), {
        name: `octavia-lb-vrrp-${amphoraId}`, deviceId: amphoraId, projectId: loadBalancer.projectId,
        allowedAddressPairs: addresses.map((ipAddress) => ({ ipAddress })), vnicType: loadBalancer.vip.vnicType,
      })));
    },
    ensureMemberPort: async (loadBalancer, amphoraId, networkId, subnetIds, vnicType: VnicType) => {
      const fixedIps = (subnetIds.length > 0 ? subnetIds : [subnetOf(networkId)]).map((subnetId, index) => ({ subnetId, ipAddress: `198.51.100.${20 + index}` }));
      return attachment(remember(noopPort(idFor('member-port', amphoraId, networkId), networkId, fixedIps, {
        name: `octavia-lb-member-${amphoraId}`, deviceId: amphoraId, projectId: loadBalancer.projectId, vnicType,
      })));
    },
    listAmphoraPorts: async (amphoraId) => [...(portIdsOfDevice.get(amphoraId) ?? [])].flatMap((id) => ports.get(id) ?? []),
    removePort: async (portId) => forget(portId),
    ensureSecurityGroup: async () => undefined,
    removeSecurityGroup: async () => undefined,
    applyQos: async () => undefined,
  };
}

const FIRST_ADDRESS = '198.51.100.1';

/** A stable UUID for a name. */
function idFor(...parts: readonly string[]): string {
  const digest = createHash('sha1').update(parts.join('\0')).digest();
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6);
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
  return digest.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Flips the node part of a UUID: network and subnet lead to each other without any memory of either. */
function flip(id: string, mask: bigint): string {
  const node = id.slice(-12);
  return /^[0-9a-f]{12}$/.test(node) ? id.slice(0, -12) + (BigInt(`0x${node}`) ^ mask).toString(16).padStart(12, '0') : idFor('noop', id);
}
const subnetOf = (networkId: string): string => flip(networkId, 0x5b_5b_5b_5b_5b_5bn);
const networkOfSubnet = subnetOf;
const networkOfPort = (portId: string): string => flip(portId, 0xa7_a7_a7_a7_a7_a7n);

function noopNetwork(id: string): Network {
  return { id, name: id, projectId: null, mtu: 1500, subnetIds: [subnetOf(id)], portSecurityEnabled: true, isExternal: false, holdsAnySubnet: true };
}

function noopSubnet(id: string): Subnet {
  return { id, name: id, networkId: networkOfSubnet(id), projectId: null, ipVersion: 4, cidr: '198.51.100.0/24', gatewayIp: '198.51.100.254', hostRoutes: [], holdsAnyAddress: true };
}

function noopPort(id: string, networkId: string, fixedIps: readonly FixedIp[], given: Partial<Port>): Port {
  return {
    id, networkId, fixedIps, name: id, projectId: null, macAddress: `fa:16:3e:${id.slice(-6).replace(/(..)(?=.)/g, '$1:')}`, deviceId: '', deviceOwner: '',
    status: 'ACTIVE', adminStateUp: true, qosPolicyId: null, securityGroupIds: [], allowedAddressPairs: [], vnicType: 'normal', ...given,
  };
}

/** A port nobody asked us for: a user's own, on a network of its own. */
function strangersPort(id: string): Port {
  const networkId = networkOfPort(id);
  return noopPort(id, networkId, [{ subnetId: subnetOf(networkId), ipAddress: FIRST_ADDRESS }], {});
}

function allocate(request: VipRequest, known: Port | undefined): AllocatedVip {
  const adopted = request.portId === null ? undefined : (known ?? strangersPort(request.portId));
  return {
    ipAddress: request.ipAddress ?? adopted?.fixedIps[0]?.ipAddress ?? FIRST_ADDRESS,
    portId: request.portId ?? idFor('vip-port', request.loadBalancerId),
    subnetId: request.subnetId ?? subnetOf(request.networkId),
    networkId: request.networkId,
    octaviaOwned: request.portId === null,
    additional: request.additional.map((additional, index) => ({
      ipAddress: additional.ipAddress ?? `198.51.100.${index + 2}`,
      portId: additional.portId ?? idFor('vip-port', request.loadBalancerId, additional.subnetId),
      subnetId: additional.subnetId,
      networkId: request.networkId,
    })),
  };
}

function existingVip(loadBalancer: LoadBalancerGraph): AllocatedVip {
  const { vip, additionalVips, id } = loadBalancer;
  const networkId = vip.networkId ?? (vip.subnetId === null ? idFor('network', id) : networkOfSubnet(vip.subnetId));
  return {
    ipAddress: vip.ipAddress ?? FIRST_ADDRESS,
    portId: vip.portId ?? idFor('vip-port', id),
    subnetId: vip.subnetId ?? subnetOf(networkId),
    networkId,
    octaviaOwned: vip.octaviaOwned,
    additional: additionalVips.map((additional, index) => ({
      ipAddress: additional.ipAddress ?? `198.51.100.${index + 2}`,
      portId: additional.portId ?? idFor('vip-port', id, additional.subnetId),
      subnetId: additional.subnetId,
      networkId: additional.networkId ?? networkId,
    })),
  };
}

function fixedIpsOf(vip: AllocatedVip): FixedIp[] {
  const main = vip.subnetId === null ? [] : [{ subnetId: vip.subnetId, ipAddress: vip.ipAddress }];
  return [...main, ...vip.additional.map(({ subnetId, ipAddress }) => ({ subnetId, ipAddress }))];
}
