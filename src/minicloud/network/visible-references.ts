import { notFound } from '../../drivers/network/local/network-faults.ts';
import type { NetworkRecords } from '../../drivers/network/local/network-records.ts';
import { isVisible } from '../../drivers/network/local/visibility.ts';
import type { NetworkApiCaller } from './network-caller.ts';

interface References { readonly securityGroupIds?: readonly string[]; readonly qosPolicyId?: string | null }

/**
 * Throws Neutron's 404 when a change names a group or policy that the caller does not see: with another project's group a
 * port would be let in wherever that group is. What `before` has already stays, such as a load balancer's group on its VIP port.
 */
export function requireVisibleReferences(records: NetworkRecords, change: References, caller: NetworkApiCaller, before: References = {}): void {
  for (const id of change.securityGroupIds ?? []) {
    const group = records.securityGroups.get(id);
    if (!before.securityGroupIds?.includes(id) && !(group && isVisible(group, caller))) throw notFound('security group', id);
  }
  const policyId = change.qosPolicyId ?? null;
  if (policyId === null || policyId === before.qosPolicyId) return;
  const policy = records.qosPolicies.get(policyId);
  if (!policy || !isVisible(policy, caller)) throw notFound('QoS policy', policyId);
}
