import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

describe('the metrics registry', () => {
  it('renders what was counted, once per name', async () => {
    const metrics = createMetrics();
    metrics.counter('octavia_health_heartbeats_total', 'Heartbeats received.', ['outcome']).inc({ outcome: 'accepted' });
    metrics.counter('octavia_health_heartbeats_total', 'Heartbeats received.', ['outcome']).inc({ outcome: 'accepted' });
    metrics.histogram('octavia_health_processing_seconds', 'Time.', { buckets: [0.1, 1] }).observe(0.5);
    const { body, contentType } = await metrics.render();
    expect(contentType).toContain('text/plain');
    expect(body).toContain('octavia_health_heartbeats_total{outcome="accepted"} 2');
    expect(body).toContain('octavia_health_processing_seconds_bucket{le="1"} 1');
  });

  it('asks for present values when somebody looks, and survives one that fails', async () => {
    const metrics = createMetrics();
    const depth = metrics.gauge('octavia_worker_queue_waiting', 'Waiting.');
    let waiting = 3;
    metrics.beforeRender(() => depth.set(waiting));
    metrics.beforeRender(() => Promise.reject(new Error('no database')));
    expect((await metrics.render()).body).toContain('octavia_worker_queue_waiting 3');
    waiting = 0;
    expect((await metrics.render()).body).toContain('octavia_worker_queue_waiting 0');
  });

  it('refuses a name outside the scheme', () => {
    expect(() => createMetrics().gauge('requests', 'Requests.')).toThrow(TypeError);
  });
});
