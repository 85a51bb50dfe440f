import { createHousekeeping } from '../../housekeeping/housekeeping.ts';
import { chooseAmphoraClients, chooseCertGenerator } from './amphora-access.ts';
import { runService, type ServiceFiles } from './service-process.ts';

/** `octavia housekeeping`: purges what was deleted long ago and renews amphora certificates. */
export function runHousekeeping(files: ServiceFiles): Promise<void> {
  return runService('octavia-housekeeping', files, async ({ config, log, store, stops, metrics }) => {
    const amphorae = chooseAmphoraClients(config);
    stops.add('amphora clients', () => amphorae.close());
    const housekeeping = createHousekeeping({ store, config, amphorae, log, generator: chooseCertGenerator(config), ...(metrics && { metrics }) });
    housekeeping.start();
    stops.add('housekeeping', () => housekeeping.stop());
  });
}
