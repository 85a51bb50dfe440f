import { type Kysely, sql } from 'kysely';
import type { Database, Trx } from './database.ts';
import { upsertRows, type Upsert } from './upsert-rows.ts';

export interface Statistics {
  readonly bytesIn: bigint;
  readonly bytesOut: bigint;
  /** Gauge: never added up over time. */
  readonly activeConnections: number;
  readonly totalConnections: bigint;
  readonly requestErrors: bigint;
}

/** Figures of one listener on one amphora. Providers without amphorae give the listener's id as amphora id. */
export interface ListenerFigures extends Statistics {
  readonly listenerId: string;
  readonly amphoraId: string;
}

const COUNTERS = ['bytes_in', 'bytes_out', 'total_connections', 'request_errors'] as const;

const upsertOf = (counters: 'add' | 'replace'): Upsert => ({
  table: 'listener_statistics', columns: ['listener_id', 'amphora_id', ...COUNTERS, 'active_connections'], key: ['listener_id', 'amphora_id'],
  change: { ...Object.fromEntries(COUNTERS.map((column) => [column, counters])), active_connections: 'replace' },
});
const ADDING = upsertOf('add');
const REPLACING = upsertOf('replace');

/** Adds counters to what is stored and replaces the gauge; rows that are missing are made. */
export async function addStatistics(trx: Trx, figures: readonly ListenerFigures[]): Promise<void> {
  await upsert(trx, figures, ADDING);
}

/** Replaces what is stored; rows that are missing are made. */
export async function replaceStatistics(trx: Trx, figures: readonly ListenerFigures[]): Promise<void> {
  await upsert(trx, figures, REPLACING);
}

/** Sums of one listener over its amphorae. */
export async function listenerStatistics(db: Kysely<Database>, listenerId: string): Promise<Statistics> {
  return await sumOf(sums(db).where('stats.listener_id', '=', listenerId));
}

/** Sums of all listeners of a load balancer. */
export async function loadBalancerStatistics(db: Kysely<Database>, loadBalancerId: string): Promise<Statistics> {
  return await sumOf(sums(db).innerJoin('listener', 'listener.id', 'stats.listener_id').where('listener.load_balancer_id', '=', loadBalancerId));
}

/** What one amphora did, per listener. */
export async function amphoraStatistics(db: Kysely<Database>, amphoraId: string): Promise<readonly ListenerFigures[]> {
  const rows = await db.selectFrom('listener_statistics').selectAll().where('amphora_id', '=', amphoraId).orderBy('listener_id').execute();
  return rows.map((row) => ({
    listenerId: row.listener_id, amphoraId: row.amphora_id, bytesIn: row.bytes_in, bytesOut: row.bytes_out, activeConnections: row.active_connections,
    totalConnections: row.total_connections, requestErrors: row.request_errors,
  }));
}

/** Counters of every amphora there ever was count; open connections only where they can still be open (features 3.12.02). */
function sums(db: Kysely<Database>) {
  return db
    .selectFrom('listener_statistics as stats')
    .leftJoin('amphora', 'amphora.id', 'stats.amphora_id')
    .select([
      sql<number | bigint | null>`sum(stats.bytes_in)`.as('bytesIn'),
      sql<number | bigint | null>`sum(stats.bytes_out)`.as('bytesOut'),
      sql<number | bigint | null>`sum(stats.total_connections)`.as('totalConnections'),
      sql<number | bigint | null>`sum(stats.request_errors)`.as('requestErrors'),
      sql<number | bigint | null>`sum(case when amphora.status = 'ALLOCATED' or stats.amphora_id = stats.listener_id then stats.active_connections else 0 end)`.as('activeConnections'),
    ]);
}

interface SumRow {
  readonly bytesIn: number | bigint | null;
  readonly bytesOut: number | bigint | null;
  readonly totalConnections: number | bigint | null;
  readonly requestErrors: number | bigint | null;
  readonly activeConnections: number | bigint | null;
}

async function sumOf(query: { executeTakeFirstOrThrow: () => Promise<SumRow> }): Promise<Statistics> {
  const row = await query.executeTakeFirstOrThrow();
  return {
    bytesIn: BigInt(row.bytesIn ?? 0), bytesOut: BigInt(row.bytesOut ?? 0), activeConnections: Number(row.activeConnections ?? 0),
    totalConnections: BigInt(row.totalConnections ?? 0), requestErrors: BigInt(row.requestErrors ?? 0),
  };
}

async function upsert(trx: Trx, figures: readonly ListenerFigures[], how: Upsert): Promise<void> {
  const sorted = figures.toSorted((a, b) => compare(a.listenerId, b.listenerId) || compare(a.amphoraId, b.amphoraId));
  await upsertRows(trx, how, sorted.map((one) => [one.listenerId, one.amphoraId, one.bytesIn, one.bytesOut, one.totalConnections, one.requestErrors, one.activeConnections]));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
