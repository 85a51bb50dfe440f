import { randomUUID } from 'node:crypto';
import type { AmphoraRole } from '../model/enums.ts';
import type { Amphora } from '../model/graph.ts';
import type { Store, Trx } from './database.ts';
import { toAmphora } from './graph-rows.ts';

/** A spare amphora is a row without a load balancer: BOOTING while it is made, READY when it waits for one. */
const SPARE_STATUSES = ['BOOTING', 'READY'] as const;

/**
 * Writes rows for spare amphorae that are missing from a pool of `size` and dooms those that are too many; an amphora is
 * made or removed by whoever looks at its row. Returns the ids of rows that wait for that. Any number of processes may ask.
 */
export async function fillSparePool(store: Store, size: number, now: string): Promise<readonly string[]> {
  const found = await readLone(store);
  const isFull = found.filter(({ status }) => status !== 'PENDING_DELETE').length === size;
  if (!isFull) await store.transaction((trx) => balance(trx, size, now));
  return (isFull ? found : await readLone(store)).filter(({ status }) => status !== 'READY').map(({ id }) => id);
}

function readLone({ read }: Store) {
  return read.selectFrom('amphora').select(['id', 'status']).where('load_balancer_id', 'is', null).where('status', 'in', [...SPARE_STATUSES, 'PENDING_DELETE']).execute();
}

async function balance(trx: Trx, size: number, now: string): Promise<void> {
  // The one row of this table is the lock of the pool, as it was in the original.
  await trx.updateTable('spares_pool').set({ updated_at: now }).execute();
  const spares = await trx.selectFrom('amphora').select(['id', 'status']).where('load_balancer_id', 'is', null).where('status', 'in', [...SPARE_STATUSES])
    .orderBy('created_at').orderBy('id').execute();
  const missing = Array.from({ length: Math.max(0, size - spares.length) }, () => ({ id: randomUUID(), status: 'BOOTING' as const, cert_busy: false, created_at: now }));
  if (missing.length > 0) await trx.insertInto('amphora').values(missing).execute();
  const surplus = spares.filter(({ status }) => status === 'READY').slice(0, Math.max(0, spares.length - size)).map(({ id }) => id);
  if (surplus.length > 0) {
    await trx.updateTable('amphora').set({ status: 'PENDING_DELETE', updated_at: now }).where('id', 'in', surplus).where('load_balancer_id', 'is', null).execute();
  }
}

/** What a load balancer is in want of. */
export interface SpareWish { readonly role: AmphoraRole; readonly vrrpPriority: number | null }

/** Amphorae that a rollout has yet to come to: a spare among them, given away, would keep the former image for good. */
function toBeReplaced(trx: Trx) {
  return trx.selectFrom('ts_rollout_step as step').innerJoin('ts_rollout as rollout', 'rollout.id', 'step.rollout_id').select('step.amphora_id')
    .where('rollout.kind', '=', 'failover').where('rollout.state', 'in', ['running', 'paused', 'halted']).where('step.state', 'in', ['waiting', 'started', 'failed']);
}

/** Gives waiting spares to a load balancer, as BOOTING with these roles; fewer than wished for when there are not enough. */
export async function claimSpares(trx: Trx, loadBalancerId: string, wishes: readonly SpareWish[], now: string): Promise<readonly Amphora[]> {
  const rows = await trx.selectFrom('amphora').leftJoin('amphora_health', 'amphora_health.amphora_id', 'amphora.id').selectAll('amphora')
    .where('amphora.load_balancer_id', 'is', null).where('amphora.status', '=', 'READY')
    .where('amphora.id', 'not in', toBeReplaced(trx))
    // One that died a moment ago, and that nobody has missed yet, is taken last.
    .orderBy('amphora_health.last_update', 'desc').orderBy('amphora.id').limit(wishes.length).execute();
  const claimed: Amphora[] = [];
  for (const row of rows) {
    const wish = wishes[claimed.length];
    if (wish === undefined) break;
    const change = { load_balancer_id: loadBalancerId, status: 'BOOTING', role: wish.role, vrrp_id: 1, vrrp_priority: wish.vrrpPriority, updated_at: now } as const;
    const taken = await trx.updateTable('amphora').set(change).where('id', '=', row.id).where('status', '=', 'READY').where('load_balancer_id', 'is', null).executeTakeFirst();
    if (taken.numUpdatedRows === 1n) claimed.push(toAmphora({ ...row, ...change }));
  }
  return claimed;
}
