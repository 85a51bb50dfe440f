import { dirname } from 'node:path';
import { createAuthenticator } from '../../api/auth/create-authenticator.ts';
import { createApi } from '../../api/create-api.ts';
import { createPolicyEnforcer } from '../../api/policy/create-policy-enforcer.ts';
import { systemClock } from '../../lib/clock.ts';
import { createConfiguredSession } from '../../openstack/keystone/configured-session.ts';
import { createKeystoneTokenValidator } from '../../openstack/keystone/keystone-token-validator.ts';
import { createProviderRegistry } from '../../providers/provider-registry.ts';
import { chooseCertManager, chooseCompute, chooseNetwork, connectBus } from './drivers.ts';
import { runService, type ServiceFiles } from './service-process.ts';

/** `octavia api`: the REST API alone; any number may share a database and a queue. */
export function runApi(files: ServiceFiles): Promise<void> {
  return runService('octavia-api', files, async ({ config, log, store, stops }) => {
    const bus = await connectBus(config, log);
    stops.add('bus', () => bus.close());
    const identity = config.api_settings.auth_strategy === 'keystone' ? createConfiguredSession(config, 'keystone_authtoken') : null;
    if (identity !== null) stops.add('identity session', () => identity.close());
    const network = chooseNetwork(config);
    const api = createApi({
      store, config, bus, log, network, clock: systemClock,
      certManager: chooseCertManager(config),
      providers: createProviderRegistry(config, { network, compute: chooseCompute(config) }),
      authenticator: createAuthenticator(config, {
        log,
        ...(identity !== null && { validator: createKeystoneTokenValidator(identity) }),
      }),
      policy: createPolicyEnforcer(config, { log, configDirs: [...files.configDir, ...files.configFile.map((file) => dirname(file)), '/etc/octavia'] }),
    });
    stops.add('api', () => api.close());
    await api.listen({ host: config.api_settings.bind_host, port: config.api_settings.bind_port });
  });
}
