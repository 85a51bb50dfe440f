import type { HealthMonitor, L7Policy, L7Rule, Listener, LoadBalancerGraph, Member, Pool } from '../../model/graph.ts';
import type { ProvisioningStatus } from '../../model/enums.ts';

/** An L7 policy that takes effect, with the rules that count and the pool it sends to. */
export interface ServedPolicy {
  readonly policy: L7Policy;
  readonly rules: readonly L7Rule[];
  readonly redirectPool: Pool | null;
}

/** A listener that haproxy serves, with everything that belongs in its frontend and backends. */
export interface ServedListener {
  readonly listener: Listener;
  readonly defaultPool: Pool | null;
  /** Ascending by position. */
  readonly policies: readonly ServedPolicy[];
  /** Default pool first, then redirect pools; each once. */
  readonly pools: readonly Pool[];
}

interface Provisioned {
  readonly provisioningStatus: ProvisioningStatus;
}

/** Listeners that belong to haproxy at all, disabled ones included (they count for prometheus and TLS sizing). */
export function haproxyListeners(graph: LoadBalancerGraph): readonly Listener[] {
  return graph.listeners.filter((listener) => isKept(listener) && listener.protocol !== 'UDP' && listener.protocol !== 'SCTP');
}

/** What is rendered: enabled listeners of an enabled load balancer and their enabled pools and policies. */
export function servedListeners(graph: LoadBalancerGraph): readonly ServedListener[] {
  if (!graph.enabled) return [];
  return haproxyListeners(graph)
    .filter((listener) => listener.enabled)
    .map((listener) => serveListener(graph, listener));
}

/** Members to write, in creation order; disabled ones stay in the configuration as `disabled`. */
export function servedMembers(pool: Pool): readonly Member[] {
  return pool.members.filter(isKept);
}

/** The monitor in effect, or null. */
export function servedMonitor(pool: Pool): HealthMonitor | null {
  const monitor = pool.healthMonitor;
  return monitor && monitor.enabled && isKept(monitor) ? monitor : null;
}

function serveListener(graph: LoadBalancerGraph, listener: Listener): ServedListener {
  const poolOf = (id: string | null): Pool | null => graph.pools.find((pool) => pool.id === id && isKept(pool) && pool.enabled) ?? null;
  const enabled = listener.l7policies.filter((policy) => policy.enabled && isKept(policy)).toSorted((a, b) => a.position - b.position);
  const defaultPool = poolOf(listener.defaultPoolId);
  // A policy whose rules are all disabled does nothing, yet its pool keeps being monitored, as in the original.
  const redirectPools = enabled.filter((policy) => policy.rules.length > 0).map((policy) => poolOf(policy.redirectPoolId));
  const pools = [...new Set([defaultPool, ...redirectPools].filter((pool) => pool !== null))];
  const policies = enabled
    .map((policy) => ({ policy, rules: policy.rules.filter((rule) => rule.enabled && isKept(rule)), redirectPool: poolOf(policy.redirectPoolId) }))
    .filter((served) => served.rules.length > 0);
  return { listener, defaultPool, policies, pools };
}

function isKept(object: Provisioned): boolean {
  return object.provisioningStatus !== 'PENDING_DELETE' && object.provisioningStatus !== 'DELETED';
}
