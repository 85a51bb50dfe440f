import { AddressesExhausted, AddressInUse, PortRefused } from '../drivers/errors.ts';
import type { NetworkDriver } from '../drivers/network/network-driver.ts';
import { reasonOf } from '../lib/errors.ts';
import { ProviderError, type ProviderAdditionalVip, type ProviderVip } from './provider-driver.ts';

export interface VipPortCall {
  readonly loadBalancerId: string;
  readonly projectId: string | null;
  readonly vip: ProviderVip;
  readonly additional: readonly ProviderAdditionalVip[];
}

/** Makes or adopts the VIP ports. What the network service refuses passes through (400 and 409 at the API); anything else becomes ProviderError (500). */
export async function createAmphoraVipPort(network: NetworkDriver, call: VipPortCall): Promise<{ vip: ProviderVip; additional: readonly ProviderAdditionalVip[] }> {
  const networkId = call.vip.vip_network_id;
  if (typeof networkId !== 'string') throw new ProviderError('The VIP network is not known.');
  try {
    return await allocate(network, call, networkId);
  } catch (error) {
    if ([AddressInUse, AddressesExhausted, PortRefused, ProviderError].some((known) => error instanceof known)) throw error;
    throw new ProviderError(reasonOf(error), error);
  }
}

async function allocate(network: NetworkDriver, call: VipPortCall, networkId: string) {
  const vipNetwork = await network.getNetwork(networkId);
  if (!vipNetwork.portSecurityEnabled) throw new ProviderError('Port security must be enabled on the VIP network.');
  const { vip } = call;
  const allocated = await network.allocateVip({
    loadBalancerId: call.loadBalancerId,
    projectId: call.projectId,
    networkId,
    subnetId: vip.vip_subnet_id ?? null,
    ipAddress: vip.vip_address ?? null,
    portId: vip.vip_port_id ?? null,
    qosPolicyId: vip.vip_qos_policy_id ?? null,
    securityGroupIds: vip.vip_sg_ids ?? [],
    additional: call.additional.map((extra) => ({ subnetId: extra.subnet_id, ipAddress: extra.ip_address ?? null, portId: extra.port_id ?? null })),
  });
  return {
    vip: {
      vip_address: allocated.ipAddress, vip_network_id: allocated.networkId, vip_port_id: allocated.portId, vip_subnet_id: allocated.subnetId,
      vip_qos_policy_id: vip.vip_qos_policy_id ?? null, vip_sg_ids: vip.vip_sg_ids ?? [], octavia_owned: allocated.octaviaOwned,
    },
    additional: allocated.additional.map((extra) => ({
      ip_address: extra.ipAddress, network_id: extra.networkId, port_id: extra.portId, subnet_id: extra.subnetId,
    })),
  };
}
