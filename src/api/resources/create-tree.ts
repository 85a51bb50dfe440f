import type { listener } from '../../model/resources/listener.ts';
import type { NestedBody } from '../../model/resources/resource.ts';
import { checkPoolProtocol, checkTakesChildren } from '../../model/rules/protocols.ts';
import { collectPools, type CompleteNestedPool } from '../../model/rules/named-pools.ts';
import { settlePositions, settleRedirect } from '../../model/rules/l7policy.ts';
import { MAX_RULES_PER_POLICY } from '../../model/rules/l7rule.ts';
import type { RequestContext } from '../auth/request-context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { takeQuota, type Change } from '../machinery/change-tree.ts';
import { ApiFault, tooManyRules } from '../machinery/faults.ts';
import { checkNewListener } from './check-listener.ts';
import { insertListener, openListenerSite, requireDefaultPool, type ListenerSite } from './insert-listener.ts';
import { checkNewRule, insertPolicyAt, insertRule } from './insert-policy.ts';
import { checkNewPool, insertPool } from './insert-pool.ts';
import { checkPoolChildren, insertPoolChildren } from './pool-children.ts';
import type { LoadBalancerBody } from './vip-request.ts';

type NestedListener = NestedBody<typeof listener>;

/** The children of a fully populated create, checked. */
export interface PlannedTree {
  readonly pools: readonly CompleteNestedPool[];
  readonly listeners: readonly NestedListener[];
}

/** Checks every child by itself and against its relatives; nothing is written. */
export async function planTree(deps: ApiDependencies, context: RequestContext, projectId: string | null, body: Pick<LoadBalancerBody, 'listeners' | 'pools'>): Promise<PlannedTree> {
  const listeners = body.listeners ?? [];
  const pools = collectPools(listeners, body.pools ?? []);
  for (const pool of pools) {
    await checkNewPool(deps, projectId, pool);
    await checkPoolChildren(deps, context, pool);
  }
  for (const item of listeners) await checkListener(deps, projectId, item, pools);
  return { pools, listeners };
}

async function checkListener(deps: ApiDependencies, projectId: string | null, item: NestedListener, pools: readonly CompleteNestedPool[]): Promise<void> {
  await checkNewListener(deps, projectId, item);
  const policies = item.l7policies ?? [];
  if (item.default_pool || policies.length > 0) checkTakesChildren(item.protocol);
  if (item.default_pool) checkPoolProtocol(item.protocol, poolNamed(pools, item.default_pool.name).protocol);
  for (const policy of policies) {
    settleRedirect(policy, Boolean(policy.redirect_pool));
    if (policy.redirect_pool) checkPoolProtocol(item.protocol, poolNamed(pools, policy.redirect_pool.name).protocol);
    for (const rule of policy.rules ?? []) checkNewRule(rule);
    if ((policy.rules ?? []).length > MAX_RULES_PER_POLICY) throw tooManyRules(policy.name ?? '');
  }
}

function poolNamed(pools: readonly CompleteNestedPool[], name: string | null | undefined): CompleteNestedPool {
  const pool = pools.find((candidate) => candidate.name === name);
  if (!pool) throw new ApiFault(400, `Missing details for Pool object: ${name ?? ''}`);
  return pool;
}

/** Inserts the children below the load balancer of `change`, taking their quotas first. Answers the listeners' ids. */
export async function insertTree(deps: ApiDependencies, change: Change, plan: PlannedTree): Promise<readonly string[]> {
  const project = change.loadBalancer.project_id;
  const policies = plan.listeners.flatMap((item) => item.l7policies ?? []);
  await takeQuota(deps, change.trx, project, { type: 'pool', label: 'Pool', count: plan.pools.length });
  await takeQuota(deps, change.trx, project, { type: 'listener', label: 'Listener', count: plan.listeners.length });
  await takeQuota(deps, change.trx, project, { type: 'l7policy', label: 'L7 Policy', count: policies.length });
  await takeQuota(deps, change.trx, project, { type: 'l7rule', label: 'L7 Rule', count: policies.reduce((count, policy) => count + (policy.rules ?? []).length, 0) });
  const poolIds = new Map<string, string>();
  for (const pool of plan.pools) {
    const id = await insertPool(deps, change, pool);
    if (pool.name) poolIds.set(pool.name, id);
    await insertPoolChildren(deps, change, id, pool);
  }
  const listenerIds: string[] = [];
  if (plan.listeners.length === 0) return listenerIds;
  const site = await openListenerSite(change);
  for (const item of plan.listeners) listenerIds.push(await insertListenerTree(deps, change, item, { poolIds, site }));
  return listenerIds;
}

interface Surroundings { readonly poolIds: ReadonlyMap<string, string>; readonly site: ListenerSite }

async function insertListenerTree(deps: ApiDependencies, change: Change, item: NestedListener, { poolIds, site }: Surroundings): Promise<string> {
  const idOf = (pool: { readonly name?: string | null } | null | undefined) => (pool ? (poolIds.get(pool.name ?? '') ?? null) : null);
  const newPool = idOf(item.default_pool);
  const defaultPool = newPool ?? item.default_pool_id ?? null;
  // What the request brings was checked against its relatives before.
  if (newPool === null && defaultPool !== null) await requireDefaultPool(change.trx, change.loadBalancer.id, defaultPool, item.protocol);
  const listenerId = await insertListener(deps, change, { ...item, default_pool_id: defaultPool }, site);
  const policies = item.l7policies ?? [];
  // Moving those before it for every one of thousands would take minutes.
  const positions = settlePositions(policies.map((policy) => policy.position ?? Number.MAX_SAFE_INTEGER));
  for (const [index, policy] of policies.entries()) {
    const policyId = await insertPolicyAt(change, listenerId, policy, { redirectPoolId: idOf(policy.redirect_pool), position: positions[index] ?? 1 });
    for (const rule of policy.rules ?? []) await insertRule(change, policyId, rule);
  }
  return listenerId;
}
