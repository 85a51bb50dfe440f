import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Config } from '../config/config.ts';
import { OctaviaError, reasonOf } from '../lib/errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { DriverLibrary } from './driver-library.ts';
import { NotImplementedByProvider, ProviderConflict, type ProviderDriver, ProviderError, ProviderResourceNotFound, UnsupportedOption } from './provider-driver.ts';

/** What a module of `[api_settings] provider_modules` is given. */
export interface ProviderModuleContext {
  /** The name under which the operator enabled it. */
  readonly name: string;
  readonly config: Config;
  readonly log: Logger;
  /** Reports statuses and statistics, and looks objects up, through the driver agent. */
  readonly library: DriverLibrary;
  /** What a driver throws: the API turns them into 501, 501, 409, 404 and 500. */
  readonly errors: {
    readonly UnsupportedOption: typeof UnsupportedOption;
    readonly NotImplementedByProvider: typeof NotImplementedByProvider;
    readonly ProviderConflict: typeof ProviderConflict;
    readonly ProviderResourceNotFound: typeof ProviderResourceNotFound;
    readonly ProviderError: typeof ProviderError;
  };
}

/** What `createProvider(context)` of such a module answers (or promises). Calls that are left out are "not implemented by the provider". */
export interface ProviderModule {
  readonly driver: Partial<ProviderDriver>;
  close?(): Promise<void> | void;
}

/** A loaded module: a driver with all 28 calls. */
export interface LoadedProviderModule {
  readonly driver: ProviderDriver;
  close(): Promise<void>;
}

export class ProviderModuleNotLoaded extends OctaviaError {
  constructor(provider: string, specifier: string, reason: string, cause?: unknown) {
    super('provider-module-not-loaded', `The module ${specifier} of provider ${provider} cannot be loaded: ${reason}`, { cause });
  }
}

/** Imports a provider written in TypeScript or JavaScript, by path or package name. Throws ProviderModuleNotLoaded. */
export async function loadProviderModule(specifier: string, context: Omit<ProviderModuleContext, 'errors'>): Promise<LoadedProviderModule> {
  try {
    const imported: unknown = await import(addressOf(specifier));
    const create = functionOf(imported, 'createProvider');
    if (create === null) throw new Error('it exports no function createProvider');
    const made: unknown = await create({ ...context, errors: { UnsupportedOption, NotImplementedByProvider, ProviderConflict, ProviderResourceNotFound, ProviderError } } satisfies ProviderModuleContext);
    const driver = propertyOf(made, 'driver');
    if (typeof driver !== 'object' || driver === null) throw new Error('createProvider answered no driver');
    const close = functionOf(made, 'close');
    return { driver: completeDriver(driver), close: async () => void (await close?.()) };
  } catch (error) {
    throw new ProviderModuleNotLoaded(context.name, specifier, reasonOf(error), error);
  }
}

/** Paths are absolute or begin with a dot; everything else is a package. */
function addressOf(specifier: string): string {
  return isAbsolute(specifier) || specifier.startsWith('.') ? pathToFileURL(resolve(specifier)).href : specifier;
}

const NOT_IMPLEMENTED = 'This feature is not implemented by the provider.';

/** A driver with every call; those that `partial` lacks refuse, as octavia-lib's base class does. */
function completeDriver(partial: object): ProviderDriver {
  const call = (name: keyof ProviderDriver) => async (...args: readonly unknown[]): Promise<never> => {
    const method = functionOf(partial, name);
    if (method === null) throw new NotImplementedByProvider(NOT_IMPLEMENTED);
    // The module's answer is what its author says it is; the interface is the contract.
    return await method.call(partial, ...args) as never;
  };
  return {
    createVipPort: call('createVipPort'),
    loadbalancerCreate: call('loadbalancerCreate'), loadbalancerDelete: call('loadbalancerDelete'), loadbalancerFailover: call('loadbalancerFailover'), loadbalancerUpdate: call('loadbalancerUpdate'),
    listenerCreate: call('listenerCreate'), listenerDelete: call('listenerDelete'), listenerUpdate: call('listenerUpdate'),
    poolCreate: call('poolCreate'), poolDelete: call('poolDelete'), poolUpdate: call('poolUpdate'),
    memberCreate: call('memberCreate'), memberDelete: call('memberDelete'), memberUpdate: call('memberUpdate'), memberBatchUpdate: call('memberBatchUpdate'),
    healthMonitorCreate: call('healthMonitorCreate'), healthMonitorDelete: call('healthMonitorDelete'), healthMonitorUpdate: call('healthMonitorUpdate'),
    l7policyCreate: call('l7policyCreate'), l7policyDelete: call('l7policyDelete'), l7policyUpdate: call('l7policyUpdate'),
    l7ruleCreate: call('l7ruleCreate'), l7ruleDelete: call('l7ruleDelete'), l7ruleUpdate: call('l7ruleUpdate'),
    getSupportedFlavorMetadata: call('getSupportedFlavorMetadata'), validateFlavor: call('validateFlavor'),
    getSupportedAvailabilityZoneMetadata: call('getSupportedAvailabilityZoneMetadata'), validateAvailabilityZone: call('validateAvailabilityZone'),
  };
}

function propertyOf(value: unknown, name: string): unknown {
  return (typeof value === 'object' || typeof value === 'function') && value !== null ? Reflect.get(value, name) : undefined;
}

function functionOf(value: unknown, name: string): ((...args: readonly unknown[]) => unknown) | null {
  const property = propertyOf(value, name);
  return typeof property === 'function' ? (property as (...args: readonly unknown[]) => unknown) : null;
}
