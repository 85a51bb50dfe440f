import type { Config } from '../../config/config.ts';
import { loadConfigWithWarnings } from '../../config/load-config.ts';
import { reasonOf } from '../../lib/errors.ts';
import type { Store } from '../../store/database.ts';
import { longestIdleTransactionMs } from '../../providers/foreign-providers.ts';
import { awaitConfiguredStore } from '../../store/configured-store.ts';
import type { RootLogger } from '../../telemetry/logger.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { createStopList, type StopList } from '../stop-list.ts';
import { configSources, type ServiceFiles } from './config-sources.ts';
import { openLog } from './open-log.ts';
import { createConfigReloader, type Reloaded } from './reload.ts';
import { connectServiceManager } from './service-manager.ts';
import { createSituationReport, type PartOfReport } from './situation-report/situation-report.ts';

export type { ServiceFiles } from './config-sources.ts';

/** The programs of the scale-out shape, by the name that logs, units and installed commands use. */
export type ServiceName = 'octavia-api' | 'octavia-worker' | 'octavia-health-manager' | 'octavia-housekeeping' | 'octavia-driver-agent' | 'octavia-light-host';

/** What every separate process starts with. */
export interface ServiceProcess extends BareProcess {
  readonly store: Store;
}

/** The same without a database. */
export interface BareProcess {
  readonly config: Config;
  readonly log: RootLogger;
  readonly stops: StopList;
  /** Aborted by SIGTERM and SIGINT: for what waits while the process starts. */
  readonly ending: AbortSignal;
  /** Absent unless [metrics] gives this process a port. */
  readonly metrics: Metrics | undefined;
  /** Directories that hold the configuration files: policy files are looked for there. */
  readonly configFiles: readonly string[];
  /** Has `part` told of the configuration that SIGHUP brings. */
  readonly onReload: (part: string, told: Reloaded) => void;
  /** Tells systemd, while the process starts, what it waits for and how many seconds at most until it says so again. */
  readonly waiting: (text: string, seconds: number) => void;
  /** Adds a section to the report that SIGUSR2 asks for. */
  readonly onReport: (title: string, facts: PartOfReport) => void;
}

/** Longer than an attempt to reach a database takes, and all else of a start. */
const ATTEMPT_SECONDS = 120;

/** Runs one process of the scale-out shape, with the database. */
export function runService(name: ServiceName, files: ServiceFiles, start: (service: ServiceProcess) => Promise<void>): Promise<void> {
  return runProcess(name, files, async (bare) => {
    const { database } = bare.config;
    const store = await awaitConfiguredStore(database, {
      ...(name === 'octavia-api' && { idleTransactionMs: longestIdleTransactionMs(bare.config.api_settings) }),
      signal: bare.ending,
      onFailedAttempt: (attempt, error) => {
        bare.log.warn({ attempt, of: database.max_retries < 0 ? 'any number' : database.max_retries, again_in_seconds: database.retry_interval, reason: error.message }, 'The database cannot be reached; waiting for it');
        bare.waiting(`Waiting for the database: ${error.message}`, Math.max(0, database.retry_interval) + ATTEMPT_SECONDS);
      },
    });
    bare.stops.add('store', () => store.close());
    bare.onReport('Work', async () => (await import('./situation-report/work-facts.ts')).workFacts(store));
    await start({ ...bare, store });
  });
}

/**
 * Runs one process of the scale-out shape: reads the configuration, opens the log, lets `start` bring up its part, says `ready` and waits for SIGTERM or SIGINT, then ends everything in reverse; a second signal ends it at once.
 * SIGHUP opens the log file anew and takes mutable options over; SIGUSR2 writes a report of the process's state. systemd is told of readiness, end and life.
 */
export async function runProcess(name: ServiceName, files: ServiceFiles, start: (bare: BareProcess) => Promise<void>): Promise<void> {
  const sources = configSources(name, files);
  const { config, warnings, withoutEffect } = loadConfigWithWarnings(sources);
  const log = openLog(config, name);
  for (const warning of warnings) log.warn({ warning }, 'Configuration');
  for (const option of withoutEffect) log.info({ option }, 'Option without effect');
  const stops = createStopList(log);
  const manager = connectServiceManager({ env: process.env, pid: process.pid, log });
  const reloader = createConfigReloader(sources, config, log);
  const ending = new AbortController();
  const ended = signalled(ending);
  const situation = createSituationReport(name, config, log);
  stops.add('report', () => situation.stop());
  process.on('SIGHUP', () => {
    log.reopen();
    void reloader.reload();
  });
  try {
    const metrics = await openMetrics(name, { config, log, stops });
    await start({ config, log, stops, ending: ending.signal, metrics, configFiles: sources.files, onReload: (part, told) => reloader.onReload(part, told), waiting: (text, seconds) => void manager.waiting(text, seconds), onReport: (title, facts) => situation.add(title, facts) });
    await manager.ready();
    log.info({}, 'Ready');
    process.stdout.write(`ready ${name}\n`);
    const signal = await ended;
    log.info({ signal }, 'Finishing what is under way');
    await manager.stopping();
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    log.info({ reason: reasonOf(error) }, 'Told to end before it was ready');
  } finally {
    await stops.run();
    manager.close();
    log.info({}, 'Ended');
  }
}

/** The figures of this process; an address that is taken is no reason not to serve load balancers. */
async function openMetrics(name: ServiceName, { config, log, stops }: Pick<ServiceProcess, 'config' | 'log' | 'stops'>): Promise<Metrics | undefined> {
  const ports: Readonly<Record<ServiceName, number>> = {
    'octavia-api': config.metrics.api_port, 'octavia-worker': config.metrics.worker_port, 'octavia-health-manager': config.metrics.health_manager_port,
    'octavia-housekeeping': config.metrics.housekeeping_port, 'octavia-driver-agent': config.metrics.driver_agent_port, 'octavia-light-host': config.metrics.light_host_port,
  };
  const port = ports[name];
  if (port === 0) return undefined;
  // Loaded only where figures are wanted: it would cost every start.
  const [{ createMetrics }, { serveMetrics }] = await Promise.all([import('../../telemetry/metrics.ts'), import('../../telemetry/serve-metrics.ts')]);
  const metrics = createMetrics({ withProcessFigures: true });
  try {
    const endpoint = await serveMetrics(metrics, { host: config.metrics.bind_host, port });
    stops.add('metrics', () => endpoint.close());
    log.info({ url: endpoint.url }, 'Serving metrics');
  } catch (error) {
    log.error({ reason: reasonOf(error) }, 'Metrics are not served');
  }
  return metrics;
}

function signalled(ending: AbortController): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const end = (signal: NodeJS.Signals): void => {
      ending.abort();
      resolve(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  });
}
