import { OctaviaError } from '../lib/errors.ts';
import type { Store } from '../store/database.ts';
import { addStatistics, replaceStatistics } from '../store/listener-statistics.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { StatisticsDriver } from './statistics.ts';

/** The drivers that [controller_worker] statistics_drivers names. Throws for an unknown name. */
export function createStatisticsDrivers(names: readonly string[], { store, log }: { readonly store: Store; readonly log: Logger }): StatisticsDriver[] {
  return names.map((name) => {
    if (name === 'stats_db') return createDatabaseStatistics(store);
    if (name === 'stats_logger') return createLoggedStatistics(log);
    throw new OctaviaError('unknown-statistics-driver', `There is no statistics driver ${name}; choose stats_db or stats_logger.`);
  });
}

/** stats_db: the table listener_statistics, many rows per statement. */
export function createDatabaseStatistics(store: Store): StatisticsDriver {
  return {
    name: 'stats_db',
    update: (figures) =>
      store.transaction(async (trx) => {
        await addStatistics(trx, figures.filter((one) => one.isDelta));
        await replaceStatistics(trx, figures.filter((one) => !one.isDelta));
      }),
  };
}

/** stats_logger: one log line per listener and amphora. */
export function createLoggedStatistics(log: Logger): StatisticsDriver {
  return {
    name: 'stats_logger',
    async update(figures) {
      for (const one of figures) {
        log.info({
          listener: one.listenerId, amphora: one.amphoraId, isDelta: one.isDelta, bytes_in: Number(one.bytesIn), bytes_out: Number(one.bytesOut),
          active_connections: one.activeConnections, total_connections: Number(one.totalConnections), request_errors: Number(one.requestErrors),
        }, 'Listener statistics');
      }
    },
  };
}
