import type { FastifyInstance, FastifyRequest } from 'fastify';
import { NetworkFault, notFound } from '../../drivers/network/local/network-faults.ts';
import type { Direction, QosPolicyRecord, QosRule } from '../../drivers/network/local/network-records.ts';
import {
  createQosPolicy, createQosRule, deleteQosPolicy, deleteQosRule, requireQosPolicy, requireQosRule, updateQosPolicy, updateQosRule, type QosRuleSpec,
} from '../../drivers/network/local/qos-policies.ts';
import { isVisible } from '../../drivers/network/local/visibility.ts';
import type { TokenInfo } from '../../openstack/token.ts';
import { present, readFields, type Fields } from '../http/fields.ts';
import { listView } from '../http/listing.ts';
import { queryOf, requireToken } from '../http/service-scope.ts';
import { malformed } from './network-fault-style.ts';
import { networkCaller, ownerOf, adminOnly } from './network-caller.ts';
import { mustOwn, rootOf, writer, type NetworkResource, type NetworkService } from './resource-routes.ts';
import { qosPolicyView, qosRuleView } from './views.ts';

export function qosPolicyResource({ records }: NetworkService): NetworkResource<QosPolicyRecord> {
  const changes = (fields: Fields) => present({ description: fields.text('description'), shared: fields.flag('shared'), isDefault: fields.flag('is_default') });
  return {
    path: 'qos/policies', singular: 'policy', plural: 'policies', collection: records.qosPolicies, notFound: (id) => notFound('QoS policy', id), view: qosPolicyView,
    create: (fields, caller) => {
      if (fields.flag('shared') === true) adminOnly(fields, caller, ['shared'], 'create_policy');
      return createQosPolicy(records, { ...changes(fields), name: fields.requiredText('name'), projectId: ownerOf(fields, caller, 'create_policy') });
    },
    update: (policy, fields, caller) => {
      if (fields.flag('shared') === true && !policy.shared) adminOnly(fields, caller, ['shared'], 'update_policy');
      return updateQosPolicy(records, policy.id, { ...changes(fields), ...present({ name: fields.text('name') }) });
    },
    remove: (policy) => deleteQosPolicy(records, policy.id),
  };
}

const KINDS = ['bandwidth_limit', 'dscp_marking', 'minimum_bandwidth'] as const;

/** `/v2.0/qos/policies/<id>/<kind>_rules` and the list of rule types. */
export function registerQosRules(scope: FastifyInstance, service: NetworkService): void {
  scope.get('/v2.0/qos/rule-types', async (request) => {
    await requireToken(request, service.tokens);
    return { rule_types: KINDS.map((type) => ({ type })) };
  });
  for (const kind of KINDS) registerKind(scope, service, kind);
}

function registerKind(scope: FastifyInstance, service: NetworkService, kind: (typeof KINDS)[number]): void {
  const { records } = service;
  const base = `/v2.0/qos/policies/:policyId/${kind}_rules`;
  const [singular, plural] = [`${kind}_rule`, `${kind}_rules`];
  const ids = (request: FastifyRequest) => request.params as { policyId: string; ruleId: string };
  const readable = async (request: FastifyRequest) => policyFor(request, service, await requireToken(request, service.tokens));
  const writable = async (request: FastifyRequest, action: string) => {
    const caller = await writer(request, service, action);
    const policy = requireQosPolicy(records, ids(request).policyId);
    mustOwn(policy, caller, action);
    return policy;
  };
  const ruleOf = (policy: QosPolicyRecord, ruleId: string): QosRule => {
    const rule = requireQosRule(records, policy.id, ruleId);
    if (rule.kind !== kind) throw new NetworkFault(404, 'QosRuleNotFound', `QoS rule ${ruleId} for policy ${policy.id} could not be found.`);
    return rule;
  };

  scope.get(base, async (request) => {
    const policy = await readable(request);
    return { [plural]: listView(policy.rules.filter((rule) => rule.kind === kind).map((rule) => qosRuleView(policy.id, rule)), queryOf(request)) };
  });
  scope.get(`${base}/:ruleId`, async (request) => {
    const policy = await readable(request);
    return { [singular]: qosRuleView(policy.id, ruleOf(policy, ids(request).ruleId)) };
  });
  scope.post(base, async (request, reply) => {
    const policy = await writable(request, `create_policy_${singular}`);
    const rule = createQosRule(records, policy.id, readRule(kind, rootOf(readFields(request.body, malformed), singular), null));
    await service.fabric.settled();
    return reply.code(201).send({ [singular]: qosRuleView(policy.id, rule) });
  });
  scope.put(`${base}/:ruleId`, async (request) => {
    const policy = await writable(request, `update_policy_${singular}`);
    const before = ruleOf(policy, ids(request).ruleId);
    const rule = updateQosRule(records, policy.id, { ...readRule(kind, rootOf(readFields(request.body, malformed), singular), before), id: before.id });
    await service.fabric.settled();
    return { [singular]: qosRuleView(policy.id, rule) };
  });
  scope.delete(`${base}/:ruleId`, async (request, reply) => {
    const policy = await writable(request, `delete_policy_${singular}`);
    deleteQosRule(records, policy.id, ruleOf(policy, ids(request).ruleId).id);
    await service.fabric.settled();
    return reply.code(204).send();
  });
}

function policyFor(request: FastifyRequest, { records }: NetworkService, token: TokenInfo): QosPolicyRecord {
  const policy = requireQosPolicy(records, (request.params as { policyId: string }).policyId);
  if (!isVisible(policy, networkCaller(token))) throw notFound('QoS policy', policy.id);
  return policy;
}

const LARGEST_AMOUNT = 2_147_483_647;

function readRule(kind: (typeof KINDS)[number], fields: Fields, before: QosRule | null): QosRuleSpec {
  const amount = (key: string): number | undefined => {
    const value = fields.integer(key);
    if (value !== undefined && (value < 0 || value > LARGEST_AMOUNT)) throw malformed(`'${key}' is not between 0 and ${LARGEST_AMOUNT}`);
    return value;
  };
  const required = (key: string, present: number | undefined): number => {
    const value = amount(key) ?? present;
    if (value === undefined) throw malformed(`'${key}' is missing`);
    return value;
  };
  const direction = directionOf(fields) ?? (before && 'direction' in before ? before.direction : 'egress');
  switch (kind) {
    case 'bandwidth_limit': {
      const old = before?.kind === kind ? before : undefined;
      return { kind, direction, maxKbps: required('max_kbps', old?.maxKbps), maxBurstKbps: amount('max_burst_kbps') ?? old?.maxBurstKbps ?? 0 };
    }
    case 'minimum_bandwidth': return { kind, direction, minKbps: required('min_kbps', before?.kind === kind ? before.minKbps : undefined) };
    case 'dscp_marking': return { kind, dscpMark: required('dscp_mark', before?.kind === kind ? before.dscpMark : undefined) };
  }
}

function directionOf(fields: Fields): Direction | undefined {
  const text = fields.text('direction');
  if (text === undefined || text === 'ingress' || text === 'egress') return text;
  throw malformed(`'${text}' is not in ['egress', 'ingress']`);
}
