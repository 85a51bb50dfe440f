import { AddressInUse, AddressesExhausted, PortRefused, ResourceNotFound } from '../../drivers/errors.ts';
import { OctaviaError, reasonOf } from '../../lib/errors.ts';
import { NotImplementedByProvider, ProviderConflict, ProviderError, ProviderResourceNotFound, UnsupportedOption, type ProviderCallScope, type ProviderCapabilities, type ProviderDriver, type ProviderRegistry } from '../../providers/provider-driver.ts';
import { RuleViolation, validationFailure } from '../../model/violation.ts';
import { ApiFault, providerFailed, providerLacksAction, providerLacksOption, providerNotEnabled, providerFindsNothing, providerNotFound, vipAddressInUse } from './faults.ts';

/** Runs one driver call; its refusals become the faults of contracts section 6. */
export async function callProvider<T>(provider: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw providerFault(provider, error);
  }
}

/** The driver of a load balancer; unknown and switched-off providers are faults. */
export function providerDriver(registry: ProviderRegistry, provider: string, scope: ProviderCallScope): ProviderDriver {
  try {
    return registry.driver(provider, scope);
  } catch (error) {
    throw registryFault(provider, error);
  }
}

/** The calls of a provider that touch no load balancer. */
export function providerCapabilities(registry: ProviderRegistry, provider: string): ProviderCapabilities {
  try {
    return registry.capabilities(provider);
  } catch (error) {
    throw registryFault(provider, error);
  }
}

function registryFault(provider: string, error: unknown): unknown {
  if (!(error instanceof OctaviaError)) return error;
  if (error.code === 'provider-not-enabled') return providerNotEnabled(provider);
  return error.code === 'provider-not-found' ? providerNotFound(provider) : error;
}

function providerFault(provider: string, error: unknown): unknown {
  if (error instanceof ApiFault || error instanceof RuleViolation) return error;
  if (error instanceof UnsupportedOption) return providerLacksOption(provider, error.message);
  if (error instanceof NotImplementedByProvider) return providerLacksAction(provider, error.message);
  if (error instanceof ProviderConflict) return vipAddressInUse(error.message);
  if (error instanceof ProviderResourceNotFound) return providerFindsNothing(provider, error.message);
  const refusal = vipPortRefusal(error);
  if (refusal !== null) return refusal;
  if (error instanceof ProviderError || error instanceof ResourceNotFound) return providerFailed(provider, error.message, error);
  // Database errors must stay themselves, so that a conflict is tried again.
  if (error instanceof OctaviaError) return error;
  return providerFailed(provider, reasonOf(error), error);
}

/** What the network service says against a VIP port, as the caller's fault; null for anything else. Every conflict has the same words, a full subnet and a met quota too. */
export function vipPortRefusal(error: unknown): ApiFault | RuleViolation | null {
  if (error instanceof AddressInUse || error instanceof AddressesExhausted) return vipAddressInUse(error.message);
  if (!(error instanceof PortRefused)) return null;
  return error.kind === 'conflict' ? vipAddressInUse(error.reason) : validationFailure(`The VIP port cannot be made: ${error.reason}`);
}
