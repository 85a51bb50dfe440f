import { join } from 'node:path';
import { createAuthenticator } from '../../api/auth/create-authenticator.ts';
import { createApi } from '../../api/create-api.ts';
import { registerDashboard } from '../../api/dashboard/register-dashboard.ts';
import { createPolicyEnforcer } from '../../api/policy/create-policy-enforcer.ts';
import { createInProcessBus } from '../../bus/in-process-bus.ts';
import { loadConfigWithWarnings } from '../../config/load-config.ts';
import { ensureDualCa } from '../../drivers/certs/create-ca.ts';
import { createLocalCertGenerator } from '../../drivers/certs/local-cert-generator.ts';
import { createNamespaceCompute } from '../../drivers/compute/namespace/namespace-compute.ts';
import { createHealthManager } from '../../health/health-manager.ts';
import { brakeThreshold } from '../../health/storm-brake.ts';
import { createHousekeeping } from '../../housekeeping/housekeeping.ts';
import { systemClock } from '../../lib/clock.ts';
import { openMiniCloud } from '../../minicloud/open-mini-cloud.ts';
import { longestIdleTransactionMs } from '../../providers/foreign-providers.ts';
import { loadProviders } from '../../providers/load-providers.ts';
import { expireAllLeases } from '../../store/leases.ts';
import { openConfiguredStore } from '../../store/configured-store.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createWorker } from '../../worker/create-worker.ts';
import type { ActionWatcher } from '../../worker/run-context.ts';
import { createAgentHost } from '../agent-host.ts';
import { dashboardDirectory } from '../project.ts';
import { startProviderReports } from '../provider-reports.ts';
import { accessLogsOf } from '../services/access-logs.ts';
import { chooseAmphoraClients } from '../services/amphora-access.ts';
import { openAuditSink } from '../services/audit-sink.ts';
import { openNotifiers } from '../services/notifiers.ts';
import { passRequestsOn } from '../services/pass-requests-on.ts';
import { createStopList } from '../stop-list.ts';
import { writeEmbeddedConfig } from './embedded-config.ts';
import { requireFreeHeartbeatPort } from './free-ports.ts';
import { publicHost } from './public-host.ts';

export interface EmbeddedService {
  readonly url: string;
  readonly dataDir: string;
  /** Ends every part in order; haproxy and keepalived go on. */
  stop(): Promise<void>;
}

export interface EmbeddedServiceOptions {
  readonly dataDir: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Read after the embedded settings, so they win. */
  readonly configFiles: readonly string[];
  readonly onAction?: ActionWatcher;
}

/** Wires every room into this process: SQLite, in-process bus, mini cloud, amphorae as namespaces with their agents here. */
export async function startEmbeddedService({ dataDir, listen, configFiles, onAction }: EmbeddedServiceOptions): Promise<EmbeddedService> {
  const authorities = await ensureDualCa(join(dataDir, 'certs'));
  const url = `http://${await publicHost(listen.host)}:${listen.port}`;
  const files = [await writeEmbeddedConfig(dataDir, listen, url, authorities), ...configFiles];
  const { config, warnings } = loadConfigWithWarnings({ files });
  await requireFreeHeartbeatPort({ host: config.health_manager.bind_ip, port: config.health_manager.bind_port });
  const log = createLogger({ name: 'octavia', file: join(dataDir, 'octavia.log'), debug: config.DEFAULT.debug });
  for (const warning of warnings) log.warn({ warning }, 'Configuration');
  const stops = createStopList(log);
  try {
    const store = await openConfiguredStore(config.database, { idleTransactionMs: longestIdleTransactionMs(config.api_settings) });
    stops.add('store', () => store.close());
    await upgradeHead(store);
    // The directory is locked, and with it this file: whoever held a lease is dead.
    if (store.dialect === 'sqlite') await store.transaction(expireAllLeases);

    const cloud = await openMiniCloud({ dataDir, baseUrl: url, log });
    stops.add('mini cloud', () => cloud.close());
    await cloud.restore();
    const agents = createAgentHost(log);
    stops.add('agents', () => agents.close());
    const compute = createNamespaceCompute({
      dataDir, wiring: cloud.wiring, agents, addressPool: config.namespace.address_pool, defaultFlavor: config.controller_worker.amp_flavor_id,
      prepared: config.namespace.prepared, log,
    });
    stops.add('prepared namespaces', async () => compute.close());
    await compute.restore();

    const bus = createInProcessBus();
    stops.add('bus', () => bus.close());
    const certGenerator = createLocalCertGenerator({ caCertificate: authorities.serverCaCert, caPrivateKey: authorities.serverCaKey });
    const clients = chooseAmphoraClients(config);
    stops.add('amphora clients', () => clients.close());

    const notifier = await openNotifiers(config, log);
    stops.add('notifications', () => notifier.close());
    const worker = createWorker({ store, bus, config, notifier, network: cloud.network, compute, certGenerator, certManager: cloud.certManager, clients, clock: systemClock, log, ...(onAction && { onAction }) });
    await worker.start();
    stops.add('worker', () => worker.stop());
    const health = createHealthManager({ store, config, bus, compute, log });
    await health.start();
    stops.add('health manager', () => health.stop());
    const housekeeping = createHousekeeping({ store, config, generator: certGenerator, amphorae: clients, log });
    housekeeping.start();
    stops.add('housekeeping', () => housekeeping.stop());

    const forProviders = { config, log, certManager: cloud.certManager, configArguments: files.flatMap((file) => ['--config-file', file]) };
    await startProviderReports({ ...forProviders, store, stops, network: cloud.network });
    const providers = await loadProviders({ ...forProviders, services: { network: cloud.network, compute } });
    stops.add('providers', () => providers.close());

    const callers = { authenticator: createAuthenticator(config, { validator: cloud.tokens, log }), policy: createPolicyEnforcer(config, { log, configDirs: [dataDir] }) };
    const audit = await openAuditSink(config, log);
    stops.add('audit events', () => audit.close());
    const api = createApi({
      store, config, bus, log, clock: systemClock, network: cloud.network, certManager: cloud.certManager, auditSink: audit.sink, ...callers,
      providers: providers.registry, accessLogs: async () => accessLogsOf(clients),
      failoverThreshold: (inService) => brakeThreshold(config.health_manager.failover_threshold, inService),
      extraRoutes: (app) => {
        passRequestsOn(app);
        cloud.registerRoutes(app);
        if (config.api_settings.dashboard_enabled) registerDashboard(app, { store, config, log, clock: systemClock, directory: dashboardDirectory, ...callers });
      },
    });
    stops.add('api', () => api.close());
    await api.listen({ host: listen.host, port: listen.port });
    cloud.writeOpenrc(join(dataDir, 'openrc'));
    log.info({ url }, 'Ready');
  } catch (error) {
    await stops.run();
    throw error;
  }
  return { url, dataDir, stop: () => stops.run() };
}
