import type { Config } from '../config/config.ts';
import type { CertManager } from '../drivers/certs/cert-manager.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { AmphoraProviderServices } from './amphora-services.ts';
import { createDriverLibrary } from './driver-library.ts';
import { foreignProviders } from './foreign-providers.ts';
import type { ProviderDriver, ProviderRegistry } from './provider-driver.ts';
import { loadProviderModule } from './provider-module.ts';
import { createProviderRegistry } from './provider-registry.ts';
import { openProviderBridge } from './python/provider-bridge.ts';
import { createPythonProvider } from './python/python-provider.ts';

export interface LoadProvidersOptions {
  readonly config: Config;
  readonly services: AmphoraProviderServices;
  readonly certManager: CertManager;
  /** `--config-file` and `--config-dir` arguments, for Python providers: they read their own options from octavia.conf. */
  readonly configArguments: readonly string[];
  readonly log: Logger;
}

export interface LoadedProviders {
  readonly registry: ProviderRegistry;
  /** Ends the programs and modules of foreign providers. */
  close(): Promise<void>;
}

interface ForeignProvider {
  readonly driver: ProviderDriver;
  close(): Promise<void>;
}

/**
 * The providers that `[api_settings] enabled_provider_drivers` names: built-in ones, modules of `provider_modules`, and for
 * every other name the Python entry point of `octavia.api.drivers`. One that cannot be loaded is logged and left out of
 * the list, as in the original since 2026.1.
 */
export async function loadProviders(options: LoadProvidersOptions): Promise<LoadedProviders> {
  const { config, log } = options;
  const names = foreignProviders(config.api_settings);
  const loaded = new Map<string, ForeignProvider>();
  const dropped = new Set<string>();
  await Promise.all(names.map(async (name) => {
    try {
      loaded.set(name, await loadForeign(name, options));
    } catch (error) {
      dropped.add(name);
      log.error({ provider: name, err: error }, 'A provider cannot be loaded and is left out; check [api_settings] enabled_provider_drivers');
    }
  }));
  const drivers = new Map([...loaded].map(([name, { driver }]) => [name, driver]));
  return {
    registry: createProviderRegistry(config, options.services, { drivers, dropped }),
    close: async () => void (await Promise.all([...loaded.values()].map((provider) => provider.close()))),
  };
}

async function loadForeign(name: string, options: LoadProvidersOptions): Promise<ForeignProvider> {
  const { config, log } = options;
  const settings = config.api_settings;
  const specifier = settings.provider_modules[name];
  if (specifier !== undefined) return await loadProviderModule(specifier, { name, config, log: log.child({ provider: name }), library: createDriverLibrary(config.driver_agent) });
  const bridge = await openProviderBridge({
    name, log, interpreter: settings.python_interpreter, configArguments: options.configArguments, timeoutMs: settings.provider_request_timeout * 1000,
  });
  return { driver: createPythonProvider(bridge, options.certManager), close: () => bridge.close() };
}
