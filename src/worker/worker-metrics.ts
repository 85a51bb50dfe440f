import type { Metrics } from '../telemetry/metrics.ts';
import type { ReconcileResult } from './reconcile.ts';

const BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600];

/** Measures runs over load balancers; each running one holds a lease. Without metrics it only runs them. */
export function measureWork(metrics: Metrics | undefined, size: () => { readonly waiting: number; readonly running: number }): (run: () => Promise<ReconcileResult>) => Promise<ReconcileResult> {
  if (metrics === undefined) return (run) => run();
  const duration = metrics.histogram('octavia_worker_reconcile_duration_seconds', 'Time of one run over a load balancer, by how it ended.', { labels: ['result'], buckets: BUCKETS });
  const waiting = metrics.gauge('octavia_worker_queue_waiting', 'Load balancers that wait for their turn in this worker.');
  const leases = metrics.gauge('octavia_worker_leases_held', 'Load balancers that this worker works on.');
  metrics.beforeRender(() => {
    waiting.set(size().waiting);
    leases.set(size().running);
  });
  return async (run) => {
    const startedAt = performance.now();
    let result: ReconcileResult | 'broken' = 'broken';
    try {
      return (result = await run());
    } finally {
      duration.observe({ result }, (performance.now() - startedAt) / 1000);
    }
  };
}
