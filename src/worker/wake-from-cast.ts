import type { Cast } from '../bus/bus.ts';
import type { Store } from '../store/database.ts';
import type { Place } from './fair-line.ts';

/** Whom a cast wakes. `unknown` says that the rows it speaks of are not (yet) to be seen. */
export type Wake =
  | { readonly kind: 'load-balancer'; readonly id: string }
  | { readonly kind: 'amphora'; readonly id: string }
  | { readonly kind: 'unknown' };

/** A wish that a cast of a Python API carries and that no column holds. */
export interface Wish {
  readonly kind: 'failover_load_balancer' | 'failover_amphora' | 'configure_amphora' | 'delete_amphora';
  readonly loadBalancerId: string | null;
  readonly amphoraId: string | null;
}

/** Where in a cast the object is, and how its load balancer is found from there (contracts section 8). */
type Path =
  | { readonly by: 'load_balancer'; readonly args: readonly string[]; readonly keys: readonly string[] }
  | { readonly by: 'listener' | 'pool' | 'l7policy' | 'amphora'; readonly args: readonly string[]; readonly keys: readonly string[] };

const LISTENER: Path = { by: 'load_balancer', args: ['listener', 'original_listener'], keys: ['loadbalancer_id', 'load_balancer_id'] };
const POOL: Path = { by: 'load_balancer', args: ['pool', 'original_pool'], keys: ['loadbalancer_id', 'load_balancer_id'] };
const MEMBER: Path = { by: 'pool', args: ['member', 'original_member'], keys: ['pool_id'] };
const MONITOR: Path = { by: 'pool', args: ['health_monitor', 'original_health_monitor'], keys: ['pool_id'] };
const L7POLICY: Path = { by: 'listener', args: ['l7policy', 'original_l7policy'], keys: ['listener_id'] };
const L7RULE: Path = { by: 'l7policy', args: ['l7rule', 'original_l7rule'], keys: ['l7policy_id'] };
const LOAD_BALANCER: Path = { by: 'load_balancer', args: ['loadbalancer', 'original_load_balancer'], keys: ['loadbalancer_id', 'id'] };
const AMPHORA: Path = { by: 'amphora', args: [''], keys: ['amphora_id'] };

const PATHS: Readonly<Record<Cast['method'], Path>> = {
  create_load_balancer: LOAD_BALANCER, update_load_balancer: LOAD_BALANCER, delete_load_balancer: LOAD_BALANCER,
  failover_load_balancer: { by: 'load_balancer', args: [''], keys: ['load_balancer_id'] },
  failover_amphora: AMPHORA, delete_amphora: AMPHORA, update_amphora_agent_config: AMPHORA,
  create_listener: LISTENER, update_listener: LISTENER, delete_listener: LISTENER,
  create_pool: POOL, update_pool: POOL, delete_pool: POOL,
  create_member: MEMBER, update_member: MEMBER, delete_member: MEMBER,
  batch_update_members: { by: 'pool', args: ['old_members', 'new_members', 'updated_members'], keys: ['pool_id'] },
  create_health_monitor: MONITOR, update_health_monitor: MONITOR, delete_health_monitor: MONITOR,
  create_l7policy: L7POLICY, update_l7policy: L7POLICY, delete_l7policy: L7POLICY,
  create_l7rule: L7RULE, update_l7rule: L7RULE, delete_l7rule: L7RULE,
};

/** Finds whom a cast is about. One look-up at most; none for the casts that name their load balancer. */
export async function findWake(store: Store, cast: Cast): Promise<Wake> {
  const subject = subjectOf(cast);
  if (subject === null) return { kind: 'unknown' };
  const loadBalancerId = subject.table === 'load_balancer' ? subject.id : await loadBalancerOf(store, subject.table, subject.id);
  if (loadBalancerId !== null) return { kind: 'load-balancer', id: loadBalancerId };
  // An amphora without load balancer is worked on by itself.
  return subject.table === 'amphora' ? { kind: 'amphora', id: subject.id } : { kind: 'unknown' };
}

/** The row in a cast's arguments from which its load balancer is found; null for arguments that name none. */
export function subjectOf(cast: Cast): { readonly table: Path['by']; readonly id: string } | null {
  const path = PATHS[cast.method];
  const id = firstText(cast.args, path);
  return id === null ? null : { table: path.by, id };
}

/** The wish in a cast, when it is one of the four that carry one. */
export function wishOf(cast: Cast, wake: Wake): Wish | null {
  const loadBalancerId = wake.kind === 'load-balancer' ? wake.id : null;
  const amphoraId = firstText(cast.args, AMPHORA);
  switch (cast.method) {
    case 'failover_load_balancer': return { kind: 'failover_load_balancer', loadBalancerId, amphoraId: null };
    case 'failover_amphora': return { kind: 'failover_amphora', loadBalancerId, amphoraId };
    case 'delete_amphora': return { kind: 'delete_amphora', loadBalancerId, amphoraId };
    case 'update_amphora_agent_config': return { kind: 'configure_amphora', loadBalancerId, amphoraId };
    default: return null;
  }
}

/** How urgent a cast is; of creations, which come in bursts, also whose they are. */
export function placeOf({ method, args }: Cast): Place {
  if (method.startsWith('failover_')) return { urgency: 'repair', project: '' };
  if (method !== 'create_load_balancer') return { urgency: 'change', project: '' };
  return { urgency: 'creation', project: textUnder(args['loadbalancer'], ['project_id']) ?? '' };
}

async function loadBalancerOf(store: Store, table: 'listener' | 'pool' | 'l7policy' | 'amphora', id: string): Promise<string | null> {
  if (table === 'l7policy') {
    const row = await store.read.selectFrom('l7policy').innerJoin('listener', 'listener.id', 'l7policy.listener_id')
      .select('listener.load_balancer_id').where('l7policy.id', '=', id).executeTakeFirst();
    return row?.load_balancer_id ?? null;
  }
  const row = await store.read.selectFrom(table).select('load_balancer_id').where('id', '=', id).executeTakeFirst();
  return row?.load_balancer_id ?? null;
}

/** First text under one of the keys, in one of the arguments; '' is the argument object itself. */
function firstText(args: Cast['args'], path: Path): string | null {
  for (const name of path.args) {
    const value = name === '' ? args : args[name];
    for (const candidate of Array.isArray(value) ? value : [value]) {
      const found = textUnder(candidate, path.keys);
      if (found !== null) return found;
    }
  }
  return null;
}

function textUnder(value: unknown, keys: readonly string[]): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const entry = Object.entries(value).find(([key, text]) => keys.includes(key) && typeof text === 'string' && text !== '');
  return typeof entry?.[1] === 'string' ? entry[1] : null;
}
