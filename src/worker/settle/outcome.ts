import type { OperatingStatus, ProvisioningStatus } from '../../model/enums.ts';
import type { LoadBalancerGraph } from '../../model/graph.ts';
import { isPending, objectsOf, withOwned, type ObjectTable, type TreeObject } from './objects.ts';

/** Rows that go from one status to another; only those that still have the former one are touched. */
export interface StatusChange {
  readonly table: ObjectTable;
  readonly ids: readonly string[];
  readonly from: ProvisioningStatus;
  readonly to: ProvisioningStatus;
  readonly operatingStatus?: OperatingStatus;
}

/** How the rows below a load balancer, and its own status, follow from the end of a run. */
export interface Outcome {
  readonly loadBalancerStatus: ProvisioningStatus;
  readonly changes: readonly StatusChange[];
  readonly deleted: readonly TreeObject[];
}

/** Everything was done: PENDING_* objects are ACTIVE or gone, and so are errors whose cause has gone; but for listeners that had to be `leftOut`. */
export function successOutcome(graph: LoadBalancerGraph, leftOut: ReadonlySet<string> = new Set()): Outcome {
  const objects = objectsOf(graph);
  if (graph.provisioningStatus === 'PENDING_DELETE') return { loadBalancerStatus: 'DELETED', changes: [], deleted: objects };
  const deleted = unique(objects.filter(({ provisioningStatus }) => provisioningStatus === 'PENDING_DELETE').flatMap((object) => [object, ...withOwned(object)]));
  const deletedIds = new Set(deleted.map(({ id }) => id));
  const stays = objects.filter(({ id }) => !deletedIds.has(id));
  const failed = stays.filter(({ id, provisioningStatus }) => leftOut.has(id) && provisioningStatus !== 'ERROR');
  const done = stays.filter((object) => !leftOut.has(object.id) && (isPending(object) || object.provisioningStatus === 'ERROR'));
  const targets = [...failed.map((object): Target => ({ object, to: 'ERROR' })), ...done.map((object): Target => ({ object, to: 'ACTIVE' }))];
  return { loadBalancerStatus: 'ACTIVE', changes: groupChanges(targets), deleted };
}

/**
 * It failed for good: the objects that were to change are in ERROR, those above them are mutable again. A load balancer
 * that is being made or failed over takes the blame itself (contracts section 19.2).
 */
export function failureOutcome(graph: LoadBalancerGraph, isFailover: boolean): Outcome {
  const pending = objectsOf(graph).filter(isPending);
  if (graph.provisioningStatus === 'PENDING_DELETE') return { loadBalancerStatus: 'ERROR', changes: groupChanges(pending.map((object) => ({ object, to: 'ERROR' }))), deleted: [] };
  if (graph.provisioningStatus === 'PENDING_CREATE') return { loadBalancerStatus: 'ERROR', changes: groupChanges(pending.map((object) => ({ object, to: 'ERROR' }))), deleted: [] };
  const changed = pending.filter((object) => !object.below.some(isPending));
  const isItself = isFailover || graph.provisioningStatus === 'ERROR' || changed.length === 0;
  const blamed = new Set(isItself && isFailover ? [] : changed.map(({ id }) => id));
  return {
    loadBalancerStatus: isItself && isPendingOrError(graph) ? 'ERROR' : 'ACTIVE',
    changes: groupChanges(pending.map((object) => ({ object, to: blamed.has(object.id) || object.provisioningStatus === 'PENDING_DELETE' ? 'ERROR' : 'ACTIVE' }))),
    deleted: [],
  };
}

/** Objects that the run was to change: the lowest ones that wait. */
export function changedObjects(graph: LoadBalancerGraph): readonly TreeObject[] {
  return objectsOf(graph).filter((object) => isPending(object) && !object.below.some(isPending));
}

/** Ids of objects that the run was to delete. */
export function deletedObjects(graph: LoadBalancerGraph): readonly string[] {
  return [...new Set(objectsOf(graph).filter(({ provisioningStatus }) => provisioningStatus === 'PENDING_DELETE').map(({ id }) => id))];
}

function isPendingOrError(graph: LoadBalancerGraph): boolean {
  return isPending(graph) || graph.provisioningStatus === 'ERROR';
}

interface Target { readonly object: TreeObject; readonly to: 'ACTIVE' | 'ERROR' }

/** As few statements as possible: one for each table and transition. */
function groupChanges(targets: readonly Target[]): StatusChange[] {
  const groups = Map.groupBy(targets, ({ object, to }) => `${object.table} ${object.provisioningStatus} ${to} ${operatingStatusOf(object, to)}`);
  return [...groups.values()].flatMap(([first, ...rest]) => {
    if (first === undefined) return [];
    const operatingStatus = operatingStatusOf(first.object, first.to);
    return [{
      table: first.object.table, ids: [first, ...rest].map(({ object }) => object.id), from: first.object.provisioningStatus, to: first.to,
      ...(operatingStatus !== null && { operatingStatus }),
    }];
  });
}

/** No heartbeat reports these: they work as soon as they are there (contracts section 19.3). */
function operatingStatusOf(object: TreeObject, to: 'ACTIVE' | 'ERROR'): OperatingStatus | null {
  if (to !== 'ACTIVE' || !(object.table === 'health_monitor' || object.table === 'l7policy' || object.table === 'l7rule')) return null;
  return object.enabled ? 'ONLINE' : 'OFFLINE';
}

function unique(objects: readonly TreeObject[]): TreeObject[] {
  return [...new Map(objects.map((object) => [object.id, object])).values()];
}
