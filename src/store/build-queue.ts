import { databaseNow } from './database-clock.ts';
import type { Trx } from './database.ts';

export interface BuildTicket {
  readonly amphoraId: string;
  /** The lower, the earlier; the original has 20 for failovers and 40 for creations. */
  readonly priority: number;
  /** Amphorae that may be built at the same time by all workers together ([haproxy_amphora] build_rate_limit). */
  readonly limit: number;
  /** Amphorae that the asking process builds or waits to build by now. */
  readonly ongoing: ReadonlySet<string>;
}

const WAITING = 'WAITING';
const BUILDING = 'BUILDING';

/**
 * Takes a slot when one is free and nobody more urgent or earlier waits for it; else stands in line. Whoever lost the
 * lease under which it asked has lost its place and its slot: unlike the original's counter, nothing leaks with a process.
 */
export async function takeBuildSlot(trx: Trx, { amphoraId, priority, limit, ongoing }: BuildTicket): Promise<boolean> {
  // Takes turns: the row is locked until the transaction ends.
  await trx.updateTable('amphora_build_slots').set({ id: 1 }).where('id', '=', 1).execute();
  await dropAbandoned(trx, amphoraId, ongoing);
  const rows = await trx.selectFrom('amphora_build_request').selectAll().orderBy('priority').orderBy('created_time').orderBy('amphora_id').execute();
  const building = rows.filter((row) => row.status === BUILDING && row.amphora_id !== amphoraId).length;
  const own = rows.find((row) => row.amphora_id === amphoraId);
  // A former run took it and was cut off: whoever waits, waits for this slot.
  if (own?.status === BUILDING) return true;
  if (own === undefined) await trx.insertInto('amphora_build_request').values({ amphora_id: amphoraId, priority, created_time: databaseNow(trx), status: WAITING }).execute();
  const earlier = own === undefined ? rows.filter((row) => (row.priority ?? 0) <= priority) : rows.slice(0, rows.indexOf(own));
  const ahead = earlier.filter((row) => row.status === WAITING).length;
  if (building + ahead >= limit) return false;
  await trx.updateTable('amphora_build_request').set({ status: BUILDING }).where('amphora_id', '=', amphoraId).execute();
  await trx.updateTable('amphora_build_slots').set({ slots_used: building + 1 }).where('id', '=', 1).execute();
  return true;
}

/** Gives the slot or the place in line back; the number that the original counts follows. */
export async function leaveBuildQueue(trx: Trx, amphoraId: string): Promise<void> {
  await trx.updateTable('amphora_build_slots').set({ id: 1 }).where('id', '=', 1).execute();
  await trx.deleteFrom('amphora_build_request').where('amphora_id', '=', amphoraId).execute();
  const building = await trx.selectFrom('amphora_build_request').select('amphora_id').where('status', '=', BUILDING).execute();
  await trx.updateTable('amphora_build_slots').set({ slots_used: building.length }).where('id', '=', 1).execute();
}

/** Those whose load balancer (or themselves, when they have none) nobody works on any more, and what former runs left of the asking one's. */
async function dropAbandoned(trx: Trx, ownId: string, ongoing: ReadonlySet<string>): Promise<void> {
  const own = await trx.selectFrom('amphora').select('load_balancer_id').where('id', '=', ownId).executeTakeFirst();
  // The lease on it is the asking process's: nobody else builds for it.
  const isLeft = (row: { readonly amphora_id: string; readonly load_balancer_id: string | null }): boolean =>
    row.load_balancer_id !== null && row.load_balancer_id === own?.load_balancer_id && !ongoing.has(row.amphora_id);
  const alive = await trx
    .selectFrom('amphora_build_request as request')
    .innerJoin('amphora', 'amphora.id', 'request.amphora_id')
    .innerJoin('ts_lease as lease', (join) => join.on((row) => row.or([row('lease.load_balancer_id', '=', row.ref('amphora.load_balancer_id')), row('lease.load_balancer_id', '=', row.ref('amphora.id'))])))
    .select(['request.amphora_id', 'amphora.load_balancer_id'])
    .where('lease.owner', 'is not', null).where('lease.expires_at', '>=', databaseNow(trx))
    .execute();
  const kept = [ownId, ...alive.filter((row) => !isLeft(row)).map((row) => row.amphora_id)];
  await trx.deleteFrom('amphora_build_request').where('amphora_id', 'not in', kept).execute();
}
