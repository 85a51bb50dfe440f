import type { Config } from '../config/config.ts';
import { startDriverAgent } from '../driver-agent/driver-agent.ts';
import type { CertManager } from '../drivers/certs/cert-manager.ts';
import type { NetworkDriver } from '../drivers/network/network-driver.ts';
import { createStatisticsDrivers } from '../health/statistics-drivers.ts';
import { startProviderAgents } from '../providers/python/provider-agents.ts';
import type { Store } from '../store/database.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { StopList } from './stop-list.ts';

export interface ProviderReportsOptions {
  readonly config: Config;
  readonly store: Store;
  readonly network: NetworkDriver;
  readonly certManager: CertManager;
  /** octavia.conf as arguments, for the agents of Python providers. */
  readonly configArguments: readonly string[];
  readonly log: Logger;
  readonly stops: StopList;
}

/** Serves the sockets on which providers report, and runs the agents of Python providers. Throws SocketUnavailable. */
export async function startProviderReports({ config, store, network, certManager, log, stops, configArguments }: ProviderReportsOptions): Promise<void> {
  const statistics = createStatisticsDrivers(config.controller_worker.statistics_drivers, { store, log });
  const agent = await startDriverAgent({
    config, store, log, network, certManager,
    statistics: async (figures) => {
      for (const driver of statistics) await driver.update(figures.map((figure) => ({ ...figure, isDelta: false })));
    },
  });
  stops.add('driver agent', () => agent.close());
  const providerAgents = startProviderAgents({
    names: config.driver_agent.enabled_provider_agents, interpreter: config.api_settings.python_interpreter, configArguments, log,
    shutdownTimeoutMs: config.driver_agent.provider_agent_shutdown_timeout * 1000,
  });
  stops.add('provider agents', () => providerAgents.close());
}
