import { startProviderReports } from '../provider-reports.ts';
import { configArguments } from './config-arguments.ts';
import { openDrivers } from './drivers.ts';
import { runService, type ServiceFiles } from './service-process.ts';

/** `octavia driver-agent`: the sockets for providers in other processes, and the agents of Python providers. */
export function runDriverAgent(files: ServiceFiles): Promise<void> {
  return runService('octavia-driver-agent', files, async ({ config, log, store, stops }) => {
    const cloud = openDrivers(config);
    stops.add('cloud drivers', () => cloud.close());
    await startProviderReports({
      config, log, store, stops, network: await cloud.network(), certManager: await cloud.certManager(), configArguments: configArguments('octavia-driver-agent', files),
    });
  });
}
