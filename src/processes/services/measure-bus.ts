import type { Bus } from '../../bus/bus.ts';
import type { Metrics } from '../../telemetry/metrics.ts';

/** Counts casts in both directions and how long the broker takes to confirm them. Without metrics it is the bus itself. */
export function measureBus(bus: Bus, metrics: Metrics | undefined): Bus {
  if (metrics === undefined) return bus;
  const sent = metrics.counter('octavia_bus_casts_sent_total', 'Casts to the workers, by whether the broker took them.', ['method', 'outcome']);
  const received = metrics.counter('octavia_bus_casts_received_total', 'Casts that reached this worker.', ['method']);
  const confirmed = metrics.histogram('octavia_bus_confirm_duration_seconds', 'Time until the broker confirmed a cast.', { buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2] });
  return {
    async cast(cast) {
      const startedAt = performance.now();
      try {
        await bus.cast(cast);
      } catch (error) {
        sent.inc({ method: cast.method, outcome: 'refused' });
        throw error;
      }
      confirmed.observe((performance.now() - startedAt) / 1000);
      sent.inc({ method: cast.method, outcome: 'taken' });
    },
    consume: (handler) => bus.consume((cast) => {
      received.inc({ method: cast.method });
      handler(cast);
    }),
    close: () => bus.close(),
  };
}
