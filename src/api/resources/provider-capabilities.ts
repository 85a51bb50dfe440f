import { OctaviaError } from '../../lib/errors.ts';
import type { ProviderCapabilities, ProviderRegistry } from '../../providers/provider-driver.ts';
import { providerNotEnabled, providerNotFound } from '../machinery/faults.ts';

/** The capability calls of a provider; 400 when it is not enabled, 501 when no driver has the name. */
export function providerCapabilities(registry: ProviderRegistry, name: string): ProviderCapabilities {
  try {
    return registry.capabilities(name);
  } catch (error) {
    if (error instanceof OctaviaError && error.code === 'provider-not-enabled') throw providerNotEnabled(name);
    if (error instanceof OctaviaError && error.code === 'provider-not-found') throw providerNotFound(name);
    throw error;
  }
}
