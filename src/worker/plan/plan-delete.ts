import type { LoadBalancerGraph } from '../../model/graph.ts';
import { actionId, type Action } from './action.ts';

/** Everything goes: amphorae side by side, then what they hung on. Secrets and agents are not asked for anything. */
export function planDelete(graph: LoadBalancerGraph): Action[] {
  const amphorae = graph.amphorae.filter(({ status }) => status !== 'DELETED').map(({ id }) => id);
  const removed = amphorae.map((id) => actionId('removeAmphora', id));
  return [
    ...amphorae.map((amphoraId): Action => ({ kind: 'removeAmphora', amphoraId, id: actionId('removeAmphora', amphoraId), needs: [] })),
    { kind: 'removeVip', id: 'removeVip', needs: removed },
    // The last port that uses the group must be gone first.
    { kind: 'removeSecurityGroup', id: 'removeSecurityGroup', needs: ['removeVip', ...removed] },
    ...(graph.serverGroupId === null ? [] : [{ kind: 'removeServerGroup', id: 'removeServerGroup', needs: removed } satisfies Action]),
  ];
}
