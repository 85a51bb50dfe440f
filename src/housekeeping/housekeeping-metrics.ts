import type { Metrics } from '../telemetry/metrics.ts';

/** Measures the runs of housekeeping's jobs by how they ended. Without metrics it only runs them. */
export function measureRuns(metrics: Metrics | undefined): <T>(job: string, run: () => Promise<T>) => Promise<T> {
  if (metrics === undefined) return (_job, run) => run();
  const runs = metrics.counter('octavia_housekeeping_runs_total', 'Runs of each job, by how they ended.', ['job', 'outcome']);
  const duration = metrics.histogram('octavia_housekeeping_run_duration_seconds', 'Time of one run.', { labels: ['job'], buckets: [0.01, 0.1, 1, 10, 60, 600] });
  const last = metrics.gauge('octavia_housekeeping_last_success_seconds', 'When each job last ended well, in seconds since the epoch.', ['job']);
  return async (job, run) => {
    const end = duration.startTimer({ job });
    try {
      const result = await run();
      runs.inc({ job, outcome: 'success' });
      last.set({ job }, Date.now() / 1000);
      return result;
    } catch (error) {
      runs.inc({ job, outcome: 'failure' });
      throw error;
    } finally {
      end();
    }
  };
}
