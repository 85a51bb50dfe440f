import { createHealthManager } from '../../health/health-manager.ts';
import { chooseCompute, connectBus } from './drivers.ts';
import { runService, type ServiceFiles } from './service-process.ts';

/** `octavia health-manager`: heartbeats in, statuses and failovers out. */
export function runHealthManager(files: ServiceFiles): Promise<void> {
  return runService('octavia-health-manager', files, async ({ config, log, store, stops }) => {
    const bus = await connectBus(config, log);
    stops.add('bus', () => bus.close());
    const health = createHealthManager({ store, config, bus, log, compute: chooseCompute(config) });
    await health.start();
    stops.add('health manager', () => health.stop());
  });
}
