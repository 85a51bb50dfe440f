import type { LoadBalancerGraph } from '../../model/graph.ts';
import { actionId, type Action } from './action.ts';
import type { CloudWays } from './observed.ts';

/**
 * Everything goes, then what it hung on. Where the network cuts ports off they go first, as a cloud spends longer on a machine
 * that still has ports; elsewhere machines do, so that nobody holds an address that is free. Secrets and agents are not asked
 * for anything. A pair may have a server group that nobody came to record.
 */
export function planDelete(graph: LoadBalancerGraph, antiAffinity: boolean, { cutsRemovedPorts }: Pick<CloudWays, 'cutsRemovedPorts'>): Action[] {
  const amphorae = graph.amphorae.filter(({ status }) => status !== 'DELETED').map(({ id }) => id);
  const mayHaveGroup = graph.serverGroupId !== null || (antiAffinity && graph.topology === 'ACTIVE_STANDBY');
  const machines = amphorae.map((id) => actionId('removeInstance', id));
  const ports = ['removeVip', ...amphorae.map((id) => actionId('removePorts', id))];
  const [beforeMachines, beforePorts] = cutsRemovedPorts ? [ports, []] : [[], machines];
  return [
    ...amphorae.flatMap((amphoraId): Action[] => [
      { kind: 'removeInstance', amphoraId, id: actionId('removeInstance', amphoraId), needs: beforeMachines },
      { kind: 'removePorts', amphoraId, id: actionId('removePorts', amphoraId), needs: beforePorts },
    ]),
    { kind: 'removeVip', id: 'removeVip', needs: beforePorts },
    // The last port that uses the group must be gone first.
    { kind: 'removeSecurityGroup', id: 'removeSecurityGroup', needs: ports },
    ...(mayHaveGroup ? [{ kind: 'removeServerGroup', id: 'removeServerGroup', needs: machines } satisfies Action] : []),
  ];
}
