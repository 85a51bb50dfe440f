import type { Config } from '../config/config.ts';
import { isBuiltInProvider } from './provider-registry.ts';

type ProviderSettings = Pick<Config['api_settings'], 'enabled_provider_drivers' | 'provider_modules' | 'provider_request_timeout'>;

/** Names of the enabled providers that are not ours. */
export function foreignProviders({ enabled_provider_drivers: enabled, provider_modules: modules }: ProviderSettings): readonly string[] {
  return Object.keys(enabled).filter((name) => !isBuiltInProvider(name) || modules[name] !== undefined);
}

/** What stands still for longer has come to a halt. */
const HALTED_MS = 10_000;

/**
 * How long a transaction of the API may stand still: it asks the provider while it holds the load balancer. One that the
 * database ended meanwhile would be tried once more, and the provider told twice.
 */
export function longestIdleTransactionMs(settings: ProviderSettings): number {
  return foreignProviders(settings).length === 0 ? HALTED_MS : settings.provider_request_timeout * 1000 + HALTED_MS;
}
