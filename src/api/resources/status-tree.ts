import type { Outline, PoolOutline, StatusOutline } from '../../store/resources/status-outline.ts';

const statuses = (item: Outline) => ({ operating_status: item.operatingStatus, provisioning_status: item.provisioningStatus });

/** The nested answer of `GET /loadbalancers/{id}/status`: pools appear below every listener that uses them (octavia: db/models.py Listener.pools). */
export function statusTree(tree: StatusOutline): Record<string, unknown> {
  const listeners = tree.listeners.map((listener) => {
    const pools = listener.poolIds.flatMap((id) => tree.pools.get(id) ?? []);
    return { id: listener.id, name: listener.name, ...statuses(listener), pools: pools.map(poolStatus) };
  });
  return { id: tree.id, name: tree.name, ...statuses(tree), listeners };
}

function poolStatus(pool: PoolOutline): Record<string, unknown> {
  const { monitor } = pool;
  return {
    id: pool.id, name: pool.name, provisioning_status: pool.provisioningStatus, operating_status: pool.operatingStatus,
    // Left out, not null, when there is none.
    ...(monitor && { health_monitor: { id: monitor.id, name: monitor.name, type: monitor.type, provisioning_status: monitor.provisioningStatus, operating_status: monitor.operatingStatus } }),
    members: pool.members.map((member) => ({ id: member.id, name: member.name, ...statuses(member), address: member.address, protocol_port: member.port })),
  };
}
