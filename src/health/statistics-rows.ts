import { sql } from 'kysely';
import type { Trx } from '../store/database.ts';
import { dialectOf } from '../store/dialect-of.ts';
import { chunks } from './read-snapshots.ts';
import type { ListenerFigures } from './statistics.ts';

const COUNTERS = ['bytes_in', 'bytes_out', 'total_connections', 'request_errors'] as const;

/**
 * Adds or replaces many rows of listener_statistics, at most two statements per 500 of them. The read-modify-write of
 * the original would cost three statements a row and a lock between them.
 */
export async function upsertStatistics(trx: Trx, figures: readonly ListenerFigures[]): Promise<void> {
  // In the order of the primary key, so that two managers never wait for each other in a circle.
  const sorted = figures.toSorted((a, b) => compare(a.listenerId, b.listenerId) || compare(a.amphoraId, b.amphoraId));
  for (const isDelta of [true, false]) {
    for (const batch of chunks(sorted.filter((one) => one.isDelta === isDelta))) await upsert(trx, batch, isDelta);
  }
}

async function upsert(trx: Trx, batch: readonly ListenerFigures[], isDelta: boolean): Promise<void> {
  const insert = trx.insertInto('listener_statistics').values(batch.map(toRow));
  if (dialectOf(trx) === 'mysql') {
    const taken = (column: string) => sql<bigint>`values(${sql.ref(column)})`;
    const counters = Object.fromEntries(COUNTERS.map((column) => [column, isDelta ? sql<bigint>`${sql.ref(`listener_statistics.${column}`)} + ${taken(column)}` : taken(column)]));
    await insert.onDuplicateKeyUpdate({ ...counters, active_connections: sql<number>`values(active_connections)` }).execute();
    return;
  }
  const taken = (column: string) => sql<bigint>`${sql.ref(`excluded.${column}`)}`;
  const counters = Object.fromEntries(COUNTERS.map((column) => [column, isDelta ? sql<bigint>`${sql.ref(`listener_statistics.${column}`)} + ${taken(column)}` : taken(column)]));
  await insert
    .onConflict((conflict) => conflict.columns(['listener_id', 'amphora_id']).doUpdateSet({ ...counters, active_connections: sql<number>`excluded.active_connections` }))
    .execute();
}

function toRow(figures: ListenerFigures) {
  return {
    listener_id: figures.listenerId, amphora_id: figures.amphoraId, bytes_in: figures.bytesIn, bytes_out: figures.bytesOut,
    active_connections: figures.activeConnections, total_connections: figures.totalConnections, request_errors: figures.requestErrors,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
