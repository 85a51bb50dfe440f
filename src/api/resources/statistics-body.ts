import type { Statistics } from '../../store/listener-statistics.ts';

/** Sums as the API shows them. */
export function statisticsBody(sums: Statistics) {
  return {
    bytes_in: Number(sums.bytesIn), bytes_out: Number(sums.bytesOut), active_connections: sums.activeConnections, total_connections: Number(sums.totalConnections),
    request_errors: Number(sums.requestErrors),
  };
}
