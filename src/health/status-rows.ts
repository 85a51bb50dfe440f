import type { DerivedStatus, StatusKind } from '../model/status/status-tree.ts';
import type { OperatingStatus } from '../model/enums.ts';
import type { Trx } from '../store/database.ts';
import { chunks } from './read-snapshots.ts';

/** Children first and the load balancer last, always in this order, so that transactions do not wait in circles. */
const ORDER: readonly StatusKind[] = ['l7rule', 'l7policy', 'health_monitor', 'member', 'pool', 'listener', 'load_balancer'];

/** Writes the changes of many load balancers with one statement per table and status. Vanished rows are passed over. */
export async function writeStatuses(trx: Trx, changes: readonly DerivedStatus[], now: string): Promise<void> {
  for (const kind of ORDER) {
    const byStatus = new Map<OperatingStatus, string[]>();
    for (const change of changes) {
      if (change.kind !== kind) continue;
      const ids = byStatus.get(change.operatingStatus);
      if (ids === undefined) byStatus.set(change.operatingStatus, [change.id]);
      else ids.push(change.id);
    }
    for (const [operating_status, ids] of byStatus) {
      for (const batch of chunks(ids.toSorted())) await trx.updateTable(kind).set({ operating_status, updated_at: now }).where('id', 'in', batch).execute();
    }
  }
}
