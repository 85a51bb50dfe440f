import type { Patience } from '../../amphora/client/amphora-client.ts';
import { PEER_PORT } from '../../amphora/haproxy/peers-section.ts';
import type { InterfaceRuleBody } from '../../amphora/protocol/agent-api.ts';
import { OctaviaError } from '../../lib/errors.ts';
import type { LoadBalancerGraph } from '../../model/graph.ts';
import type { RunContext } from '../run-context.ts';
import { isKept } from '../settle/objects.ts';

/** What the agent is told to let in through an SR-IOV VIP; the interface is found by the amphora's own address, which it has in a pair too. */
export async function setInterfaceRules(context: RunContext, amphoraId: string, patience: Patience): Promise<void> {
  const { vrrpIp } = context.amphora(amphoraId);
  if (vrrpIp === null) throw new OctaviaError('no-vrrp-port', `Amphora ${amphoraId} has no address of its own on the VIP's network.`);
  await context.client(amphoraId, patience).setInterfaceRules(vrrpIp, interfaceRules(context.graph, amphoraId));
}

/** What may reach an SR-IOV VIP, which no security group guards: listeners, and of a pair the other amphora. */
export function interfaceRules({ listeners, topology, amphorae }: LoadBalancerGraph, amphoraId: string): readonly InterfaceRuleBody[] {
  const open = listeners.filter(isKept).flatMap((listener) => {
    const protocol = listener.protocol === 'UDP' || listener.protocol === 'SCTP' ? listener.protocol : 'TCP';
    const cidrs = listener.allowedCidrs.length > 0 ? listener.allowedCidrs : [null];
    return cidrs.map((cidr): InterfaceRuleBody => ({ protocol, cidr, port: listener.protocolPort }));
  });
  if (topology !== 'ACTIVE_STANDBY') return open;
  const peers = amphorae.flatMap(({ id, vrrpIp }): InterfaceRuleBody[] => {
    if (id === amphoraId || vrrpIp === null) return [];
    const cidr = `${vrrpIp}/${vrrpIp.includes(':') ? 128 : 32}`;
    return [{ protocol: 'VRRP', cidr, port: 112 }, { protocol: 'TCP', cidr, port: PEER_PORT }];
  });
  return [...open, ...peers];
}
