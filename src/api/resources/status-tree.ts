import type { Listener, LoadBalancerGraph, Pool } from '../../model/graph.ts';

interface Statuses { readonly operatingStatus: string; readonly provisioningStatus: string }

const statuses = (item: Statuses) => ({ operating_status: item.operatingStatus, provisioning_status: item.provisioningStatus });

/** The nested answer of `GET /loadbalancers/{id}/status`: pools appear below every listener that uses them. */
export function statusTree(graph: LoadBalancerGraph): Record<string, unknown> {
  return { id: graph.id, name: graph.name ?? '', ...statuses(graph), listeners: graph.listeners.map((listener) => listenerStatus(graph, listener)) };
}

function listenerStatus(graph: LoadBalancerGraph, listener: Listener): Record<string, unknown> {
  return { id: listener.id, name: listener.name ?? '', ...statuses(listener), pools: poolsOf(graph, listener).map(poolStatus) };
}

/** Default pool first, then redirect pools of enabled policies that have rules (octavia: db/models.py Listener.pools). */
function poolsOf(graph: LoadBalancerGraph, listener: Listener): Pool[] {
  const redirects = listener.l7policies.filter((policy) => policy.enabled && policy.rules.length > 0).map((policy) => policy.redirectPoolId);
  const ids = new Set([listener.defaultPoolId, ...redirects]);
  return [...ids].flatMap((id) => graph.pools.find((pool) => pool.id === id) ?? []);
}

function poolStatus(pool: Pool): Record<string, unknown> {
  const monitor = pool.healthMonitor;
  return {
    id: pool.id, name: pool.name ?? '', provisioning_status: pool.provisioningStatus, operating_status: pool.operatingStatus,
    // Left out, not null, when there is none.
    ...(monitor && { health_monitor: { id: monitor.id, name: monitor.name ?? '', type: monitor.type, provisioning_status: monitor.provisioningStatus, operating_status: monitor.operatingStatus } }),
    members: pool.members.map((member) => ({ id: member.id, name: member.name ?? '', ...statuses(member), address: member.ipAddress, protocol_port: member.protocolPort })),
  };
}
