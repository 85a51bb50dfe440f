import { OctaviaError } from '../lib/errors.ts';
import { createAmphoraCapabilities } from './amphora-capabilities.ts';
import { createAmphoraProvider } from './amphora-provider.ts';
import type { AmphoraProviderServices } from './amphora-services.ts';
import { createNoopProvider } from './noop-provider.ts';
import type { ProviderCallScope, ProviderCapabilities, ProviderDriver, ProviderRegistry } from './provider-driver.ts';

/** The provider is known or not, but the operator has not enabled it: API 400. */
export class ProviderNotEnabled extends OctaviaError {
  constructor(provider: string) { super('provider-not-enabled', `Provider '${provider}' is not enabled.`); }
}
/** The operator enabled a name that no driver answers to: API 501. */
export class ProviderNotFound extends OctaviaError {
  constructor(provider: string) { super('provider-not-found', `Provider '${provider}' was not found.`); }
}

/** The `[api_settings]` options the registry reads. */
export interface ProviderSettings {
  readonly api_settings: {
    /** name to description */
    readonly enabled_provider_drivers: Readonly<Record<string, string>>;
    readonly default_provider_driver: string;
  };
}

interface ProviderFactory {
  driver(services: AmphoraProviderServices, scope: ProviderCallScope): ProviderDriver;
  capabilities(services: AmphoraProviderServices): ProviderCapabilities;
}

const AMPHORA: ProviderFactory = { driver: createAmphoraProvider, capabilities: createAmphoraCapabilities };
const NOOP: ProviderFactory = { driver: createNoopProvider, capabilities: createNoopProvider };

/** `octavia` and `amphorav2` are old names of the amphora provider. */
const FACTORIES: Readonly<Record<string, ProviderFactory>> = { amphora: AMPHORA, octavia: AMPHORA, amphorav2: AMPHORA, noop_driver: NOOP, 'noop_driver-alt': NOOP };

/** Whether a provider of that name comes with Octavia. */
export function isBuiltInProvider(name: string): boolean {
  return Object.hasOwn(FACTORIES, name);
}

/** Providers that do not come with Octavia. */
export interface ForeignProviders {
  readonly drivers: ReadonlyMap<string, ProviderDriver>;
  /** Enabled ones that could not be loaded: to the API they are not enabled. */
  readonly dropped: ReadonlySet<string>;
}

const NO_FOREIGN: ForeignProviders = { drivers: new Map(), dropped: new Set() };

/** The providers that `octavia.conf` enables. */
export function createProviderRegistry(config: ProviderSettings, services: AmphoraProviderServices, foreign: ForeignProviders = NO_FOREIGN): ProviderRegistry {
  const listed = Object.entries(config.api_settings.enabled_provider_drivers).filter(([name]) => !foreign.dropped.has(name));
  const enabled: ReadonlyMap<string, string> = new Map(listed);
  const find = (name: string): ProviderFactory => {
    if (!enabled.has(name)) throw new ProviderNotEnabled(name);
    const own = foreign.drivers.get(name);
    if (own !== undefined) return { driver: () => own, capabilities: () => own };
    const factory = isBuiltInProvider(name) ? FACTORIES[name] : undefined;
    if (factory === undefined) throw new ProviderNotFound(name);
    return factory;
  };
  return {
    enabled,
    defaultName: config.api_settings.default_provider_driver,
    driver: (name, scope) => find(name).driver(services, scope),
    capabilities: (name) => find(name).capabilities(services),
  };
}
