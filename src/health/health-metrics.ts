import type { Metrics } from '../telemetry/metrics.ts';

export type HeartbeatOutcome = 'accepted' | 'unauthentic' | 'malformed' | 'replayed' | 'out-of-order';

/** Counts heartbeats by what became of them. */
export function countHeartbeats(metrics: Metrics | undefined): (outcome: HeartbeatOutcome) => void {
  const counter = metrics?.counter('octavia_health_heartbeats_total', 'Heartbeat datagrams received, by what became of them.', ['outcome']);
  return (outcome) => counter?.inc({ outcome });
}
