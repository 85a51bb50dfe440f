import { createAuthenticator } from '../../api/auth/create-authenticator.ts';
import { createApi } from '../../api/create-api.ts';
import { registerDashboard } from '../../api/dashboard/register-dashboard.ts';
import { createPolicyEnforcer } from '../../api/policy/create-policy-enforcer.ts';
import type { Config } from '../../config/config.ts';
import { createLiveConfig } from '../../config/live-config.ts';
import { brakeThreshold } from '../../health/storm-brake.ts';
import { systemClock } from '../../lib/clock.ts';
import { OctaviaError, reasonOf } from '../../lib/errors.ts';
import type { TokenValidator } from '../../openstack/token.ts';
import { loadProviders } from '../../providers/load-providers.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { dashboardDirectory } from '../project.ts';
import { openAccessLogs } from './access-logs.ts';
import { openAuditSink } from './audit-sink.ts';
import { configArguments } from './config-arguments.ts';
import { policyDirectories } from './config-sources.ts';
import { connectBus, openDrivers } from './drivers.ts';
import { measureBus } from './measure-bus.ts';
import { passRequestsOn } from './pass-requests-on.ts';
import { runService, type ServiceFiles } from './service-process.ts';
import { watchRequests } from './watch-requests.ts';

/** Requests under way may take this long once the process is to end. */
const DRAIN_MS = 30_000;

/** `octavia api`: the REST API alone; any number may share a database and a queue. */
export function runApi(files: ServiceFiles): Promise<void> {
  return runService('octavia-api', files, async ({ config: initial, log, store, stops, metrics, configFiles, onReload, onReport }) => {
    const live = createLiveConfig(initial);
    const { config } = live;
    onReload('api', (fresh) => live.take(fresh));
    const bus = measureBus(await connectBus(config, log), metrics);
    stops.add('bus', () => bus.close());
    const identity = config.api_settings.auth_strategy === 'keystone' ? await openIdentity(config, log) : null;
    if (identity !== null) stops.add('identity session', () => identity.close());
    const drivers = openDrivers(config, { store, log });
    stops.add('drivers', () => drivers.close());
    const [network, compute, certManager, catalogue] = await Promise.all([drivers.network(), drivers.compute(), drivers.certManager(), drivers.catalogue()]);
    const providers = await loadProviders({ config, certManager, log, services: { network, compute, ...catalogue }, configArguments: configArguments('octavia-api', files) });
    stops.add('providers', () => providers.close());
    const audit = await openAuditSink(config, log);
    stops.add('audit events', () => audit.close());
    const requests = watchRequests(metrics);
    onReport('Requests', async () => requests.running());
    const callers = {
      authenticator: createAuthenticator(config, { log, ...(identity !== null && { validator: identity.validator }) }),
      policy: createPolicyEnforcer(config, { log, configDirs: policyDirectories({ dirs: files.configDir, files: configFiles }) }),
    };
    const api = createApi({
      store, config, bus, log, network, clock: systemClock, ...callers,
      certManager,
      auditSink: audit.sink,
      providers: providers.registry,
      accessLogs: openAccessLogs(config, { log, stops, onReload }),
      failoverThreshold: (inService) => brakeThreshold(config.health_manager.failover_threshold, inService),
      extraRoutes: (app) => {
        requests.install(app);
        passRequestsOn(app);
        if (config.api_settings.dashboard_enabled) registerDashboard(app, { store, config, log, clock: systemClock, directory: dashboardDirectory, ...callers });
      },
    });
    stops.add('api', () => api.close());
    stops.add('requests under way', () => requests.drain(DRAIN_MS));
    const { bind_host: host, bind_port: port } = config.api_settings;
    await api.listen({ host, port }).catch((error: unknown) => {
      throw new OctaviaError('port-unavailable', `The API cannot listen: ${reasonOf(error)}. Stop what has that port, or set [api_settings] bind_host and bind_port.`, { cause: error });
    });
  });
}

/** Loaded only where Keystone is asked: its HTTP client costs every start. */
async function openIdentity(config: Config, log: Logger): Promise<{ readonly validator: TokenValidator; close(): Promise<void> }> {
  const [{ createConfiguredSession }, { createKeystoneTokenValidator }] = await Promise.all([
    import('../../openstack/keystone/configured-session.ts'), import('../../openstack/keystone/keystone-token-validator.ts'),
  ]);
  const session = createConfiguredSession(config, 'keystone_authtoken', { log });
  return { validator: createKeystoneTokenValidator(session), close: () => session.close() };
}
