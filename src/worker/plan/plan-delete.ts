import type { LoadBalancerGraph } from '../../model/graph.ts';
import { actionId, type Action } from './action.ts';

/**
 * Everything goes: machines side by side, then all ports, so that nobody holds an address that is free, then what they hung on.
 * Secrets and agents are not asked for anything. A pair may have a server group that nobody came to record.
 */
export function planDelete(graph: LoadBalancerGraph, antiAffinity: boolean): Action[] {
  const amphorae = graph.amphorae.filter(({ status }) => status !== 'DELETED').map(({ id }) => id);
  const mayHaveGroup = graph.serverGroupId !== null || (antiAffinity && graph.topology === 'ACTIVE_STANDBY');
  const machines = amphorae.map((id) => actionId('removeInstance', id));
  return [
    ...amphorae.flatMap((amphoraId): Action[] => [
      { kind: 'removeInstance', amphoraId, id: actionId('removeInstance', amphoraId), needs: [] },
      { kind: 'removeAmphora', amphoraId, id: actionId('removeAmphora', amphoraId), needs: machines },
    ]),
    { kind: 'removeVip', id: 'removeVip', needs: machines },
    // The last port that uses the group must be gone first.
    { kind: 'removeSecurityGroup', id: 'removeSecurityGroup', needs: ['removeVip', ...amphorae.map((id) => actionId('removeAmphora', id))] },
    ...(mayHaveGroup ? [{ kind: 'removeServerGroup', id: 'removeServerGroup', needs: machines } satisfies Action] : []),
  ];
}
