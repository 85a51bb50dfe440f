import type { LoadBalancerGraph } from '../../model/graph.ts';
import type { LockedLoadBalancer } from './lock-load-balancer.ts';

/**
 * A graph that knows its load balancer's identity and nothing below it: enough for the provider dicts of children, which
 * carry only their own columns and the project.
 */
export function bareGraph(loadBalancer: LockedLoadBalancer): LoadBalancerGraph {
  return {
    id: loadBalancer.id, projectId: loadBalancer.project_id, name: null, enabled: true, provisioningStatus: loadBalancer.provisioning_status, operatingStatus: 'OFFLINE',
    topology: 'SINGLE', provider: loadBalancer.provider, flavorId: loadBalancer.flavor_id, flavor: {}, availabilityZoneName: null, availabilityZone: {}, serverGroupId: null,
    vip: { ipAddress: null, portId: null, subnetId: null, networkId: null, qosPolicyId: null, octaviaOwned: false, vnicType: 'normal', securityGroupIds: [] },
    additionalVips: [], vrrpGroup: null, amphorae: [], listeners: [], pools: [],
  };
}
