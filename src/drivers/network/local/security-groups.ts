import { randomUUID } from 'node:crypto';
import { parseCidr, formatCidr } from '../../../model/ip.ts';
import { NetworkFault, notFound } from './network-faults.ts';
import { described, portKey, timestamp, type Direction, type Ethertype, type NetworkRecords, type SecurityGroupRecord, type SecurityGroupRule } from './network-records.ts';
import { protocolNumber } from './protocols.ts';

export interface SecurityGroupSpec { readonly name: string; readonly projectId: string | null; readonly description?: string }

/** Makes a group that lets everything out and nothing in, as Neutron does. */
export function createSecurityGroup(records: NetworkRecords, spec: SecurityGroupSpec): SecurityGroupRecord {
  return records.store.transaction(() => {
    const group = records.securityGroups.put({ id: randomUUID(), name: spec.name, projectId: spec.projectId, ...described(spec.description) });
    for (const ethertype of ['IPv4', 'IPv6'] as const) putRule(records, { securityGroupId: group.id, direction: 'egress', ethertype }, group.projectId);
    return group;
  });
}

/** The project's group `default`, made when it is missing: members may talk to each other. */
export function ensureDefaultGroup(records: NetworkRecords, projectId: string | null): SecurityGroupRecord {
  const existing = records.securityGroupsNamed('default').find((group) => group.projectId === projectId);
  if (existing) return existing;
  return records.store.transaction(() => {
    const group = createSecurityGroup(records, { name: 'default', projectId, description: 'Default security group' });
    for (const ethertype of ['IPv4', 'IPv6'] as const) {
      putRule(records, { securityGroupId: group.id, direction: 'ingress', ethertype, remoteGroupId: group.id }, projectId);
    }
    return group;
  });
}

export function updateSecurityGroup(records: NetworkRecords, id: string, change: { readonly name?: string; readonly description?: string }): SecurityGroupRecord {
  const group = requireSecurityGroup(records, id);
  if (group.name === 'default' && change.name !== undefined && change.name !== 'default') {
    throw new NetworkFault(409, 'SecurityGroupCannotUpdateDefault', 'Updating default security group not allowed.');
  }
  return records.store.transaction(() => records.securityGroups.put({ ...group, ...change, updatedAt: timestamp() }));
}

export function deleteSecurityGroup(records: NetworkRecords, id: string): void {
  records.store.transaction(() => {
    requireSecurityGroup(records, id);
    if (records.portsBy(portKey.group(id)).length > 0) throw new NetworkFault(409, 'SecurityGroupInUse', `Security Group ${id} in use.`);
    for (const rule of [...records.rulesOfGroup(id), ...records.rulesNamingGroup(id)]) {
      records.securityGroupRules.delete(rule.id);
    }
    records.securityGroups.delete(id);
  });
}

export interface RuleSpec {
  readonly securityGroupId: string; readonly direction: Direction; readonly ethertype?: Ethertype;
  readonly protocol?: string | null; readonly portRangeMin?: number | null; readonly portRangeMax?: number | null;
  readonly remoteIpPrefix?: string | null; readonly remoteGroupId?: string | null; readonly description?: string;
}

/** Adds a rule; 409 when the group has one that says the same. */
export function createRule(records: NetworkRecords, spec: RuleSpec): SecurityGroupRule {
  const group = requireSecurityGroup(records, spec.securityGroupId);
  const checked = checkRule(records, spec);
  const twin = rulesOf(records, group.id).find((rule) => saysTheSame(rule, checked));
  if (twin) throw new NetworkFault(409, 'SecurityGroupRuleExists', `Security group rule already exists. Rule id is ${twin.id}.`);
  return records.store.transaction(() => putRule(records, checked, group.projectId));
}

export function deleteRule(records: NetworkRecords, id: string): void {
  records.store.transaction(() => {
    if (!records.securityGroupRules.get(id)) throw notFound('security group rule', id);
    records.securityGroupRules.delete(id);
  });
}

export function requireSecurityGroup(records: NetworkRecords, id: string): SecurityGroupRecord {
  const group = records.securityGroups.get(id);
  if (!group) throw notFound('security group', id);
  return group;
}

export function rulesOf(records: NetworkRecords, groupId: string): readonly SecurityGroupRule[] {
  return records.rulesOfGroup(groupId);
}

/** Equal in effect: descriptions do not count, protocol names and numbers are one. */
export function saysTheSame(rule: SecurityGroupRule, spec: RuleSpec): boolean {
  return rule.direction === spec.direction && rule.ethertype === (spec.ethertype ?? 'IPv4')
    && protocolNumber(rule.protocol, rule.ethertype) === protocolNumber(spec.protocol ?? null, rule.ethertype)
    && rule.portRangeMin === (spec.portRangeMin ?? null) && rule.portRangeMax === (spec.portRangeMax ?? null)
    && narrowing(rule.remoteIpPrefix) === narrowing(spec.remoteIpPrefix ?? null) && rule.remoteGroupId === (spec.remoteGroupId ?? null);
}

/** `0.0.0.0/0` and `::/0` narrow nothing. */
export function narrowing(prefix: string | null): string | null {
  return prefix?.endsWith('/0') ? null : prefix;
}

function putRule(records: NetworkRecords, spec: RuleSpec, projectId: string | null): SecurityGroupRule {
  return records.securityGroupRules.put({
    id: randomUUID(), securityGroupId: spec.securityGroupId, projectId, direction: spec.direction, ethertype: spec.ethertype ?? 'IPv4',
    protocol: spec.protocol ?? null, portRangeMin: spec.portRangeMin ?? null, portRangeMax: spec.portRangeMax ?? null,
    remoteIpPrefix: spec.remoteIpPrefix ?? null, remoteGroupId: spec.remoteGroupId ?? null, description: spec.description ?? '', createdAt: timestamp(),
  });
}

function checkRule(records: NetworkRecords, spec: RuleSpec): RuleSpec {
  const [prefixText, groupId] = [spec.remoteIpPrefix ?? null, spec.remoteGroupId ?? null];
  const prefix = prefixText === null ? null : parseCidr(prefixText);
  if (prefixText !== null && !prefix) throw new NetworkFault(400, 'InvalidInput', `Invalid input for remote_ip_prefix. Reason: '${prefixText}' is not a valid IP subnet.`);
  const ethertype = spec.ethertype ?? 'IPv4';
  if (prefix && `IPv${prefix.version}` !== ethertype) {
    throw new NetworkFault(400, 'SecurityGroupRuleParameterConflict', `Conflicting value ethertype ${ethertype} for CIDR ${prefixText}`);
  }
  if (prefix && groupId !== null) throw new NetworkFault(400, 'SecurityGroupMultipleRemoteEntites', 'Only one of remote_ip_prefix, remote_group_id or remote_address_group_id may be provided.');
  if (groupId !== null) requireSecurityGroup(records, groupId);
  checkProtocolAndPorts(spec, ethertype);
  return { ...spec, ethertype, remoteIpPrefix: prefix ? formatCidr(prefix) : null };
}

function checkProtocolAndPorts(spec: RuleSpec, ethertype: Ethertype): void {
  const [min, max] = [spec.portRangeMin ?? null, spec.portRangeMax ?? null];
  const protocol = protocolNumber(spec.protocol ?? null, ethertype);
  if (protocol === undefined) {
    throw new NetworkFault(400, 'SecurityGroupRuleInvalidProtocol', `Security group rule protocol ${spec.protocol} not supported. Only protocol values [None, 'ah', 'dccp', 'egp', 'esp', 'gre', 'icmp', 'icmpv6', 'igmp', 'ipip', 'ipv6-encap', 'ipv6-frag', 'ipv6-icmp', 'ipv6-nonxt', 'ipv6-opts', 'ipv6-route', 'ospf', 'pgm', 'rsvp', 'sctp', 'tcp', 'udp', 'udplite', 'vrrp'] and integer representations [0 to 255] are supported.`);
  }
  if (min === null && max === null) return;
  if (protocol === null) throw new NetworkFault(400, 'SecurityGroupProtocolRequiredWithPorts', 'Must also specify protocol if port range is given.');
  if (protocol === 1 || protocol === 58) {
    if (min === null) throw new NetworkFault(400, 'SecurityGroupMissingIcmpType', `ICMP code (port-range-max) ${max} is provided but ICMP type (port-range-min) is missing.`);
    const wrong = [['type', min], ['code', max]].find(([, value]) => typeof value === 'number' && (value < 0 || value > 255));
    if (wrong) throw new NetworkFault(400, 'SecurityGroupInvalidIcmpValue', `Invalid value for ICMP ${wrong[0]} (port-range-${wrong[0] === 'type' ? 'min' : 'max'}) ${wrong[1]}. It must be 0 to 255.`);
    return;
  }
  if (![6, 17, 33, 132, 136].includes(protocol)) throw new NetworkFault(400, 'SecurityGroupInvalidProtocolForPort', `Invalid protocol ${spec.protocol} for port range, only supported for TCP, UDP, UDPLITE, SCTP and DCCP.`);
  if (min === null || max === null || min > max) throw new NetworkFault(400, 'SecurityGroupInvalidPortRange', 'For TCP/UDP protocols, port_range_min must be <= port_range_max.');
  if (min < 0 || max > 65_535) throw new NetworkFault(400, 'SecurityGroupInvalidPortValue', `Invalid value for port ${min < 0 ? min : max}`);
}

