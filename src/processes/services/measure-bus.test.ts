import { expect, it } from 'vitest';
import type { Bus } from '../../bus/bus.ts';
import { createInProcessBus } from '../../bus/in-process-bus.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { measureBus } from './measure-bus.ts';

const cast = { method: 'create_load_balancer', args: {} } as const;

it('counts what was sent, taken and received', async () => {
  const metrics = createMetrics();
  const bus = measureBus(createInProcessBus(), metrics);
  const seen = new Promise((resolve) => void bus.consume(resolve));
  await bus.cast(cast);
  await seen;
  await bus.close();
  const { body } = await metrics.render();
  expect(body).toContain('octavia_bus_casts_sent_total{method="create_load_balancer",outcome="taken"} 1');
  expect(body).toContain('octavia_bus_casts_received_total{method="create_load_balancer"} 1');
  expect(body).toContain('octavia_bus_confirm_duration_seconds_count 1');
});

it('a refusal is counted and stays a refusal', async () => {
  const metrics = createMetrics();
  const down: Bus = { cast: () => Promise.reject(new Error('down')), consume: () => Promise.reject(new Error('down')), close: () => Promise.resolve() };
  await expect(measureBus(down, metrics).cast(cast)).rejects.toThrow('down');
  expect((await metrics.render()).body).toContain('outcome="refused"} 1');
});
