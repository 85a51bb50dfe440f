import { systemClock } from '../../lib/clock.ts';
import { createWorker } from '../../worker/create-worker.ts';
import { connectBus, openDrivers } from './drivers.ts';
import { measureBus } from './measure-bus.ts';
import { openNotifiers } from './notifiers.ts';
import { openRenewableAccess } from './renewable-access.ts';
import { runService, type ServiceFiles } from './service-process.ts';

/** `octavia worker`: takes casts and finds what they missed; leases keep two workers off one load balancer. */
export function runWorker(files: ServiceFiles): Promise<void> {
  return runService('octavia-worker', files, async ({ config, log, store, stops, metrics, onReload }) => {
    const bus = measureBus(await connectBus(config, log), metrics);
    stops.add('bus', () => bus.close());
    const access = openRenewableAccess(config, log);
    stops.add('amphora clients', () => access.clients.close());
    onReload('certificates', () => access.reload());
    const notifier = await openNotifiers(config, log);
    stops.add('notifications', () => notifier.close());
    const drivers = openDrivers(config, { store, log });
    stops.add('drivers', () => drivers.close());
    const worker = createWorker({
      store, bus, config, log, notifier, clients: access.clients, clock: systemClock, ...(metrics && { metrics }),
      network: await drivers.network(), compute: await drivers.compute(), certGenerator: access.generator, certManager: await drivers.certManager(),
    });
    onReload('worker', (fresh) => worker.reconfigure(fresh));
    await worker.start();
    stops.add('worker', () => worker.stop());
  });
}
