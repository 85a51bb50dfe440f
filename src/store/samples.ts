import { type Kysely, sql } from 'kysely';
import { FIGURES, PERIODS, type Figure } from '../model/figures.ts';
import type { Database, Store, Trx } from './database.ts';
import { upsertRows, type Upsert } from './upsert-rows.ts';

/** What was counted in one step of time. `peak_connections` is the highest number that was open at once. */
export type Counts = Readonly<Record<Figure | 'peak_connections', number>>;

/** Traffic of one listener, pool or member in `step` seconds from `at` (seconds since the epoch) on. */
export interface Sample {
  readonly step: number;
  readonly at: number;
  readonly objectId: string;
  readonly loadBalancerId: string;
  readonly counts: Counts;
}

const ADDING: Upsert = {
  table: 'ts_sample', columns: ['step', 'at', 'object_id', 'load_balancer_id', 'peak_connections', ...FIGURES], key: ['step', 'at', 'object_id'],
  change: { ...Object.fromEntries(FIGURES.map((name) => [name, 'add' as const])), peak_connections: 'higher' },
};

/** Adds to what is stored; the peak is the higher one. */
export async function addSamples(trx: Trx, samples: readonly Sample[]): Promise<void> {
  const sorted = samples.toSorted((a, b) => a.step - b.step || a.at - b.at || compare(a.objectId, b.objectId));
  await upsertRows(trx, ADDING, sorted.map(({ step, at, objectId, loadBalancerId, counts }) => [
    step, BigInt(at), objectId, loadBalancerId, counts.peak_connections, ...FIGURES.map((name) => BigInt(counts[name])),
  ]));
}

export interface SampleQuery {
  readonly loadBalancerId: string;
  readonly step: number;
  /** Seconds since the epoch, inclusive. */
  readonly from: number;
}

/** What all objects of a load balancer did, in no order. Found by the index on load balancer, step and time. */
export async function listSamples(db: Kysely<Database>, { loadBalancerId, step, from }: SampleQuery): Promise<readonly Sample[]> {
  const rows = await db.selectFrom('ts_sample').selectAll().where('load_balancer_id', '=', loadBalancerId).where('step', '=', step).where('at', '>=', BigInt(from)).execute();
  return rows.map(fromRow);
}

/** One object's points in time, or the sums over all listeners of the load balancer; oldest first. Steps without traffic are missing. */
export async function listPoints(db: Kysely<Database>, query: SampleQuery & { readonly objectId: string | null }): Promise<readonly (Counts & { readonly at: number })[]> {
  const sums = FIGURES.map((name) => sql<number | bigint>`sum(${sql.ref(`ts_sample.${name}`)})`.as(name));
  let select = db.selectFrom('ts_sample').select('ts_sample.at').select(sums).select(sql<number | bigint>`sum(ts_sample.peak_connections)`.as('peak_connections'))
    .where('ts_sample.load_balancer_id', '=', query.loadBalancerId).where('ts_sample.step', '=', query.step).where('ts_sample.at', '>=', BigInt(query.from)).groupBy('ts_sample.at').orderBy('ts_sample.at');
  select = query.objectId === null
    ? select.where('ts_sample.object_id', 'in', (of) => of.selectFrom('listener').select('listener.id').where('listener.load_balancer_id', '=', query.loadBalancerId))
    : select.where('ts_sample.object_id', '=', query.objectId);
  return (await select.execute()).map((row) => ({ at: Number(row.at), ...countsOf(row) }));
}

/** Each delete covers at most this much time, so that none holds locks for long after a pause. */
const PURGE_SECONDS = 3600;

/** Forgets samples that are older than their period. Returns how many. */
export async function purgeSamples(store: Store, nowMs: number): Promise<number> {
  let purged = 0;
  for (const { stepSeconds, lengthSeconds } of Object.values(PERIODS)) {
    const before = Math.floor(nowMs / 1000) - lengthSeconds - 2 * stepSeconds;
    for (;;) {
      const oldest = await store.read.selectFrom('ts_sample').select('at').where('step', '=', stepSeconds).orderBy('at').limit(1).executeTakeFirst();
      if (oldest === undefined || Number(oldest.at) >= before) break;
      const end = BigInt(Math.min(before, Number(oldest.at) + PURGE_SECONDS));
      const deleted = await store.transaction((trx) => trx.deleteFrom('ts_sample').where('step', '=', stepSeconds).where('at', '<', end).executeTakeFirst());
      purged += Number(deleted.numDeletedRows);
    }
  }
  return purged;
}

function fromRow(row: Database['ts_sample']): Sample {
  return { step: row.step, at: Number(row.at), objectId: row.object_id, loadBalancerId: row.load_balancer_id, counts: countsOf(row) };
}

function countsOf(row: Readonly<Record<Figure | 'peak_connections', number | bigint>>): Counts {
  return {
    requests: Number(row.requests), connections: Number(row.connections), bytes_in: Number(row.bytes_in), bytes_out: Number(row.bytes_out), errors: Number(row.errors),
    responses_1xx: Number(row.responses_1xx), responses_2xx: Number(row.responses_2xx), responses_3xx: Number(row.responses_3xx), responses_4xx: Number(row.responses_4xx), responses_5xx: Number(row.responses_5xx),
    peak_connections: Number(row.peak_connections),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
