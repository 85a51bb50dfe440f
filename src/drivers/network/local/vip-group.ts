import type { LoadBalancerGraph } from '../../../model/graph.ts';
import { portKey, type NetworkRecords, type SecurityGroupRecord } from './network-records.ts';
import { updatePort } from './ports.ts';
import { createRule, createSecurityGroup, deleteRule, deleteSecurityGroup, rulesOf, saysTheSame } from './security-groups.ts';
import { leavesVipItsGroups, vipSecurityRules } from './vip-security-rules.ts';

export interface VipGroupOwner { readonly records: NetworkRecords; readonly serviceProjectId: string }

/** The group `lb-<id>` of a load balancer: any project may have one of that name, ours is the service's. */
export function findVipGroup({ records, serviceProjectId }: VipGroupOwner, loadBalancerId: string): SecurityGroupRecord | undefined {
  return records.securityGroupsNamed(vipGroupName(loadBalancerId)).find(({ projectId }) => projectId === serviceProjectId);
}

function vipGroupName(loadBalancerId: string): string {
  return `lb-${loadBalancerId}`;
}

/** Brings `lb-<id>`, its ingress rules and the ports it guards in line with the load balancer; writes only what differs. A user's own port keeps what it had besides. */
export function ensureVipGroup(owner: VipGroupOwner, loadBalancer: LoadBalancerGraph): SecurityGroupRecord {
  const { records, serviceProjectId } = owner;
  return records.store.transaction(() => {
    const found = findVipGroup(owner, loadBalancer.id);
    const group = found ?? createSecurityGroup(records, { name: vipGroupName(loadBalancer.id), projectId: serviceProjectId });
    syncRules(records, loadBalancer, group.id);
    const wanted = [...new Set([...loadBalancer.vip.securityGroupIds, group.id])];
    const amphoraPorts = loadBalancer.amphorae.flatMap((amphora) => records.portsBy(portKey.name(`octavia-lb-vrrp-${amphora.id}`)));
    const isVipLeft = found !== undefined && leavesVipItsGroups(loadBalancer) && amphoraPorts.every((port) => !port.portSecurityEnabled || isSame(port.securityGroupIds, wanted));
    const vipPort = isVipLeft ? undefined : records.ports.get(loadBalancer.vip.portId ?? '');
    for (const port of [...(vipPort ? [vipPort] : []), ...amphoraPorts]) {
      const qosPolicyId = port === vipPort ? port.qosPolicyId : loadBalancer.vip.qosPolicyId;
      const securityGroupIds = port === vipPort && !loadBalancer.vip.octaviaOwned ? [...new Set([...port.securityGroupIds, ...wanted])] : wanted;
      const isCurrent = isSame(port.securityGroupIds, securityGroupIds) && port.qosPolicyId === qosPolicyId;
      if (!isCurrent && port.portSecurityEnabled) updatePort(records, port.id, { securityGroupIds, qosPolicyId });
    }
    return group;
  });
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Takes the group off its ports and deletes it; gone already is success. */
export function removeVipGroup(owner: VipGroupOwner, loadBalancerId: string): void {
  const { records } = owner;
  records.store.transaction(() => {
    const group = findVipGroup(owner, loadBalancerId);
    if (!group) return;
    for (const port of records.portsBy(portKey.group(group.id))) {
      updatePort(records, port.id, { securityGroupIds: port.securityGroupIds.filter((id) => id !== group.id) });
    }
    deleteSecurityGroup(records, group.id);
  });
}

function syncRules(records: NetworkRecords, loadBalancer: LoadBalancerGraph, groupId: string): void {
  const desired = vipSecurityRules(loadBalancer, groupId);
  const present = rulesOf(records, groupId).filter((rule) => rule.direction === 'ingress');
  for (const rule of present) if (!desired.some((spec) => saysTheSame(rule, spec))) deleteRule(records, rule.id);
  for (const spec of desired) if (!present.some((rule) => saysTheSame(rule, spec))) createRule(records, spec);
}
