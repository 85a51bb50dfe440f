import { createNotifier } from '../../bus/notifications.ts';
import { systemClock } from '../../lib/clock.ts';
import { loadBalancerDict } from '../../providers/provider-models.ts';
import { createWorker } from '../../worker/create-worker.ts';
import { chooseAmphoraClients, chooseCertGenerator } from './amphora-access.ts';
import { connectBus, openDrivers } from './drivers.ts';
import { measureBus } from './measure-bus.ts';
import { runService, type ServiceFiles } from './service-process.ts';

/** `octavia worker`: takes casts and finds what they missed; leases keep two workers off one load balancer. */
export function runWorker(files: ServiceFiles): Promise<void> {
  return runService('octavia-worker', files, async ({ config, log, store, stops, metrics, onReload }) => {
    const bus = measureBus(await connectBus(config, log), metrics);
    stops.add('bus', () => bus.close());
    const clients = chooseAmphoraClients(config);
    stops.add('amphora clients', () => clients.close());
    const notifications = createNotifier({
      settings: config.oslo_messaging_notifications, transportUrl: config.DEFAULT.transport_url, exchange: config.DEFAULT.control_exchange, rabbit: config.oslo_messaging_rabbit, log,
    });
    stops.add('notifications', () => notifications.close());
    const drivers = openDrivers(config);
    stops.add('drivers', () => drivers.close());
    const worker = createWorker({
      store, bus, config, clients, log, clock: systemClock, ...(metrics && { metrics }),
      notifier: { notify: (event, graph) => notifications.notify({ type: `octavia.loadbalancer.${event}.end`, projectId: graph.projectId, payload: loadBalancerDict(graph) }) },
      network: await drivers.network(), compute: await drivers.compute(), certGenerator: chooseCertGenerator(config), certManager: await drivers.certManager(),
    });
    onReload('worker', (fresh) => worker.reconfigure(fresh));
    await worker.start();
    stops.add('worker', () => worker.stop());
  });
}
