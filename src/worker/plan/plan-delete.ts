import type { LoadBalancerGraph } from '../../model/graph.ts';
import { actionId, type Action } from './action.ts';

/**
 * Everything goes: amphorae side by side, then what they hung on. Secrets and agents are not asked for anything. A pair may
 * have a server group that nobody came to record.
 */
export function planDelete(graph: LoadBalancerGraph, antiAffinity: boolean): Action[] {
  const amphorae = graph.amphorae.filter(({ status }) => status !== 'DELETED').map(({ id }) => id);
  const mayHaveGroup = graph.serverGroupId !== null || (antiAffinity && graph.topology === 'ACTIVE_STANDBY');
  const removed = amphorae.map((id) => actionId('removeAmphora', id));
  return [
    ...amphorae.map((amphoraId): Action => ({ kind: 'removeAmphora', amphoraId, id: actionId('removeAmphora', amphoraId), needs: [] })),
    { kind: 'removeVip', id: 'removeVip', needs: removed },
    // The last port that uses the group must be gone first.
    { kind: 'removeSecurityGroup', id: 'removeSecurityGroup', needs: ['removeVip', ...removed] },
    ...(mayHaveGroup ? [{ kind: 'removeServerGroup', id: 'removeServerGroup', needs: removed } satisfies Action] : []),
  ];
}
