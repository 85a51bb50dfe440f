import type { Kysely } from 'kysely';
import type { Database } from '../database.ts';

/** Sums as the API shows them. */
export interface Statistics {
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly active_connections: number;
  readonly total_connections: number;
  readonly request_errors: number;
}

/**
 * Sums the counters of listeners over all amphorae. Active connections count only where the amphora is ALLOCATED, or where
 * another provider reported (amphora id = listener id) (octavia: common/stats.py).
 */
export async function listenerStatistics(db: Kysely<Database>, listenerIds: readonly string[]): Promise<Statistics> {
  const rows = listenerIds.length === 0 ? [] : await db.selectFrom('listener_statistics').leftJoin('amphora', 'amphora.id', 'listener_statistics.amphora_id')
    .selectAll('listener_statistics').select('amphora.status as amphora_status').where('listener_statistics.listener_id', 'in', listenerIds).execute();
  const live = rows.filter((row) => row.amphora_status === 'ALLOCATED' || row.amphora_id === row.listener_id);
  const sum = (values: readonly bigint[]) => Number(values.reduce((total, value) => total + value, 0n));
  return {
    bytes_in: sum(rows.map((row) => row.bytes_in)),
    bytes_out: sum(rows.map((row) => row.bytes_out)),
    active_connections: live.reduce((total, row) => total + row.active_connections, 0),
    total_connections: sum(rows.map((row) => row.total_connections)),
    request_errors: sum(rows.map((row) => row.request_errors)),
  };
}
