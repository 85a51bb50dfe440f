import { randomUUID } from 'node:crypto';
import type { NetworkDriver } from '../drivers/network/network-driver.ts';
import { reasonOf } from '../lib/errors.ts';
import type { Store, Trx } from '../store/database.ts';
import { appendEvents, type NewEvent } from '../store/events.ts';
import { loadGraph } from '../store/load-balancer-graph.ts';
import { deleteLoadBalancer, removeObjects } from '../store/remove-objects.ts';
import { setStatuses, type StatusChange } from '../store/statuses.ts';
import { OBJECT_KINDS, type ObjectKind, type TreeIds } from '../store/tree-ids.ts';
import { lockReported, type ReportedObjects } from './reported-objects.ts';
import { parseStatusRequest, type StatusFault, type StatusRecord } from './request-records.ts';

/** octavia-lib's answer to a status update. */
export interface StatusAnswer {
  readonly status_code: 200 | 500;
  readonly fault_string?: string;
  readonly status_object?: string;
  readonly status_object_id?: string | null;
}

export interface StatusUpdaterDependencies {
  readonly store: Store;
  /** Releases the VIP ports of load balancers that their provider has deleted. */
  readonly network: Pick<NetworkDriver, 'removeVip'>;
}

/**
 * Writes what a provider reports. Records are taken in the order of octavia-lib's lists; those before the first one that
 * is refused stay. DELETED removes the row and gives its quota back; a load balancer's row stays, marked DELETED, and its
 * VIP port is released when Octavia made it. DELETED of something that is not there is no error.
 */
export async function updateStatuses(deps: StatusUpdaterDependencies, request: unknown): Promise<StatusAnswer> {
  const { records, fault } = parseStatusRequest(request);
  for (const step of stepsOf(records)) {
    const refused = await applyStep(deps, step);
    if (refused !== null) return refusal(refused);
  }
  return fault === null ? { status_code: 200 } : refusal(fault);
}

function refusal({ reason, list, id }: StatusFault): StatusAnswer {
  return { status_code: 500, fault_string: reason, ...(list !== undefined && { status_object: list, status_object_id: id ?? null }) };
}

type Step = readonly StatusRecord[];

/** Load balancers to be deleted go one by one, as the network service works in between; everything else together. */
function stepsOf(records: readonly StatusRecord[]): readonly Step[] {
  const steps: StatusRecord[][] = [[]];
  for (const record of records) {
    if (isLoadBalancerDeletion(record)) steps.push([record], []);
    else steps.at(-1)?.push(record);
  }
  return steps.filter((step) => step.length > 0);
}

const isLoadBalancerDeletion = (record: StatusRecord): boolean => record.kind === 'load_balancer' && record.provisioningStatus === 'DELETED';

async function applyStep(deps: StatusUpdaterDependencies, step: Step): Promise<StatusFault | null> {
  const [first] = step;
  if (first === undefined) return null;
  try {
    if (isLoadBalancerDeletion(first)) return await endLoadBalancer(deps, first);
    return await deps.store.transaction((trx) => applyRecords(trx, step));
  } catch (error) {
    return { reason: reasonOf(error), list: first.list, id: first.id };
  }
}

async function endLoadBalancer({ store, network }: StatusUpdaterDependencies, record: StatusRecord): Promise<null> {
  const graph = await loadGraph(store.read, record.id);
  if (graph === null) return null;
  if (graph.vip.octaviaOwned && graph.provisioningStatus !== 'DELETED') await network.removeVip(graph);
  await store.transaction(async (trx) => {
    await deleteLoadBalancer(trx, record.id);
    // Only providers with amphorae of ours leave an OFFLINE load balancer behind.
    await setStatuses(trx, 'load_balancer', [record.id], { operatingStatus: record.operatingStatus ?? graph.operatingStatus });
    if (graph.provisioningStatus !== 'DELETED') await appendEvents(trx, [eventOf({ kind: 'load_balancer', id: record.id, loadBalancerId: record.id }, 'delete', graph.projectId)]);
  });
  return null;
}

/** Kinds that the original looks for before it updates them; of the others unknown ids are passed over. */
const MUST_EXIST: Partial<Record<ObjectKind, string>> = { listener: 'Listener', l7policy: 'L7 Policy', l7rule: 'L7 Rule' };

async function applyRecords(trx: Trx, step: Step): Promise<StatusFault | null> {
  const objects = await lockReported(trx, step);
  const { changes, deleted, fault } = judge(step, objects);
  for (const { kind, ids, change } of grouped(changes)) await setStatuses(trx, kind, ids, change);
  if (OBJECT_KINDS.some((kind) => deleted[kind].length > 0)) await removeObjects(trx, deleted);
  await appendEvents(trx, eventsOf(changes, deleted, objects));
  return fault;
}

interface Verdict {
  /** The last word on each object. */
  readonly changes: ReadonlyMap<string, StatusRecord>;
  readonly deleted: TreeIds;
  readonly fault: StatusFault | null;
}

function judge(step: Step, objects: ReportedObjects): Verdict {
  const changes = new Map<string, StatusRecord>();
  const deleted: Record<ObjectKind, string[]> = { l7rule: [], l7policy: [], health_monitor: [], member: [], pool: [], listener: [], load_balancer: [] };
  for (const record of step) {
    const { kind, id, list } = record;
    const known = objects[kind].get(id);
    // The row of a deleted load balancer stays; a report that comes late must not revive it.
    const isThere = known !== undefined && known.provisioningStatus !== 'DELETED' && !deleted[kind].includes(id);
    if (record.provisioningStatus === 'DELETED') {
      if (isThere) deleted[kind].push(id);
      changes.delete(id);
    } else if (isThere) {
      changes.set(id, { ...changes.get(id), ...record });
    } else if (MUST_EXIST[kind] !== undefined) {
      return { changes, deleted, fault: { reason: `${MUST_EXIST[kind]} ${id} not found.`, list, id } };
    }
  }
  return { changes, deleted, fault: null };
}

interface Group {
  readonly kind: ObjectKind;
  readonly ids: readonly string[];
  readonly change: StatusChange;
}

/** One statement for all objects of a kind that get the same statuses: a report of a thousand members is a few statements. */
function grouped(changes: ReadonlyMap<string, StatusRecord>): readonly Group[] {
  const groups = Map.groupBy(changes.values(), ({ kind, provisioningStatus, operatingStatus }) => `${kind} ${provisioningStatus} ${operatingStatus}`);
  return [...groups.values()].flatMap((records) => records.slice(0, 1).map(({ kind, provisioningStatus, operatingStatus }) => ({
    kind,
    ids: records.map(({ id }) => id),
    change: { ...(provisioningStatus !== undefined && { provisioningStatus }), ...(operatingStatus !== undefined && { operatingStatus }) },
  })));
}

/** History of what a provider has failed at, mended or taken away; operating statuses and the usual ACTIVE are not worth an entry. */
function eventsOf(changes: ReadonlyMap<string, StatusRecord>, deleted: TreeIds, objects: ReportedObjects): readonly NewEvent[] {
  const of = (kind: ObjectKind, id: string) => ({ kind, id, loadBalancerId: objects[kind].get(id)?.loadBalancerId ?? null });
  const changed = [...changes.values()].flatMap(({ kind, id, provisioningStatus }) => {
    const before = objects[kind].get(id)?.provisioningStatus;
    if (provisioningStatus === 'ERROR' && before !== 'ERROR') return [{ ...eventOf(of(kind, id), 'provider', null), outcome: 'failure', reason: 'The provider reports ERROR.' }];
    return provisioningStatus === 'ACTIVE' && before === 'ERROR' ? [eventOf(of(kind, id), 'heal', null)] : [];
  });
  return [...changed, ...OBJECT_KINDS.flatMap((kind) => deleted[kind].map((id) => eventOf(of(kind, id), 'delete', null)))];
}

function eventOf(object: { kind: ObjectKind; id: string; loadBalancerId: string | null }, action: string, projectId: string | null): NewEvent {
  return { id: randomUUID(), loadBalancerId: object.loadBalancerId, projectId, objectType: object.kind, objectId: object.id, action, outcome: 'success' };
}
