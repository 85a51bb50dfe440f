import { call } from './http.ts';
import type * as schema from './schema.ts';

/** Types of one kind of object: as shown, as created, as updated. */
interface Kinds {
  loadbalancer: { shown: schema.Loadbalancer; create: schema.LoadbalancerCreate; update: schema.LoadbalancerUpdate };
  listener: { shown: schema.Listener; create: schema.ListenerCreate; update: schema.ListenerUpdate };
  pool: { shown: schema.Pool; create: schema.PoolCreate; update: schema.PoolUpdate };
  member: { shown: schema.Member; create: schema.MemberCreate; update: schema.MemberUpdate };
  healthmonitor: { shown: schema.Healthmonitor; create: schema.HealthmonitorCreate; update: schema.HealthmonitorUpdate };
  l7policy: { shown: schema.L7policy; create: schema.L7policyCreate; update: schema.L7policyUpdate };
  rule: { shown: schema.Rule; create: schema.RuleCreate; update: schema.RuleUpdate };
  quota: { shown: schema.Quota; create: schema.QuotaCreate; update: schema.QuotaUpdate };
  flavor: { shown: schema.Flavor; create: schema.FlavorCreate; update: schema.FlavorUpdate };
  flavorprofile: { shown: schema.Flavorprofile; create: schema.FlavorprofileCreate; update: schema.FlavorprofileUpdate };
  availability_zone: { shown: schema.AvailabilityZone; create: schema.AvailabilityZoneCreate; update: schema.AvailabilityZoneUpdate };
  availability_zone_profile: { shown: schema.AvailabilityZoneProfile; create: schema.AvailabilityZoneProfileCreate; update: schema.AvailabilityZoneProfileUpdate };
  amphora: { shown: schema.Amphora; create: never; update: never };
  rollout: { shown: schema.Rollout; create: schema.RolloutCreate; update: schema.RolloutUpdate };
}

export type Kind = keyof Kinds;
export type Shown<K extends Kind> = Kinds[K]['shown'];
export type Update<K extends Kind> = Kinds[K]['update'];
export type Create<K extends Kind> = Kinds[K]['create'];

/** Collection below the API, and its key in list answers. `:parent` stands for the pool or policy. */
const PLACES: Readonly<Record<Kind, { readonly path: string; readonly list: string }>> = {
  loadbalancer: { path: '/v2.0/lbaas/loadbalancers', list: 'loadbalancers' },
  listener: { path: '/v2.0/lbaas/listeners', list: 'listeners' },
  pool: { path: '/v2.0/lbaas/pools', list: 'pools' },
  member: { path: '/v2.0/lbaas/pools/:parent/members', list: 'members' },
  healthmonitor: { path: '/v2.0/lbaas/healthmonitors', list: 'healthmonitors' },
  l7policy: { path: '/v2.0/lbaas/l7policies', list: 'l7policies' },
  rule: { path: '/v2.0/lbaas/l7policies/:parent/rules', list: 'rules' },
  quota: { path: '/v2.0/lbaas/quotas', list: 'quotas' },
  flavor: { path: '/v2.0/lbaas/flavors', list: 'flavors' },
  flavorprofile: { path: '/v2.0/lbaas/flavorprofiles', list: 'flavorprofiles' },
  availability_zone: { path: '/v2.0/lbaas/availabilityzones', list: 'availability_zones' },
  availability_zone_profile: { path: '/v2.0/lbaas/availabilityzoneprofiles', list: 'availability_zone_profiles' },
  amphora: { path: '/v2.0/octavia/amphorae', list: 'amphorae' },
  rollout: { path: '/v2.0/octavia/rollouts', list: 'rollouts' },
};

export type Query = Readonly<Record<string, string | readonly string[]>>;

/** Path of a collection or one object, for every caller of the API. */
export function pathOf(kind: Kind, options: { parent?: string; id?: string; action?: string } = {}): string {
  const collection = PLACES[kind].path.replace(':parent', encodeURIComponent(options.parent ?? ''));
  return [collection, ...(options.id === undefined ? [] : [encodeURIComponent(options.id)]), ...(options.action === undefined ? [] : [options.action])].join('/');
}

/** All objects of a list, page by page; `onPage` sees what is there so far. Throws ServiceFault. */
export async function listAll<K extends Kind>(kind: K, query: Query = {}, options: { parent?: string; onPage?: (soFar: readonly Shown<K>[]) => void } = {}): Promise<readonly Shown<K>[]> {
  const all: Shown<K>[] = [];
  for (let marker: string | null = null; ; ) {
    const page: Readonly<Record<string, unknown>> = await octavia('GET', withQuery(pathOf(kind, options), { ...query, limit: '1000', ...(marker !== null && { marker }) }));
    const { list } = PLACES[kind];
    all.push(...((page[list] ?? []) as Shown<K>[]));
    options.onPage?.(all);
    const links = Object.entries(page).find(([key]) => key.endsWith('_links'))?.[1] as readonly { rel: string; href: string }[] | undefined;
    const next = links?.find(({ rel }) => rel === 'next');
    marker = next === undefined ? null : new URL(next.href, location.origin).searchParams.get('marker');
    if (marker === null) return all;
  }
}

export async function show<K extends Kind>(kind: K, id: string, parent?: string): Promise<Shown<K>> {
  return root(kind, await octavia('GET', pathOf(kind, { id, ...(parent !== undefined && { parent }) })));
}

export async function create<K extends Kind>(kind: K, body: Create<K>, parent?: string): Promise<Shown<K>> {
  return root(kind, await octavia('POST', pathOf(kind, parent === undefined ? {} : { parent }), { [kind]: body }));
}

export async function update<K extends Kind>(kind: K, id: string, body: Update<K>, parent?: string): Promise<Shown<K>> {
  return root(kind, await octavia('PUT', pathOf(kind, { id, ...(parent !== undefined && { parent }) }), { [kind]: body }));
}

export async function remove(kind: Kind, id: string, options: { parent?: string; cascade?: boolean } = {}): Promise<void> {
  const path = pathOf(kind, { id, ...(options.parent !== undefined && { parent: options.parent }) });
  await octavia('DELETE', options.cascade ? `${path}?cascade=true` : path);
}

/** Replaces all members of a pool at once. */
export async function replaceMembers(poolId: string, members: readonly Record<string, unknown>[]): Promise<void> {
  await octavia('PUT', pathOf('member', { parent: poolId }), { members });
}

/** Any call of the Octavia API: `/v2.0/lbaas/...`. */
export function octavia<T = Readonly<Record<string, unknown>>>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  return call<T>(method, `/load-balancer${path}`, body, signal);
}

export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams(Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, one])));
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}

function root<K extends Kind>(kind: K, answer: Readonly<Record<string, unknown>>): Shown<K> {
  return answer[kind] as Shown<K>;
}
