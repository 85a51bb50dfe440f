import { checkNotReserved } from '../../model/rules/reserved-address.ts';
import type { RequestContext } from '../auth/request-context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { takeQuota, type Change } from '../machinery/change-tree.ts';
import { checkNewMonitor, insertHealthMonitor } from './insert-health-monitor.ts';
import { flavorAllowsSriov, insertMember } from './insert-member.ts';
import type { CompletePool } from './insert-pool.ts';
import { requireSubnet } from './network-checks.ts';

/** Rules about the members and monitor that come along with a new pool. */
export async function checkPoolChildren(deps: ApiDependencies, context: RequestContext, body: CompletePool): Promise<void> {
  if (body.healthmonitor) checkNewMonitor(deps, body.healthmonitor, body.protocol);
  const subnets = new Set<string>();
  for (const member of body.members ?? []) {
    checkNotReserved(member.address, deps.config.networking.reserved_ips);
    if (member.subnet_id) subnets.add(member.subnet_id);
  }
  for (const subnet of subnets) await requireSubnet(deps, context, subnet);
}

/** Inserts them, taking their quota first. */
export async function insertPoolChildren(deps: ApiDependencies, change: Change, poolId: string, body: CompletePool): Promise<void> {
  const members = body.members ?? [];
  if (body.healthmonitor) {
    await takeQuota(deps, change.trx, change.loadBalancer.project_id, { type: 'health_monitor', label: 'Health Monitor', count: 1 });
    await insertHealthMonitor(change, poolId, body.healthmonitor);
  }
  await takeQuota(deps, change.trx, change.loadBalancer.project_id, { type: 'member', label: 'Member', count: members.length });
  const allowsSriov = members.some((member) => member.request_sriov) && (await flavorAllowsSriov(change.trx, change.loadBalancer.flavor_id));
  for (const member of members) await insertMember(change, { poolId, hasMonitor: Boolean(body.healthmonitor), allowsSriov }, member);
}
