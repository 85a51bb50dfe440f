import type { Cast } from '../bus/bus.ts';
import { OctaviaError } from '../lib/errors.ts';
import type { Trx } from '../store/database.ts';

/** A provider-model dict (contracts section 17.4): absent key = unset, null = explicitly cleared. */
export type ProviderDict = Readonly<Record<string, unknown>>;

export interface ProviderVip {
  readonly vip_address?: string | null; readonly vip_network_id?: string | null; readonly vip_port_id?: string | null;
  readonly vip_subnet_id?: string | null; readonly vip_qos_policy_id?: string | null; readonly vip_sg_ids?: readonly string[];
  /** Answered only: whether Octavia made the port. */
  readonly octavia_owned?: boolean;
}
export interface ProviderAdditionalVip { readonly ip_address?: string | null; readonly network_id?: string | null; readonly port_id?: string | null; readonly subnet_id: string }

/** The provider lacks an option or a whole operation: API 501 (`... does not support a requested option: <m>`). */
export class UnsupportedOption extends OctaviaError {
  constructor(message: string) { super('provider-unsupported-option', message); }
}
export class NotImplementedByProvider extends OctaviaError {
  constructor(message: string) { super('provider-not-implemented', message); }
}
/** The provider found the VIP address taken: API 409 (`The VIP IP address is already in use: <m>`). */
export class ProviderConflict extends OctaviaError {
  constructor(message: string) { super('provider-conflict', message); }
}
/** The provider does not find a resource that the call needs: API 404 (`Provider '<p>' reports error: <m>`). */
export class ProviderResourceNotFound extends OctaviaError {
  constructor(message: string) { super('provider-resource-not-found', message); }
}
/** The provider failed: API 500 (`Provider '<p>' reports error: <m>`). */
export class ProviderError extends OctaviaError {
  constructor(message: string, cause?: unknown) { super('provider-error', message, { cause }); }
}

/**
 * A provider driver: octavia-lib's 28 calls (octavia_lib/api/drivers/provider_base.py). Called by the API inside the
 * request's transaction, after the rows are written and before commit, as the original does; must return quickly.
 * Throws UnsupportedOption, NotImplementedByProvider, ProviderConflict, ProviderResourceNotFound or ProviderError; the API then rolls back.
 */
export interface ProviderDriver {
  createVipPort(loadBalancerId: string, projectId: string | null, vip: ProviderVip, additional: readonly ProviderAdditionalVip[]): Promise<{ vip: ProviderVip; additional: readonly ProviderAdditionalVip[] }>;
  loadbalancerCreate(loadbalancer: ProviderDict): Promise<void>;
  loadbalancerDelete(loadbalancer: ProviderDict, cascade: boolean): Promise<void>;
  loadbalancerFailover(loadbalancerId: string): Promise<void>;
  loadbalancerUpdate(old: ProviderDict, updated: ProviderDict): Promise<void>;
  listenerCreate(listener: ProviderDict): Promise<void>;
  listenerDelete(listener: ProviderDict): Promise<void>;
  listenerUpdate(old: ProviderDict, updated: ProviderDict): Promise<void>;
  poolCreate(pool: ProviderDict): Promise<void>;
  poolDelete(pool: ProviderDict): Promise<void>;
  poolUpdate(old: ProviderDict, updated: ProviderDict): Promise<void>;
  memberCreate(member: ProviderDict): Promise<void>;
  memberDelete(member: ProviderDict): Promise<void>;
  memberUpdate(old: ProviderDict, updated: ProviderDict): Promise<void>;
  memberBatchUpdate(poolId: string, members: readonly ProviderDict[]): Promise<void>;
  healthMonitorCreate(monitor: ProviderDict): Promise<void>;
  healthMonitorDelete(monitor: ProviderDict): Promise<void>;
  healthMonitorUpdate(old: ProviderDict, updated: ProviderDict): Promise<void>;
  l7policyCreate(policy: ProviderDict): Promise<void>;
  l7policyDelete(policy: ProviderDict): Promise<void>;
  l7policyUpdate(old: ProviderDict, updated: ProviderDict): Promise<void>;
  l7ruleCreate(rule: ProviderDict): Promise<void>;
  l7ruleDelete(rule: ProviderDict): Promise<void>;
  l7ruleUpdate(old: ProviderDict, updated: ProviderDict): Promise<void>;
  /** name to description */
  getSupportedFlavorMetadata(): Promise<ReadonlyMap<string, string>>;
  validateFlavor(flavor: ProviderDict): Promise<void>;
  getSupportedAvailabilityZoneMetadata(): Promise<ReadonlyMap<string, string>>;
  validateAvailabilityZone(zone: ProviderDict): Promise<void>;
}

/**
 * What a driver call gets besides the dicts: the transaction of the request. Casts queued here are sent at once after
 * commit (our workers wait for nothing); a driver must not touch the bus itself.
 */
export interface ProviderCallScope {
  readonly trx: Trx;
  readonly requestId: string;
  /** Queued until the transaction has committed. */
  cast(cast: Cast): void;
}

/** The enabled providers by name (`[api_settings] enabled_provider_drivers`), one driver object per call scope. */
export interface ProviderRegistry {
  readonly enabled: ReadonlyMap<string, string>;
  readonly defaultName: string;
  /** Throws ProviderNotFound (API 501) and ProviderNotEnabled (400). */
  driver(name: string, scope: ProviderCallScope): ProviderDriver;
  /** The calls that touch no row, for use outside a transaction. Throws as `driver`. */
  capabilities(name: string): ProviderCapabilities;
}

/** What needs no transaction: the VIP port, and what flavors and availability zones may set. */
export type ProviderCapabilities = Pick<
  ProviderDriver, 'createVipPort' | 'getSupportedFlavorMetadata' | 'validateFlavor' | 'getSupportedAvailabilityZoneMetadata' | 'validateAvailabilityZone'
>;
