import { createHealthManager } from '../../health/health-manager.ts';
import { connectBus, openDrivers } from './drivers.ts';
import { measureBus } from './measure-bus.ts';
import { runService, type ServiceFiles } from './service-process.ts';

/** `octavia health-manager`: heartbeats in, statuses and failovers out. */
export function runHealthManager(files: ServiceFiles): Promise<void> {
  return runService('octavia-health-manager', files, async ({ config, log, store, stops, metrics, onReload }) => {
    const bus = measureBus(await connectBus(config, log), metrics);
    stops.add('bus', () => bus.close());
    const drivers = openDrivers(config, { store, log });
    stops.add('drivers', () => drivers.close());
    const health = createHealthManager({ store, config, bus, log, compute: await drivers.compute(), ...(metrics && { metrics }) });
    onReload('health manager', (fresh) => health.reconfigure(fresh));
    await health.start();
    stops.add('health manager', () => health.stop());
  });
}
