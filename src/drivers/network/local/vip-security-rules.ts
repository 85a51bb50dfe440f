import type { LoadBalancerGraph } from '../../../model/graph.ts';
import { formatCidr, parseCidr, parseIp } from '../../../model/ip.ts';
import type { Ethertype } from './network-records.ts';
import { narrowing, type RuleSpec } from './security-groups.ts';

/** HAProxy peers synchronise stick tables on this port (contracts section 21). */
const PEER_PORT = 1025;

/**
 * Ingress rules of `lb-<id>` (contracts section 22): each listener's port for each allowed CIDR, the peers' port, and
 * VRRP (112) and AH (51) for a pair. With security groups of the user's own the listener rules are theirs to make.
 */
export function vipSecurityRules(loadBalancer: LoadBalancerGraph, securityGroupId: string): readonly RuleSpec[] {
  const ethertypes = vipEthertypes(loadBalancer);
  const rule = (ethertype: Ethertype, protocol: string, port: number | null, remoteIpPrefix: string | null = null): RuleSpec =>
    ({ securityGroupId, direction: 'ingress', ethertype, protocol, portRangeMin: port, portRangeMax: port, remoteIpPrefix });
  const live = loadBalancer.listeners.filter((listener) => !['PENDING_DELETE', 'DELETED'].includes(listener.provisioningStatus));
  const isPair = loadBalancer.topology === 'ACTIVE_STANDBY';
  const peerPorts = new Set([...(isPair ? [PEER_PORT] : []), ...live.flatMap((listener) => listener.peerPort ?? [])]);

  const listenerRules = loadBalancer.vip.securityGroupIds.length > 0 ? [] : live.flatMap((listener) => {
    const protocol = transportOf(listener.protocol);
    if (listener.allowedCidrs.length === 0) return ethertypes.map((ethertype) => rule(ethertype, protocol, listener.protocolPort));
    return listener.allowedCidrs.flatMap((text) => {
      const cidr = parseCidr(text);
      return cidr ? [rule(`IPv${cidr.version}`, protocol, listener.protocolPort, formatCidr(cidr))] : [];
    });
  });
  return distinct([
    ...listenerRules,
    ...ethertypes.flatMap((ethertype) => [...peerPorts].map((port) => rule(ethertype, 'tcp', port))),
    ...(isPair ? ethertypes.flatMap((ethertype) => [rule(ethertype, '112', null), rule(ethertype, '51', null)]) : []),
  ]);
}

/**
 * Whether listeners or pools are being changed. As in the original (update_vip_sg), which groups users put on the VIP's port
 * that Octavia made is nothing that this touches, unless the load balancer's own were changed besides: the amphorae's ports tell.
 */
export function leavesVipItsGroups({ provisioningStatus, vip, listeners, pools }: LoadBalancerGraph): boolean {
  return vip.octaviaOwned && provisioningStatus === 'PENDING_UPDATE' && [...listeners, ...pools].some((part) => part.provisioningStatus.startsWith('PENDING_'));
}

/** Several listeners may share a port (TCP and UDP) or a CIDR, and one the peers' port with everybody: a rule said twice would be refused. */
function distinct(rules: readonly RuleSpec[]): readonly RuleSpec[] {
  return [...new Map(rules.map((rule) => [JSON.stringify({ ...rule, remoteIpPrefix: narrowing(rule.remoteIpPrefix ?? null) }), rule])).values()];
}

function vipEthertypes(loadBalancer: LoadBalancerGraph): readonly Ethertype[] {
  const addresses = [loadBalancer.vip.ipAddress, ...loadBalancer.additionalVips.map((additional) => additional.ipAddress)];
  const versions = new Set(addresses.flatMap((address) => (address === null ? [] : (parseIp(address)?.version ?? []))));
  return [...versions].map((version): Ethertype => `IPv${version}`);
}

function transportOf(protocol: LoadBalancerGraph['listeners'][number]['protocol']): string {
  if (protocol === 'UDP') return 'udp';
  return protocol === 'SCTP' ? 'sctp' : 'tcp';
}
