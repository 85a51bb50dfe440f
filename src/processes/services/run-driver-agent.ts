import { startDriverAgent } from '../../driver-agent/driver-agent.ts';
import { createStatisticsDrivers } from '../../health/statistics-drivers.ts';
import { openDrivers } from './drivers.ts';
import { runService, type ServiceFiles } from './service-process.ts';

/** `octavia driver-agent`: the sockets for providers in other processes. */
export function runDriverAgent(files: ServiceFiles): Promise<void> {
  return runService('octavia-driver-agent', files, async ({ config, log, store, stops }) => {
    const drivers = createStatisticsDrivers(config.controller_worker.statistics_drivers, { store, log });
    const cloud = openDrivers(config);
    stops.add('cloud drivers', () => cloud.close());
    const agent = await startDriverAgent({
      config, store, log, network: await cloud.network(), certManager: await cloud.certManager(),
      statistics: async (figures) => {
        for (const driver of drivers) await driver.update(figures.map((figure) => ({ ...figure, isDelta: false })));
      },
    });
    stops.add('driver agent', () => agent.close());
  });
}
