import type { LoadBalancerGraph } from '../../model/graph.ts';
import { actionId, type Action } from './action.ts';
import type { CloudWays } from './observed.ts';

/**
 * Everything goes, then what it hung on. Ports go with the machines where the cloud cuts them off, else after them, so that
 * nobody holds an address that is free. Secrets and agents are not asked for anything. A pair may have a server group that
 * nobody came to record.
 */
export function planDelete(graph: LoadBalancerGraph, antiAffinity: boolean, { cutsRemovedPorts }: Pick<CloudWays, 'cutsRemovedPorts'>): Action[] {
  const amphorae = graph.amphorae.filter(({ status }) => status !== 'DELETED').map(({ id }) => id);
  const mayHaveGroup = graph.serverGroupId !== null || (antiAffinity && graph.topology === 'ACTIVE_STANDBY');
  const first = cutsRemovedPorts ? [] : amphorae;
  const machines = first.map((id) => actionId('removeInstance', id));
  const whole = amphorae.map((id) => actionId('removeAmphora', id));
  return [
    ...first.map((amphoraId): Action => ({ kind: 'removeInstance', amphoraId, id: actionId('removeInstance', amphoraId), needs: [] })),
    ...amphorae.map((amphoraId): Action => ({ kind: 'removeAmphora', amphoraId, id: actionId('removeAmphora', amphoraId), needs: machines })),
    { kind: 'removeVip', id: 'removeVip', needs: machines },
    // The last port that uses the group must be gone first.
    { kind: 'removeSecurityGroup', id: 'removeSecurityGroup', needs: ['removeVip', ...whole] },
    ...(mayHaveGroup ? [{ kind: 'removeServerGroup', id: 'removeServerGroup', needs: cutsRemovedPorts ? whole : machines } satisfies Action] : []),
  ];
}
