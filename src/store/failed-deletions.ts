import { randomUUID } from 'node:crypto';
import type { ProvisioningStatus } from '../model/enums.ts';
import type { Trx } from './database.ts';
import { addRequest, removeRequests, type WorkRequest } from './requests.ts';

const TABLES = ['listener', 'l7policy', 'l7rule', 'pool', 'member', 'health_monitor'] as const;

/**
 * Remembers that these were to be deleted: their rows say ERROR now and would be healed back to life. `objectId` may be the
 * load balancer's own id.
 */
export async function rememberDeletions(trx: Trx, loadBalancerId: string, objectIds: readonly string[]): Promise<void> {
  for (const objectId of objectIds) await addRequest(trx, { id: randomUUID(), kind: 'delete_object', loadBalancerId, amphoraId: objectId });
}

/** True when it is remembered that the load balancer itself was to be deleted. */
export async function isToBeDeleted(trx: Trx, loadBalancerId: string): Promise<boolean> {
  const wish = await trx.selectFrom('ts_request').select('id').where('kind', '=', 'delete_object').where('load_balancer_id', '=', loadBalancerId).where('amphora_id', '=', loadBalancerId).executeTakeFirst();
  return wish !== undefined;
}

/**
 * Turns remembered deletions (`wishes`, all of them of kind `delete_object`) into PENDING_DELETE again, for the next
 * attempt; the load balancer becomes immutable with it.
 * What somebody changed since, and so wants to keep, is left alone. Rows of a load balancer that is being deleted wait.
 * True when the load balancer waits for nothing else.
 */
export async function resumeDeletions(trx: Trx, loadBalancerId: string, wishes: readonly WorkRequest[]): Promise<boolean> {
  if (wishes.length === 0) return false;
  const ids = wishes.flatMap(({ amphoraId: id }) => (id === null ? [] : [id]));
  await removeRequests(trx, wishes.map(({ id }) => id));
  if (ids.includes(loadBalancerId) && (await moveLoadBalancer(trx, loadBalancerId, 'ERROR', 'PENDING_DELETE'))) return true;
  let resumed = 0n;
  for (const table of TABLES) {
    const { numUpdatedRows } = await trx.updateTable(table).set({ provisioning_status: 'PENDING_DELETE' }).where('id', 'in', ids).where('provisioning_status', '=', 'ERROR').executeTakeFirstOrThrow();
    resumed += numUpdatedRows;
  }
  return resumed > 0n && (await moveLoadBalancer(trx, loadBalancerId, 'ACTIVE', 'PENDING_UPDATE'));
}

async function moveLoadBalancer(trx: Trx, id: string, from: ProvisioningStatus, to: ProvisioningStatus): Promise<boolean> {
  const { numUpdatedRows } = await trx.updateTable('load_balancer').set({ provisioning_status: to }).where('id', '=', id).where('provisioning_status', '=', from).executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}
