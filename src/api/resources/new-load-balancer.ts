import { loadBalancer } from '../../model/resources/load-balancer.ts';
import { serialise } from '../../model/resources/serialise.ts';
import type { LoadBalancerGraph } from '../../model/graph.ts';
import type { Topology } from '../../model/enums.ts';
import { bareGraph } from '../../store/resources/provider-pieces.ts';
import { BARE_LOAD_BALANCER } from '../../store/resources/relations.ts';
import { toColumns } from '../../store/resources/write-rows.ts';
import type { Change } from '../machinery/change-tree.ts';
import type { PlannedTree } from './create-tree.ts';
import type { Placement } from './placement.ts';
import type { LoadBalancerBody, RequestedVip } from './vip-request.ts';

/** Everything a create decided before it writes. */
export interface Plan {
  readonly id: string;
  readonly projectId: string;
  readonly body: LoadBalancerBody;
  readonly placement: Placement;
  readonly vip: RequestedVip;
  readonly tree: PlannedTree;
}

/** Addresses and ports as they now are reserved. */
export interface ReservedVip {
  readonly ipAddress: string | null;
  readonly portId: string | null;
  readonly subnetId: string | null;
  readonly networkId: string;
  readonly isOwned: boolean;
  readonly additional: readonly { readonly ipAddress: string | null; readonly portId: string | null; readonly subnetId: string; readonly networkId: string | null }[];
}

/** The rows every load balancer has: its own and its VIP's. */
export function newRows(change: Pick<Change, 'now'>, plan: Plan, reserved: ReservedVip, defaultTopology: Topology) {
  const { id, projectId, body, placement, vip } = plan;
  return {
    loadBalancer: {
      ...toColumns(loadBalancer, body), id, project_id: projectId, provider: placement.provider, provisioning_status: 'PENDING_CREATE', operating_status: 'OFFLINE',
      topology: placement.flavor.loadbalancer_topology ?? defaultTopology, created_at: change.now, updated_at: null,
    },
    vip: {
      load_balancer_id: id, ip_address: reserved.ipAddress, port_id: reserved.portId, subnet_id: reserved.subnetId, network_id: reserved.networkId,
      qos_policy_id: vip.qosPolicyId, octavia_owned: reserved.isOwned, vnic_type: vnicTypeOf(placement),
    },
  } as const;
}

export type NewRows = ReturnType<typeof newRows>;

/** True when those two rows are all there is: answer and provider call then follow from memory, without reading them back. */
export function hasOnlyItsRows({ body, vip, tree }: Plan): boolean {
  return [body.tags ?? [], tree.listeners, tree.pools, vip.additional, vip.securityGroupIds].every((list) => list.length === 0);
}

/** The answer of a create, as `fullLoadBalancerBody` would read it. */
export function newBody(rows: NewRows): Record<string, unknown> {
  const vip = Object.fromEntries(Object.entries(rows.vip).map(([column, value]) => [`vip.${column}`, value]));
  return { [loadBalancer.root]: serialise(loadBalancer, { ...rows.loadBalancer, ...vip }, BARE_LOAD_BALANCER) };
}

/** The graph for the provider, as `loadGraph` would read it. */
export function newGraph(change: Pick<Change, 'loadBalancer'>, { body, placement, vip }: Plan, rows: NewRows): LoadBalancerGraph {
  const { ip_address: ipAddress, port_id: portId, subnet_id: subnetId, network_id: networkId, octavia_owned: octaviaOwned, vnic_type: vnicType } = rows.vip;
  return {
    ...bareGraph(change.loadBalancer),
    name: body.name ?? null, description: body.description ?? null, enabled: body.admin_state_up ?? true, topology: rows.loadBalancer.topology,
    flavor: placement.flavor, availabilityZoneName: body.availability_zone ?? null, availabilityZone: placement.zone,
    vip: { ipAddress, portId, subnetId, networkId, qosPolicyId: vip.qosPolicyId, octaviaOwned, vnicType, securityGroupIds: [] },
  };
}

function vnicTypeOf({ flavor }: Placement) {
  return flavor.sriov_vip ? 'direct' : 'normal';
}
