import { expect, test } from 'vitest';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createWorld, insertTree } from './testing/world.ts';
import { createWakeQueue, type Wake } from './wake-queue.ts';
import { measureWork } from './worker-metrics.ts';

test('every line about the work of a cast carries the id of its API request and the load balancer', async () => {
  const lines: Record<string, unknown>[] = [];
  const world = await createWorld({}, createLogger({ json: true, debug: true, write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) }));
  try {
    await world.worker.start();
    // The look for work at the start must be over, or it finds the rows before the cast tells of them.
    await world.worker.sweep();
    const ids = await insertTree(world.store);
    await world.cast({ method: 'create_load_balancer', args: { loadbalancer: { loadbalancer_id: ids.loadBalancer }, flavor: {}, availability_zone: {} }, requestId: 'req-1' });
    const about = lines.filter(({ lb }) => lb === ids.loadBalancer);
    expect(about.length).toBeGreaterThan(3);
    expect(about.filter(({ req }) => req !== 'req-1')).toEqual([]);
  } finally {
    await world.close();
  }
});

test('wakes that were merged keep the id of the last request', async () => {
  const seen: Wake[] = [];
  const gate = Promise.withResolvers<void>();
  const queue = createWakeQueue({ limit: () => 1, onError: () => undefined, work: async (_id, wake) => {
    seen.push(wake);
    await gate.promise;
  } });
  queue.wake('a', { isAsked: true, requestId: 'req-1' });
  queue.wake('a', { isAsked: true, requestId: 'req-2' });
  queue.wake('a', { isAsked: true, requestId: 'req-3' });
  queue.wake('a', { isAsked: false });
  expect(queue.size()).toEqual({ waiting: 1, running: 1 });
  gate.resolve();
  await queue.idle();
  expect(seen).toEqual([{ isAsked: true, requestId: 'req-1' }, { isAsked: true, requestId: 'req-3' }]);
});

test('runs are measured by their result, broken ones too', async () => {
  const metrics = createMetrics();
  const measured = measureWork(metrics, () => ({ waiting: 2, running: 1 }));
  await measured(() => Promise.resolve('settled'));
  await expect(measured(() => Promise.reject(new Error('database')))).rejects.toThrow('database');
  const { body } = await metrics.render();
  expect(body).toContain('octavia_worker_reconcile_duration_seconds_count{result="settled"} 1');
  expect(body).toContain('octavia_worker_reconcile_duration_seconds_count{result="broken"} 1');
  expect(body).toContain('octavia_worker_queue_waiting 2');
  expect(body).toContain('octavia_worker_leases_held 1');
});
