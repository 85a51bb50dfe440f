import type { Metrics } from '../telemetry/metrics.ts';
import type { StaleCheckOutcome } from './stale-check.ts';

export type HeartbeatOutcome = 'accepted' | 'unauthentic' | 'malformed' | 'replayed' | 'out-of-order';

/** The figures of one health manager. Without metrics nothing is counted. */
export interface HealthMetrics {
  /** Counts heartbeats by what became of them. */
  heartbeat(outcome: HeartbeatOutcome): void;
  /** One look for silent amphorae has ended. */
  checked(outcome: StaleCheckOutcome): void;
  /** One look could not be had: the database is away. */
  frozen(): void;
}

export function measureHealth(metrics: Metrics | undefined, backlog: () => number): HealthMetrics {
  const heartbeats = metrics?.counter('octavia_health_heartbeats_total', 'Heartbeat datagrams received, by what became of them.', ['outcome']);
  const silent = metrics?.gauge('octavia_health_amphorae_silent', 'Amphorae that were not heard of in time, at the last look.');
  const failovers = metrics?.counter('octavia_health_failovers_requested_total', 'Failovers asked of the workers because of silence.');
  const stopped = metrics?.counter('octavia_health_failovers_stopped_total', 'Amphorae whose failover the storm brake stopped.');
  const brake = metrics?.gauge('octavia_health_brake_engaged', '1 while so many amphorae are silent that none is failed over.');
  const freeze = metrics?.gauge('octavia_health_database_failing', '1 while the database does not answer and nothing is judged.');
  const waiting = metrics?.gauge('octavia_health_writes_waiting', 'Changes that are not in the database yet.');
  metrics?.beforeRender(() => waiting?.set(backlog()));
  return {
    heartbeat: (outcome) => heartbeats?.inc({ outcome }),
    checked(outcome) {
      freeze?.set(0);
      silent?.set(outcome.stale);
      brake?.set(outcome.isBraking ? 1 : 0);
      failovers?.inc(outcome.claimed);
      stopped?.inc(outcome.stopped);
    },
    frozen: () => freeze?.set(1),
  };
}
