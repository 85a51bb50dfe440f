import type { LoadBalancerGraph } from '../../../model/graph.ts';
import { numberOf, objectsOf, textOf, type JsonObject } from '../../../openstack/json.ts';
import { createRecent } from '../../../openstack/recent.ts';
import type { ServiceClient } from '../../../openstack/service-client.ts';
import type { Port } from '../network-driver.ts';
import type { SecurityGroupRule } from '../local/network-records.ts';
import { saysTheSame, type RuleSpec } from '../local/security-groups.ts';
import { leavesVipItsGroups, vipSecurityRules } from '../local/vip-security-rules.ts';
import { projectOf } from './decode.ts';
import type { Ports } from './ports.ts';

/** The group `lb-<id>` of a load balancer: what may reach its amphorae on the VIP network. */
export interface LoadBalancerGroups {
  /** Makes the group, its rules and the groups of all ports as the load balancer asks for; writes only what differs. */
  ensure(loadBalancer: LoadBalancerGraph): Promise<void>;
  /** Groups of the load balancer's ports: the user's own, then ours, which is made when it is not there; null where the cloud has no groups. */
  idsFor(loadBalancer: LoadBalancerGraph): Promise<readonly string[] | null>;
  /** Ids of every group of ours that has the load balancer's name. */
  find(loadBalancerId: string): Promise<readonly string[]>;
  remove(loadBalancerId: string): Promise<void>;
  /** The next look is a new one, at the ports that it guards as well. */
  forget(loadBalancer: LoadBalancerGraph): void;
}

interface Group { readonly id: string; readonly rules: readonly JsonObject[]; readonly isNew: boolean }

/** Long enough for one run over a load balancer. */
const FRESH_MS = 5000;
/** A group's id never changes while it lives; whoever deletes one by hand waits this long for a new one at worst. */
const REMEMBERED_MS = 60_000;

/** @param isSupported whether the cloud has security groups; nothing is done about them where it has none */
export function createLoadBalancerGroups(neutron: ServiceClient, ports: Ports, isSupported: () => Promise<boolean>, now?: () => number): LoadBalancerGroups {
  const ids = createRecent<string>(REMEMBERED_MS, now === undefined ? {} : { now });
  const list = async (loadBalancerId: string): Promise<readonly JsonObject[]> => {
    if (!(await isSupported())) return [];
    const [{ projectId }, named] = await Promise.all([neutron.identity(), neutron.list('/security-groups', 'security_groups', { query: { name: `lb-${loadBalancerId}` } })]);
    // Any project may have one of that name: who owns it decides what reaches the VIP.
    return named.filter((group) => projectId === null || [projectId, null].includes(projectOf(group)));
  };
  /** Who makes ports and who sees to the rules of a load balancer share one look, and none makes a second group. */
  const seen = createRecent<Group>(FRESH_MS, now === undefined ? {} : { now });
  const bring = (loadBalancerId: string) => seen.get(loadBalancerId, () => findOrMake(loadBalancerId));
  const findOrMake = async (loadBalancerId: string): Promise<Group> => {
    const [found] = await list(loadBalancerId);
    const group = found ?? (await neutron.object('POST', '/security-groups', 'security_group', { body: { security_group: { name: `lb-${loadBalancerId}` } } })) ?? {};
    const id = textOf(group['id']) ?? '';
    ids.set(loadBalancerId, id);
    return { id, rules: objectsOf(group['security_group_rules']), isNew: found === undefined };
  };
  return {
    async ensure(loadBalancer) {
      if (!(await isSupported())) return;
      const { id, rules, isNew } = await bring(loadBalancer.id);
      // From here on it is another one than was seen.
      seen.forget(loadBalancer.id);
      // Side by side, and both to their end: what still ran after a failure would meet the next attempt.
      const both = [bringRules(neutron, loadBalancer, id, rules), guardPorts(ports, loadBalancer, id, isNew)];
      await Promise.allSettled(both);
      await Promise.all(both);
    },
    async idsFor(loadBalancer) {
      if (!(await isSupported())) return null;
      return wantedGroups(loadBalancer, await (ids.peek(loadBalancer.id) ?? (await bring(loadBalancer.id)).id));
    },
    async find(loadBalancerId) {
      return (await list(loadBalancerId)).flatMap((group) => textOf(group['id']) ?? []);
    },
    async remove(loadBalancerId) {
      ids.forget(loadBalancerId);
      seen.forget(loadBalancerId);
      const groups = await list(loadBalancerId);
      await Promise.all(groups.map((group) => neutron.remove(`/security-groups/${textOf(group['id'])}`)));
    },
    forget(loadBalancer) {
      ids.forget(loadBalancer.id);
      seen.forget(loadBalancer.id);
      ports.forget([...guardedPorts(loadBalancer)]);
    },
  };
}

/** New rules in one call before old ones go: what stays allowed is allowed throughout. */
async function bringRules(neutron: ServiceClient, loadBalancer: LoadBalancerGraph, groupId: string, raw: readonly JsonObject[]): Promise<void> {
  const desired = vipSecurityRules(loadBalancer, groupId);
  const present = raw.map(decodeRule).filter(({ direction }) => direction === 'ingress');
  const missing = desired.filter((spec) => !present.some((rule) => saysTheSame(rule, spec)));
  const surplus = present.filter((rule) => !desired.some((spec) => saysTheSame(rule, spec)));
  if (missing.length > 0) await neutron.send('POST', '/security-group-rules', { body: { security_group_rules: missing.map(encodeRule) } });
  await Promise.all(surplus.map(({ id }) => neutron.remove(`/security-group-rules/${id}`)));
}

/** The VIP's port and the amphorae's have our group; a user's own port keeps what it had besides. */
async function guardPorts(ports: Ports, loadBalancer: LoadBalancerGraph, groupId: string, isNew: boolean): Promise<void> {
  const { vip } = loadBalancer;
  const wanted = wantedGroups(loadBalancer, groupId);
  const guarded = guardedPorts(loadBalancer);
  const isVipLeft = vip.portId !== null && !isNew && leavesVipItsGroups(loadBalancer);
  if (isVipLeft) guarded.delete(vip.portId);
  const recalled = new Map(await Promise.all([...guarded].map(async (id) => [id, await ports.recall(id)] as const)));
  const isAdopted = (id: string) => id === vip.portId && !vip.octaviaOwned;
  // Nothing but ours can be on a port that we have made and that had no group yet.
  const unknown = [...guarded].filter((id) => recalled.get(id) === null && (isAdopted(id) || !isNew || id !== vip.portId));
  const looked = unknown.length === 0 ? [] : await ports.list({ id: unknown });
  const differing = [...guarded].flatMap((id) => {
    const port = recalled.get(id) ?? looked.find((one) => one.id === id) ?? null;
    if (port === null && unknown.includes(id)) return [];
    const target = isAdopted(id) && port !== null ? [...new Set([...port.securityGroupIds, ...wanted])] : wanted;
    return port === null || !hasGroups(port, target) ? [{ id, target }] : [];
  });
  // First: once the amphorae's are right nothing tells any more that other groups were asked for.
  if (isVipLeft && differing.length > 0) await bringVipGroups(ports, vip.portId, wanted);
  await Promise.all(differing.map(({ id, target }) => ports.update(id, { security_groups: target })));
}

async function bringVipGroups(ports: Ports, portId: string, wanted: readonly string[]): Promise<void> {
  const port = await ports.find(portId);
  if (port !== null && !hasGroups(port, wanted)) await ports.update(portId, { security_groups: wanted });
}

function guardedPorts({ vip, amphorae }: LoadBalancerGraph): Set<string> {
  return new Set([...(vip.portId === null ? [] : [vip.portId]), ...amphorae.flatMap(({ vrrpPortId }) => vrrpPortId ?? [])]);
}

function wantedGroups({ vip }: LoadBalancerGraph, groupId: string): readonly string[] {
  return [...new Set([...vip.securityGroupIds, groupId])];
}

export function hasGroups({ securityGroupIds }: Pick<Port, 'securityGroupIds'>, wanted: readonly string[]): boolean {
  return securityGroupIds.length === wanted.length && wanted.every((id) => securityGroupIds.includes(id));
}

function decodeRule(raw: JsonObject): SecurityGroupRule {
  return {
    id: textOf(raw['id']) ?? '', securityGroupId: textOf(raw['security_group_id']) ?? '', projectId: textOf(raw['project_id']),
    direction: raw['direction'] === 'ingress' ? 'ingress' : 'egress', ethertype: raw['ethertype'] === 'IPv6' ? 'IPv6' : 'IPv4', protocol: textOf(raw['protocol']),
    portRangeMin: numberOf(raw['port_range_min']), portRangeMax: numberOf(raw['port_range_max']), remoteIpPrefix: textOf(raw['remote_ip_prefix']),
    remoteGroupId: textOf(raw['remote_group_id']), description: textOf(raw['description']) ?? '', createdAt: textOf(raw['created_at']) ?? '',
  };
}

function encodeRule(spec: RuleSpec): JsonObject {
  return {
    security_group_id: spec.securityGroupId, direction: spec.direction, ethertype: spec.ethertype ?? 'IPv4', protocol: spec.protocol ?? null,
    port_range_min: spec.portRangeMin ?? null, port_range_max: spec.portRangeMax ?? null, remote_ip_prefix: spec.remoteIpPrefix ?? null,
  };
}
