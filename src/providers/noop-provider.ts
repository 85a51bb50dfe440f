import { randomUUID } from 'node:crypto';
import type { ProviderDriver } from './provider-driver.ts';

const FLAVOR_METADATA = new Map([['amp_image_tag', 'The glance image tag to use for this load balancer.']]);
const AVAILABILITY_ZONE_METADATA = new Map([
  ['compute_zone', 'The compute availability zone to use for this loadbalancer.'],
  ['volume_zone', 'The volume availability zone to use for this loadbalancer.'],
]);

/**
 * Accepts every call and does nothing: objects stay PENDING until something else (a driver agent) reports on them, as
 * with the original's noop_driver. For tests of the API alone.
 */
export function createNoopProvider(): ProviderDriver {
  const accept = async () => undefined;
  return {
    async createVipPort(_loadBalancerId, _projectId, vip, additional) {
      return {
        vip: {
          vip_address: vip.vip_address ?? '198.0.2.5',
          vip_network_id: vip.vip_network_id ?? randomUUID(),
          vip_port_id: vip.vip_port_id ?? randomUUID(),
          vip_subnet_id: vip.vip_subnet_id ?? randomUUID(),
          ...(vip.vip_qos_policy_id !== undefined && { vip_qos_policy_id: vip.vip_qos_policy_id }),
          vip_sg_ids: vip.vip_sg_ids ?? [],
        },
        additional,
      };
    },
    loadbalancerCreate: accept, loadbalancerDelete: accept, loadbalancerFailover: accept, loadbalancerUpdate: accept,
    listenerCreate: accept, listenerDelete: accept, listenerUpdate: accept,
    poolCreate: accept, poolDelete: accept, poolUpdate: accept,
    memberCreate: accept, memberDelete: accept, memberUpdate: accept, memberBatchUpdate: accept,
    healthMonitorCreate: accept, healthMonitorDelete: accept, healthMonitorUpdate: accept,
    l7policyCreate: accept, l7policyDelete: accept, l7policyUpdate: accept,
    l7ruleCreate: accept, l7ruleDelete: accept, l7ruleUpdate: accept,
    getSupportedFlavorMetadata: async () => FLAVOR_METADATA,
    validateFlavor: accept,
    getSupportedAvailabilityZoneMetadata: async () => AVAILABILITY_ZONE_METADATA,
    validateAvailabilityZone: accept,
  };
}
