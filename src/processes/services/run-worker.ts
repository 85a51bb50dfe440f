import { systemClock } from '../../lib/clock.ts';
import { createWorker } from '../../worker/create-worker.ts';
import { chooseAmphoraClients, chooseCertGenerator, chooseCertManager, chooseCompute, chooseNetwork, connectBus } from './drivers.ts';
import { runService, type ServiceFiles } from './service-process.ts';

/** `octavia worker`: takes casts and finds what they missed; leases keep two workers off one load balancer. */
export function runWorker(files: ServiceFiles): Promise<void> {
  return runService('octavia-worker', files, async ({ config, log, store, stops }) => {
    const bus = await connectBus(config, log);
    stops.add('bus', () => bus.close());
    const clients = chooseAmphoraClients(config);
    stops.add('amphora clients', () => clients.close());
    const worker = createWorker({
      store, bus, config, clients, log, clock: systemClock,
      network: chooseNetwork(config), compute: chooseCompute(config), certGenerator: chooseCertGenerator(config), certManager: chooseCertManager(config),
    });
    await worker.start();
    stops.add('worker', () => worker.stop());
  });
}
