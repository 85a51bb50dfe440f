import { expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';
import { serveMetrics } from './serve-metrics.ts';

it('a scraper gets the figures, and nothing else is served', async () => {
  const metrics = createMetrics({ withProcessFigures: true });
  metrics.counter('octavia_bus_casts_total', 'Casts.', ['outcome']).inc({ outcome: 'taken' });
  const endpoint = await serveMetrics(metrics, { host: '127.0.0.1', port: 0 });
  try {
    const page = await fetch(endpoint.url);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/plain');
    const text = await page.text();
    expect(text).toContain('octavia_bus_casts_total{outcome="taken"} 1');
    expect(text).toContain('process_resident_memory_bytes');
    expect((await fetch(endpoint.url.replace('/metrics', '/'))).status).toBe(404);
    expect((await fetch(endpoint.url, { method: 'POST' })).status).toBe(405);
    await expect(serveMetrics(metrics, { host: '127.0.0.1', port: Number(new URL(endpoint.url).port) })).rejects.toThrow('Cannot serve metrics');
  } finally {
    await endpoint.close();
  }
});
