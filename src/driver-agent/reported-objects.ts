import type { ProvisioningStatus } from '../model/enums.ts';
import type { Trx } from '../store/database.ts';
import { lockLoadBalancer } from '../store/resources/lock-load-balancer.ts';
import { chunksOf, OBJECT_KINDS, type ObjectKind } from '../store/tree-ids.ts';
import type { StatusRecord } from './request-records.ts';

/** A row that a report names. */
export interface ReportedObject {
  readonly id: string;
  readonly provisioningStatus: ProvisioningStatus;
  readonly loadBalancerId: string | null;
}

/** Rows by kind and id; what is not in here does not exist. */
export type ReportedObjects = Readonly<Record<ObjectKind, ReadonlyMap<string, ReportedObject>>>;

/**
 * Locks the load balancers that a report is about, as every change of a tree does first, and reads what it names. The
 * named ones are locked before anything is read, so that an API request that has just called the provider and not yet
 * committed is waited for.
 */
export async function lockReported(trx: Trx, records: readonly StatusRecord[]): Promise<ReportedObjects> {
  const idsOf = (kind: ObjectKind) => [...new Set(records.filter((record) => record.kind === kind).map(({ id }) => id))];
  const locked = new Set<string>();
  const lock = async (ids: Iterable<string>): Promise<void> => {
    for (const id of [...new Set(ids)].filter((candidate) => !locked.has(candidate)).toSorted()) {
      locked.add(id);
      await lockLoadBalancer(trx, id);
    }
  };
  await lock(idsOf('load_balancer'));
  const found = new Map<ObjectKind, ReadonlyMap<string, ReportedObject>>();
  for (const kind of OBJECT_KINDS) found.set(kind, new Map((await readObjects(trx, kind, idsOf(kind))).map((row) => [row.id, row])));
  await lock([...found.values()].flatMap((rows) => [...rows.values()].flatMap((row) => row.loadBalancerId ?? [])));
  const rowsOf = (kind: ObjectKind) => found.get(kind) ?? new Map<string, ReportedObject>();
  return {
    l7rule: rowsOf('l7rule'), l7policy: rowsOf('l7policy'), health_monitor: rowsOf('health_monitor'), member: rowsOf('member'), pool: rowsOf('pool'),
    listener: rowsOf('listener'), load_balancer: rowsOf('load_balancer'),
  };
}

/** Objects of one kind with the load balancer they hang on; missing ids are left out. */
export async function readObjects(trx: Pick<Trx, 'selectFrom'>, kind: ObjectKind, ids: readonly string[]): Promise<ReportedObject[]> {
  const objects: ReportedObject[] = [];
  for (const batch of chunksOf(ids)) {
    const rows = await selectObjects(trx, kind, batch).execute();
    objects.push(...rows.map((row) => ({ id: row.id, provisioningStatus: row.provisioning_status, loadBalancerId: row.load_balancer_id })));
  }
  return objects;
}

function selectObjects(trx: Pick<Trx, 'selectFrom'>, kind: ObjectKind, ids: readonly string[]) {
  switch (kind) {
    case 'load_balancer':
      return trx.selectFrom('load_balancer').select(['id', 'provisioning_status', 'id as load_balancer_id']).where('id', 'in', ids);
    case 'listener':
    case 'pool':
      return trx.selectFrom(kind).select(['id', 'provisioning_status', 'load_balancer_id']).where('id', 'in', ids);
    case 'member':
    case 'health_monitor':
      return trx.selectFrom(kind).innerJoin('pool', 'pool.id', `${kind}.pool_id`)
        .select([`${kind}.id`, `${kind}.provisioning_status`, 'pool.load_balancer_id']).where(`${kind}.id`, 'in', ids);
    case 'l7policy':
      return trx.selectFrom('l7policy').innerJoin('listener', 'listener.id', 'l7policy.listener_id')
        .select(['l7policy.id', 'l7policy.provisioning_status', 'listener.load_balancer_id']).where('l7policy.id', 'in', ids);
    case 'l7rule':
      return trx.selectFrom('l7rule').innerJoin('l7policy', 'l7policy.id', 'l7rule.l7policy_id').innerJoin('listener', 'listener.id', 'l7policy.listener_id')
        .select(['l7rule.id', 'l7rule.provisioning_status', 'listener.load_balancer_id']).where('l7rule.id', 'in', ids);
  }
}
