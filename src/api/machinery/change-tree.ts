import { randomUUID } from 'node:crypto';
import type { Cast } from '../../bus/bus.ts';
import type { ProvisioningStatus } from '../../model/enums.ts';
import { toSqlDatetime } from '../../lib/clock.ts';
import type { ProviderDriver } from '../../providers/provider-driver.ts';
import type { Trx } from '../../store/database.ts';
import { DatabaseConflict } from '../../store/errors.ts';
import { appendEvents, type NewEvent } from '../../store/events.ts';
import { reserveQuota, type QuotaDefaults, type QuotaType } from '../../store/quotas.ts';
import { lockLoadBalancer, markPending, type AffectedRows, type LockedLoadBalancer } from '../../store/resources/lock-load-balancer.ts';
import type { RequestContext } from '../auth/request-context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { callProvider, providerDriver } from './call-provider.ts';
import { immutableObject, loadBalancerPending, notFound, projectBusy, quotaExceeded } from './faults.ts';

export interface ChangeOptions {
  readonly loadBalancerId: string;
  readonly context: RequestContext;
  /** 'update' needs an ACTIVE load balancer; 'delete' and 'failover' of one take ERROR too. @default 'update' */
  readonly action?: 'update' | 'delete' | 'failover';
  /** Wording of the 409: the load balancer's own changes say its state. @default 'immutable' */
  readonly conflict?: 'immutable' | 'state';
  /** Taken out of the project's quota before anything else. */
  readonly quota?: QuotaNeed;
}

export interface QuotaNeed {
  readonly type: QuotaType;
  readonly label: string;
  readonly count: number;
}

/** A change of one load balancer's tree while its row is locked. */
export interface Change {
  readonly trx: Trx;
  readonly loadBalancer: LockedLoadBalancer;
  /** `YYYY-MM-DD HH:MM:SS` of this change. */
  readonly now: string;
  /** An id for a new row. The same again when the transaction is retried: the provider may have been told it already. */
  newId(): string;
  /** Marks the load balancer and the affected rows as waiting for the worker. */
  markPending(affected?: AffectedRows): Promise<void>;
  /** Throws 409 when a parent below the load balancer is in the way (ERROR, being deleted). */
  requireMutable(label: string, id: string, status: ProvisioningStatus): void;
  /** One call of the load balancer's provider; refusals become faults and roll everything back. */
  provider(call: (driver: ProviderDriver) => Promise<void>): Promise<void>;
  /** Notes in the load balancer's history that the caller's wish was accepted. */
  record(action: string, objectType: string, objectId: string): void;
}

/** What a transaction leaves for its end, or for its next attempt. */
interface Afterwards {
  /** Sent after commit. */
  readonly casts: Cast[];
  /** Written last, because the history's counter is locked from then on. */
  readonly events: NewEvent[];
  readonly newId: () => string;
}

const UPDATABLE: readonly ProvisioningStatus[] = ['ACTIVE'];
/** Whose load balancers of early releases are that name no provider; the default of today is for new ones. */
const UNNAMED_PROVIDER = 'amphora';
/** With `merge_pending_updates`: the worker looks again after each run, so later wishes join the one under way. */
const MERGEABLE: readonly ProvisioningStatus[] = ['ACTIVE', 'PENDING_CREATE', 'PENDING_UPDATE'];

/**
 * Locks the load balancer, takes quota, checks that it may be changed and runs `work`, all in one transaction; afterwards
 * sends what the provider queued. A bus that cannot be reached fails no request: the sweep finds the PENDING rows.
 */
export function changeTree<T>(deps: ApiDependencies, options: ChangeOptions, work: (change: Change) => Promise<T>): Promise<T> {
  return withAfterwards(deps, async (trx, afterwards) => {
    const loadBalancer = await lockLoadBalancer(trx, options.loadBalancerId);
    if (!loadBalancer || loadBalancer.provisioning_status === 'DELETED') throw notFound('Load Balancer', options.loadBalancerId);
    const change = createChange(deps, options, { trx, loadBalancer, afterwards });
    if (options.quota) await takeQuota(deps, trx, loadBalancer.project_id, options.quota);
    requireChangeable(deps, options, loadBalancer);
    return work(change);
  });
}

async function withAfterwards<T>(deps: ApiDependencies, work: (trx: Trx, afterwards: Afterwards) => Promise<T>): Promise<T> {
  let casts: readonly Cast[] = [];
  const ids: string[] = [];
  const result = await transaction(deps, async (trx) => {
    let drawn = 0;
    // A retried transaction starts with nothing queued.
    const afterwards: Afterwards = { casts: [], events: [], newId: () => (ids[drawn++] ??= randomUUID()) };
    const outcome = await work(trx, afterwards);
    await appendEvents(trx, afterwards.events);
    casts = afterwards.casts;
    return outcome;
  });
  sendCasts(deps, casts);
  return result;
}

/** The same for a load balancer that does not exist yet: `work` inserts it. */
export function createTree<T>(deps: ApiDependencies, options: { readonly loadBalancer: LockedLoadBalancer; readonly context: RequestContext }, work: (change: Change) => Promise<T>): Promise<T> {
  return withAfterwards(deps, (trx, afterwards) => work(createChange(deps, options, { trx, loadBalancer: options.loadBalancer, afterwards })));
}

/** A transaction whose lost races are the API's 503. */
export async function transaction<T>(deps: Pick<ApiDependencies, 'store'>, work: (trx: Trx) => Promise<T>): Promise<T> {
  try {
    return await deps.store.transaction(work);
  } catch (error) {
    if (error instanceof DatabaseConflict) throw projectBusy(error);
    throw error;
  }
}

/** What was committed is accepted: nobody waits for the broker to confirm that it heard of it, which it may do late or never. */
export function sendCasts(deps: Pick<ApiDependencies, 'bus' | 'log'>, casts: readonly Cast[]): void {
  for (const cast of casts) {
    deps.bus.cast(cast).catch((error: unknown) => deps.log.warn({ method: cast.method, req: cast.requestId, err: error }, 'the control bus did not take a cast; the sweep will find the change'));
  }
}

/** Throws 403 when the project has no room left; noauth deployments count nothing. */
export async function takeQuota(deps: Pick<ApiDependencies, 'config'>, trx: Trx, projectId: string | null, need: QuotaNeed): Promise<void> {
  if (need.count < 1 || deps.config.api_settings.auth_strategy === 'noauth' || projectId === null) return;
  if (!(await reserveQuota(trx, projectId, need.type, need.count, quotaDefaults(deps.config)))) throw quotaExceeded(need.label);
}

function quotaDefaults({ quotas }: ApiDependencies['config']): QuotaDefaults {
  return {
    load_balancer: quotas.default_load_balancer_quota, listener: quotas.default_listener_quota, pool: quotas.default_pool_quota,
    health_monitor: quotas.default_health_monitor_quota, member: quotas.default_member_quota, l7policy: quotas.default_l7policy_quota, l7rule: quotas.default_l7rule_quota,
  };
}

function requireChangeable(deps: ApiDependencies, options: ChangeOptions, loadBalancer: LockedLoadBalancer): void {
  const status = loadBalancer.provisioning_status;
  const isBrokenAllowed = (options.action ?? 'update') !== 'update';
  if (updatableStatuses(deps).includes(status) || (isBrokenAllowed && status === 'ERROR')) return;
  throw options.conflict === 'state' ? loadBalancerPending(status, loadBalancer.id) : immutableObject('Load Balancer', loadBalancer.id);
}

function updatableStatuses(deps: ApiDependencies): readonly ProvisioningStatus[] {
  return deps.config.api_settings.merge_pending_updates ? MERGEABLE : UPDATABLE;
}

function createChange(deps: ApiDependencies, options: { readonly context: RequestContext }, open: { trx: Trx; loadBalancer: LockedLoadBalancer; afterwards: Afterwards }): Change {
  const { trx, loadBalancer, afterwards } = open;
  const { requestId, userId } = options.context;
  const now = toSqlDatetime(deps.clock.now());
  const name = loadBalancer.provider ?? UNNAMED_PROVIDER;
  const driver = providerDriver(deps.providers, name, { trx, requestId, cast: (cast) => void afterwards.casts.push(cast) });
  return {
    trx,
    loadBalancer,
    now,
    newId: afterwards.newId,
    markPending: (affected = {}) => markPending(trx, loadBalancer.id, affected, now),
    requireMutable(label, id, status) {
      if (!updatableStatuses(deps).includes(status)) throw immutableObject(label, id);
    },
    provider: (call) => callProvider(name, () => call(driver)),
    record: (action, objectType, objectId) => void afterwards.events.push({
      id: randomUUID(), loadBalancerId: loadBalancer.id, projectId: loadBalancer.project_id, userId, requestId, objectType, objectId, action, outcome: 'accepted',
    }),
  };
}
