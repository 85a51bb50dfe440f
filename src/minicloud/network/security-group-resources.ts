import { notFound } from '../../drivers/network/local/network-faults.ts';
import type { SecurityGroupRecord, SecurityGroupRule } from '../../drivers/network/local/network-records.ts';
import { createRule, createSecurityGroup, deleteRule, deleteSecurityGroup, ensureDefaultGroup, requireSecurityGroup, updateSecurityGroup } from '../../drivers/network/local/security-groups.ts';
import { isVisible } from '../../drivers/network/local/visibility.ts';
import { present, type Fields } from '../http/fields.ts';
import { malformed } from './network-fault-style.ts';
import { ownerOf } from './network-caller.ts';
import type { NetworkResource, NetworkService } from './resource-routes.ts';
import { ruleView, securityGroupView } from './views.ts';

export function securityGroupResource({ records }: NetworkService): NetworkResource<SecurityGroupRecord> {
  return {
    path: 'security-groups', singular: 'security_group', plural: 'security_groups', collection: records.securityGroups,
    notFound: (id) => notFound('security group', id), view: (group) => securityGroupView(records, group),
    beforeList: (caller) => { if (caller.projectId !== null) ensureDefaultGroup(records, caller.projectId); },
    create: (fields, caller) => createSecurityGroup(records, {
      name: fields.requiredText('name'), projectId: ownerOf(fields, caller, 'create_security_group'), ...present({ description: fields.text('description') }),
    }),
    update: (group, fields) => updateSecurityGroup(records, group.id, present({ name: fields.text('name'), description: fields.text('description') })),
    remove: (group) => deleteSecurityGroup(records, group.id),
  };
}

export function securityGroupRuleResource({ records }: NetworkService): NetworkResource<SecurityGroupRule> {
  return {
    path: 'security-group-rules', singular: 'security_group_rule', plural: 'security_group_rules', collection: records.securityGroupRules,
    notFound: (id) => notFound('security group rule', id), view: ruleView,
    create: (fields, caller) => {
      const securityGroupId = fields.requiredText('security_group_id');
      if (!isVisible(requireSecurityGroup(records, securityGroupId), caller)) throw notFound('security group', securityGroupId);
      return createRule(records, {
        securityGroupId, direction: oneOf(fields, 'direction', ['ingress', 'egress'] as const) ?? 'ingress',
        ethertype: oneOf(fields, 'ethertype', ['IPv4', 'IPv6'] as const) ?? 'IPv4', // Octavia sends 112 and 51 as numbers.
        protocol: fields.word('protocol') ?? null,
        ...present({
          portRangeMin: fields.nullableInteger('port_range_min'), portRangeMax: fields.nullableInteger('port_range_max'), remoteIpPrefix: fields.nullableText('remote_ip_prefix'),
          remoteGroupId: fields.nullableText('remote_group_id'), description: fields.text('description'),
        }),
      });
    },
    remove: (rule) => deleteRule(records, rule.id),
  };
}

function oneOf<const T extends string>(fields: Fields, key: string, values: readonly T[]): T | undefined {
  const text = fields.text(key);
  if (text === undefined) return undefined;
  const found = values.find((value) => value.toLowerCase() === text.toLowerCase());
  if (found === undefined) throw malformed(`'${text}' is not in [${values.map((value) => `'${value}'`).join(', ')}]`);
  return found;
}
