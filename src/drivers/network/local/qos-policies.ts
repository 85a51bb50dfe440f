import { randomUUID } from 'node:crypto';
import { NetworkFault, notFound } from './network-faults.ts';
import { described, timestamp, type NetworkRecords, type QosPolicyRecord, type QosRule } from './network-records.ts';

export interface QosPolicySpec { readonly name: string; readonly projectId: string | null; readonly description?: string; readonly shared?: boolean; readonly isDefault?: boolean }

export function createQosPolicy(records: NetworkRecords, spec: QosPolicySpec): QosPolicyRecord {
  return records.store.transaction(() => records.qosPolicies.put({
    id: randomUUID(), name: spec.name, projectId: spec.projectId, shared: spec.shared ?? false, isDefault: spec.isDefault ?? false, rules: [], ...described(spec.description),
  }));
}

export function updateQosPolicy(records: NetworkRecords, id: string, change: Partial<Omit<QosPolicySpec, 'projectId'>>): QosPolicyRecord {
  return records.store.transaction(() => records.qosPolicies.put({ ...requireQosPolicy(records, id), ...change, updatedAt: timestamp() }));
}

export function deleteQosPolicy(records: NetworkRecords, id: string): void {
  records.store.transaction(() => {
    requireQosPolicy(records, id);
    const port = records.ports.find((candidate) => candidate.qosPolicyId === id);
    const network = records.networks.find((candidate) => candidate.qosPolicyId === id);
    if (port ?? network) throw new NetworkFault(409, 'QosPolicyInUse', `QoS Policy ${id} is used by ${port ? `port ${port.id}` : `network ${network?.id}`}.`);
    records.qosPolicies.delete(id);
  });
}

export type QosRuleSpec = QosRule extends infer R ? (R extends { readonly id: string } ? Omit<R, 'id'> : never) : never;

/** Adds a rule; one of each kind and direction is allowed. */
export function createQosRule(records: NetworkRecords, policyId: string, spec: QosRuleSpec): QosRule {
  const policy = requireQosPolicy(records, policyId);
  const twin = policy.rules.find((rule) => rule.kind === spec.kind && directionOf(rule) === directionOf(spec));
  if (twin) throw new NetworkFault(409, 'QoSRulesConflict', `Rule ${spec.kind} conflicts with rule ${twin.id} which already exists in QoS Policy ${policyId}.`);
  const rule: QosRule = { id: randomUUID(), ...spec };
  putRules(records, policy, [...policy.rules, rule]);
  return rule;
}

/** Replaces a rule of the same kind. */
export function updateQosRule(records: NetworkRecords, policyId: string, rule: QosRule): QosRule {
  const policy = requireQosPolicy(records, policyId);
  requireQosRule(records, policyId, rule.id);
  putRules(records, policy, policy.rules.map((other) => (other.id === rule.id ? rule : other)));
  return rule;
}

export function deleteQosRule(records: NetworkRecords, policyId: string, ruleId: string): void {
  const policy = requireQosPolicy(records, policyId);
  requireQosRule(records, policyId, ruleId);
  putRules(records, policy, policy.rules.filter((rule) => rule.id !== ruleId));
}

export function requireQosRule(records: NetworkRecords, policyId: string, ruleId: string): QosRule {
  const rule = requireQosPolicy(records, policyId).rules.find((candidate) => candidate.id === ruleId);
  if (!rule) throw new NetworkFault(404, 'QosRuleNotFound', `QoS rule ${ruleId} for policy ${policyId} could not be found.`);
  return rule;
}

export function requireQosPolicy(records: NetworkRecords, id: string): QosPolicyRecord {
  const policy = records.qosPolicies.get(id);
  if (!policy) throw notFound('QoS policy', id);
  return policy;
}

function putRules(records: NetworkRecords, policy: QosPolicyRecord, rules: readonly QosRule[]): void {
  records.store.transaction(() => records.qosPolicies.put({ ...policy, rules, updatedAt: timestamp() }));
}

function directionOf(rule: QosRuleSpec): string {
  return 'direction' in rule ? rule.direction : '';
}
