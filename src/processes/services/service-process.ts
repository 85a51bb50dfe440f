import type { Config } from '../../config/config.ts';
import { loadConfigWithWarnings } from '../../config/load-config.ts';
import type { Store } from '../../store/database.ts';
import { openStore } from '../../store/open-store.ts';
import { createLogger, type RootLogger } from '../../telemetry/logger.ts';
import { createStopList, type StopList } from '../stop-list.ts';

export interface ServiceFiles {
  readonly configFile: readonly string[];
  readonly configDir: readonly string[];
}

/** What every separate process starts with. */
export interface ServiceProcess {
  readonly config: Config;
  readonly log: RootLogger;
  readonly store: Store;
  readonly stops: StopList;
}

/**
 * Runs one process of the scale-out shape: reads the configuration, opens log and database, lets `start` bring up its
 * part, says `ready` and waits for SIGTERM or SIGINT, then ends everything in reverse. SIGHUP opens the log file anew.
 */
export async function runService(name: string, files: ServiceFiles, start: (service: ServiceProcess) => Promise<void>): Promise<void> {
  const { config, warnings } = loadConfigWithWarnings({ files: files.configFile, dirs: files.configDir });
  const log = createLogger({ name, debug: config.DEFAULT.debug, ...(config.DEFAULT.log_file !== null && { file: config.DEFAULT.log_file }) });
  for (const warning of warnings) log.warn({ warning }, 'Configuration');
  const stops = createStopList(log);
  const ended = signalled();
  process.on('SIGHUP', () => log.reopen());
  try {
    const store = await openStore(config.database.connection, config.database.max_pool_size === null ? {} : { poolSize: config.database.max_pool_size });
    stops.add('store', () => store.close());
    await start({ config, log, store, stops });
    log.info({}, 'Ready');
    process.stdout.write(`ready ${name}\n`);
    await ended;
  } finally {
    await stops.run();
  }
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
