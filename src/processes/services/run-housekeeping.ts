import { createHousekeeping } from '../../housekeeping/housekeeping.ts';
import { openRenewableAccess } from './renewable-access.ts';
import { runService, type ServiceFiles } from './service-process.ts';

/** `octavia housekeeping`: purges what was deleted long ago, renews amphora certificates and carries rollouts out. */
export function runHousekeeping(files: ServiceFiles): Promise<void> {
  return runService('octavia-housekeeping', files, async ({ config, log, store, stops, metrics, onReload }) => {
    const access = openRenewableAccess(config, log);
    stops.add('amphora clients', () => access.clients.close());
    onReload('certificates', () => access.reload());
    const housekeeping = createHousekeeping({ store, config, log, amphorae: access.clients, generator: access.generator, ...(metrics && { metrics }) });
    housekeeping.start();
    stops.add('housekeeping', () => housekeeping.stop());
  });
}
