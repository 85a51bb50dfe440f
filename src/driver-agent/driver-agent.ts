import type { Config } from '../config/config.ts';
import type { CertManager } from '../drivers/certs/cert-manager.ts';
import type { NetworkDriver } from '../drivers/network/network-driver.ts';
import type { Store } from '../store/database.ts';
import type { Logger } from '../telemetry/logger.ts';
import { type AgentSocket, openAgentSocket } from './agent-socket.ts';
import { getObject } from './get-object.ts';
import { updateStatistics, type StatisticsSink } from './update-statistics.ts';
import { updateStatuses } from './update-statuses.ts';

export interface DriverAgentOptions {
  readonly config: Pick<Config, 'driver_agent'>;
  readonly store: Store;
  readonly network: Pick<NetworkDriver, 'removeVip'>;
  readonly certManager: CertManager;
  readonly statistics: StatisticsSink;
  readonly log: Logger;
}

export interface DriverAgent {
  /** Takes no more requests and finishes those under way. */
  close(): Promise<void>;
}

/**
 * The sockets by which providers in other processes report statuses and statistics and look objects up (octavia-lib:
 * octavia_lib/api/drivers/driver_lib.py). Any number may serve one database. Throws SocketUnavailable.
 */
export async function startDriverAgent(options: DriverAgentOptions): Promise<DriverAgent> {
  const { config: { driver_agent: settings }, store, network, certManager, log } = options;
  const shared = { warningShare: settings.max_process_warning_percent, log };
  const failure = (reason: string) => ({ status_code: 500, fault_string: reason });
  const sockets: AgentSocket[] = [];
  const close = async (): Promise<void> => void await Promise.all(sockets.splice(0).map((socket) => socket.close()));
  try {
    sockets.push(await openAgentSocket({
      ...shared, name: 'status', path: settings.status_socket_path, maxRequests: settings.status_max_processes, timeoutMs: settings.status_request_timeout * 1000,
      handle: (request) => updateStatuses({ store, network }, request), failure,
    }));
    sockets.push(await openAgentSocket({
      ...shared, name: 'stats', path: settings.stats_socket_path, maxRequests: settings.stats_max_processes, timeoutMs: settings.stats_request_timeout * 1000,
      handle: (request) => updateStatistics(options.statistics, request), failure: (reason) => ({ ...failure(reason), stats_object: 'listeners' }),
    }));
    sockets.push(await openAgentSocket({
      ...shared, name: 'get', path: settings.get_socket_path, maxRequests: settings.get_max_processes, timeoutMs: settings.get_request_timeout * 1000,
      handle: (request) => getObject({ store, certManager }, request), failure: () => null,
    }));
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}
