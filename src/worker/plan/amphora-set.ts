import type { AmphoraRole } from '../../model/enums.ts';
import type { Amphora, LoadBalancerGraph } from '../../model/graph.ts';
import type { NewAmphora } from './action.ts';
import type { Observed, WorkRequest } from './observed.ts';

/** Which amphorae stay, which go, which are missing. */
export interface AmphoraSet {
  readonly kept: readonly Amphora[];
  /** Existing ones that go; they serve until their successors do. */
  readonly doomed: readonly Amphora[];
  readonly missing: readonly NewAmphora[];
}

/** Decides from the rows, the wishes and what the clouds say. `freshIds` supplies ids for amphorae that are missing. */
export function decideAmphorae(graph: LoadBalancerGraph, requests: readonly WorkRequest[], observed: Observed, freshIds: readonly string[]): AmphoraSet {
  const existing = graph.amphorae.filter((amphora) => amphora.status !== 'DELETED');
  const kept: Amphora[] = [];
  const doomed: Amphora[] = [];
  const free = new Set(rolesOf(graph));
  // Running ones first: a half-made one never takes the place of one that serves.
  for (const amphora of existing.toSorted((one, other) => Number(isRunning(other)) - Number(isRunning(one)))) {
    const role = amphora.role ?? [...free][0];
    const stays = role !== undefined && free.has(role) && !isDoomed(amphora, requests, observed);
    if (stays) free.delete(role);
    if (stays) kept.push(amphora.role === role ? amphora : { ...amphora, role });
    else doomed.push(amphora);
  }
  const missing = [...free].map((role, index) => ({ role, id: freshIds[index] ?? '' })).filter(({ id }) => id !== '');
  return { kept, doomed, missing };
}

/** Roles of a complete load balancer, in the order in which changes are pushed: the standby first. */
export function rolesOf(graph: LoadBalancerGraph): readonly AmphoraRole[] {
  return graph.topology === 'ACTIVE_STANDBY' ? ['BACKUP', 'MASTER'] : ['STANDALONE'];
}

function isDoomed(amphora: Amphora, requests: readonly WorkRequest[], observed: Observed): boolean {
  if (amphora.status === 'PENDING_DELETE' || amphora.status === 'ERROR') return true;
  const isWished = requests.some((request) =>
    request.kind === 'failover_load_balancer' || ((request.kind === 'failover_amphora' || request.kind === 'delete_amphora') && request.amphoraId === amphora.id));
  if (isWished) return true;
  const state = observed.computeStates.get(amphora.id);
  // One that was never booted is simply booted; one that was and is no more is replaced.
  return state === 'error' || (state === 'gone' && isRunning(amphora));
}

/** True for an amphora that was made completely once; others are still being made. */
export function isRunning({ status }: Pick<Amphora, 'status'>): boolean {
  return status === 'ALLOCATED' || status === 'FAILOVER_STOPPED' || status === 'READY';
}
