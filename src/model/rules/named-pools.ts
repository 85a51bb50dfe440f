import type { NestedBody } from '../resources/resource.ts';
import type { listener } from '../resources/listener.ts';
import type { pool } from '../resources/pool.ts';
import { validationFailure } from '../violation.ts';

type NestedPool = NestedBody<typeof pool>;
type NestedListener = NestedBody<typeof listener>;

/**
 * All pools of a fully populated create in the order they are made: those of the top-level list, then those spelled out
 * inside listeners and policies. A body with nothing but a name refers to one of them (octavia: controllers/load_balancer.py
 * _graph_create).
 */
export function collectPools(listeners: readonly NestedListener[], topLevel: readonly NestedPool[]): readonly CompleteNestedPool[] {
  const inner = listeners.flatMap((listener) => [listener.default_pool, ...(listener.l7policies ?? []).map((policy) => policy.redirect_pool)].filter((pool) => pool !== undefined && pool !== null));
  if (inner.some((pool) => !pool.name)) throw validationFailure('Pools must be named when creating a fully populated loadbalancer.');
  const pools = [...topLevel, ...inner.filter((pool) => !isReference(pool))];
  const names = pools.flatMap((pool) => (pool.name ? [pool.name] : []));
  if (new Set(names).size < names.length) throw validationFailure('Pool names must be unique when creating a fully populated loadbalancer.');
  const missing = inner.find((pool) => isReference(pool) && !names.includes(pool.name ?? ''));
  if (missing) throw validationFailure(`Pool '${missing.name ?? ''}' was referenced but no full definition was found.`);
  return pools.map(completed);
}

export type CompleteNestedPool = Omit<NestedPool, 'protocol' | 'lb_algorithm'> & { readonly protocol: NonNullable<NestedPool['protocol']>; readonly lb_algorithm: NonNullable<NestedPool['lb_algorithm']> };

/** The decoder fills in admin_state_up and tls_enabled by itself. */
const DEFAULTED = new Set(['name', 'admin_state_up', 'tls_enabled']);

function isReference(pool: NestedPool): boolean {
  return Object.keys(pool).every((key) => DEFAULTED.has(key));
}

function completed(pool: NestedPool): CompleteNestedPool {
  const { protocol, lb_algorithm: algorithm } = pool;
  const missing = protocol ? (algorithm ? null : 'lb_algorithm') : 'protocol';
  if (!protocol || !algorithm) throw validationFailure(`Pool definition for '${pool.name ?? 'None'}' missing required attribute: ${missing ?? ''}`);
  return { ...pool, protocol, lb_algorithm: algorithm };
}
