import type { Kysely } from 'kysely';
import type { Computed, Row } from '../../model/resources/serialise.ts';
import type { Database } from '../database.ts';
import { readPickledTexts } from '../python-pickle.ts';

/** What answers show besides an object's own columns, by object id. A fixed number of statements per page, whatever its length. */
export type RelationLoader = (db: Kysely<Database>, rows: readonly Row[]) => Promise<ReadonlyMap<string, Computed>>;

type Ids = readonly string[];
interface Reference { readonly id: string }

const idsOf = (rows: readonly Row[]): Ids => rows.map((row) => String(row['id']));
const reference = (id: string): Reference => ({ id });

/** Values by owner, in the order of the pairs. */
function grouped<T>(pairs: readonly { readonly owner: string; readonly value: T }[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const { owner, value } of pairs) {
    const group = groups.get(owner);
    if (group) group.push(value);
    else groups.set(owner, [value]);
  }
  return groups;
}

function assemble(rows: readonly Row[], compute: (id: string, row: Row) => Computed): ReadonlyMap<string, Computed> {
  return new Map(rows.map((row) => [String(row['id']), compute(String(row['id']), row)]));
}

export const loadBalancerRelations: RelationLoader = async (db, rows) => {
  const ids = idsOf(rows);
  if (ids.length === 0) return new Map();
  const tags = await tagsOf(db, ids);
  const listeners = grouped((await db.selectFrom('listener').select(['id', 'load_balancer_id']).where('load_balancer_id', 'in', ids).orderBy('created_at').orderBy('id').execute())
    .map((row) => ({ owner: row.load_balancer_id ?? '', value: reference(row.id) })));
  const pools = grouped((await db.selectFrom('pool').select(['id', 'load_balancer_id']).where('load_balancer_id', 'in', ids).orderBy('created_at').orderBy('id').execute())
    .map((row) => ({ owner: row.load_balancer_id ?? '', value: reference(row.id) })));
  const { groups, additional } = await vipExtras(db, ids);
  return assemble(rows, (id, row) => ({
    tags: tags.get(id) ?? [],
    listeners: listeners.get(id) ?? [],
    pools: pools.get(id) ?? [],
    vip_sg_ids: groups.get(id) ?? [],
    additional_vips: additional.get(id) ?? [],
    provider: row['provider'] ?? 'octavia',
    flavor_id: row['flavor_id'] === NIL ? null : (row['flavor_id'] ?? null),
    availability_zone: row['availability_zone'] === NIL ? null : (row['availability_zone'] ?? null),
  }));
};

const NIL = '00000000-0000-0000-0000-000000000000';

async function vipExtras(db: Kysely<Database>, ids: Ids) {
  const groups = await db.selectFrom('vip_security_group').select(['load_balancer_id', 'sg_id']).where('load_balancer_id', 'in', ids).orderBy('sg_id').execute();
  const additional = await db.selectFrom('additional_vip').select(['load_balancer_id', 'subnet_id', 'ip_address', 'port_id']).where('load_balancer_id', 'in', ids).orderBy('subnet_id').execute();
  return {
    groups: grouped(groups.map((row) => ({ owner: row.load_balancer_id, value: row.sg_id }))),
    additional: grouped(additional.map((row) => ({ owner: row.load_balancer_id, value: { subnet_id: row.subnet_id, ip_address: row.ip_address, port_id: row.port_id } }))),
  };
}

export const listenerRelations: RelationLoader = async (db, rows) => {
  const ids = idsOf(rows);
  if (ids.length === 0) return new Map();
  const tags = await tagsOf(db, ids);
  const policies = grouped((await db.selectFrom('l7policy').select(['id', 'listener_id']).where('listener_id', 'in', ids).orderBy('position').execute())
    .map((row) => ({ owner: row.listener_id, value: reference(row.id) })));
  const sni = grouped((await db.selectFrom('sni').select(['listener_id', 'tls_container_id']).where('listener_id', 'in', ids).orderBy('position').orderBy('tls_container_id').execute())
    .map((row) => ({ owner: row.listener_id, value: row.tls_container_id })));
  const cidrs = grouped((await db.selectFrom('listener_cidr').select(['listener_id', 'cidr']).where('listener_id', 'in', ids).orderBy('cidr').execute())
    .map((row) => ({ owner: row.listener_id, value: row.cidr })));
  return assemble(rows, (id, row) => ({
    tags: tags.get(id) ?? [],
    l7policies: policies.get(id) ?? [],
    sni_container_refs: sni.get(id) ?? [],
    allowed_cidrs: cidrs.get(id) ?? null,
    loadbalancers: parentOf(row),
    insert_headers: readHeaders(row['insert_headers']),
    hsts_include_subdomains: row['hsts_include_subdomains'] ?? false,
    hsts_preload: row['hsts_preload'] ?? false,
  }));
};

export const poolRelations: RelationLoader = async (db, rows) => {
  const ids = idsOf(rows);
  if (ids.length === 0) return new Map();
  const tags = await tagsOf(db, ids);
  const members = grouped((await db.selectFrom('member').select(['id', 'pool_id']).where('pool_id', 'in', ids).orderBy('created_at').orderBy('id').execute())
    .map((row) => ({ owner: row.pool_id, value: reference(row.id) })));
  const listeners = await listenersOfPools(db, ids);
  return assemble(rows, (id, row) => ({
    tags: tags.get(id) ?? [],
    members: members.get(id) ?? [],
    listeners: (listeners.get(id) ?? []).map(reference),
    loadbalancers: parentOf(row),
    session_persistence: row['session_persistence.type'] ? persistenceBody(row) : null,
    // The original leaves the key out when a pool has no monitor.
    healthmonitor_id: row['health_monitor.id'] ?? undefined,
  }));
};

function persistenceBody(row: Row) {
  return {
    type: row['session_persistence.type'], cookie_name: row['session_persistence.cookie_name'] ?? null,
    persistence_timeout: row['session_persistence.persistence_timeout'] ?? null, persistence_granularity: row['session_persistence.persistence_granularity'] ?? null,
  };
}

/**
 * Listener ids by pool: those with the pool as default, then those that redirect to it by an enabled policy with rules
 * (octavia: db/models.py Pool.listeners).
 */
export async function listenersOfPools(db: Kysely<Database>, poolIds: Ids): Promise<ReadonlyMap<string, readonly string[]>> {
  if (poolIds.length === 0) return new Map();
  const direct = await db.selectFrom('listener').select(['id', 'default_pool_id']).where('default_pool_id', 'in', poolIds).orderBy('created_at').orderBy('id').execute();
  const redirecting = await db.selectFrom('l7policy').select(['listener_id', 'redirect_pool_id'])
    .where('redirect_pool_id', 'in', poolIds).where('enabled', '=', true)
    .where((eb) => eb.exists(eb.selectFrom('l7rule').select('l7rule.id').whereRef('l7rule.l7policy_id', '=', 'l7policy.id')))
    .orderBy('created_at').orderBy('id').execute();
  const groups = grouped([
    ...direct.map((row) => ({ owner: row.default_pool_id ?? '', value: row.id })),
    ...redirecting.map((row) => ({ owner: row.redirect_pool_id ?? '', value: row.listener_id })),
  ]);
  return new Map([...groups].map(([pool, listeners]) => [pool, [...new Set(listeners)]]));
}

export const memberRelations: RelationLoader = async (db, rows) => {
  const tags = await tagsOf(db, idsOf(rows));
  return assemble(rows, (id) => ({ tags: tags.get(id) ?? [] }));
};

export const l7ruleRelations: RelationLoader = memberRelations;

export const healthMonitorRelations: RelationLoader = async (db, rows) => {
  const tags = await tagsOf(db, idsOf(rows));
  return assemble(rows, (id, row) => ({ tags: tags.get(id) ?? [], pools: [reference(String(row['pool_id']))] }));
};

export const l7policyRelations: RelationLoader = async (db, rows) => {
  const ids = idsOf(rows);
  if (ids.length === 0) return new Map();
  const tags = await tagsOf(db, ids);
  const rules = grouped((await db.selectFrom('l7rule').select(['id', 'l7policy_id']).where('l7policy_id', 'in', ids).orderBy('created_at').orderBy('id').execute())
    .map((row) => ({ owner: row.l7policy_id, value: reference(row.id) })));
  return assemble(rows, (id) => ({ tags: tags.get(id) ?? [], rules: rules.get(id) ?? [] }));
};

async function tagsOf(db: Kysely<Database>, ids: Ids): Promise<ReadonlyMap<string, readonly string[]>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('tags').select(['resource_id', 'tag']).where('resource_id', 'in', ids).orderBy('tag').execute();
  return grouped(rows.map((row) => ({ owner: row.resource_id, value: row.tag })));
}

function parentOf(row: Row): readonly Reference[] {
  const id = row['load_balancer_id'];
  return typeof id === 'string' ? [reference(id)] : [];
}

function readHeaders(pickle: unknown): Readonly<Record<string, string>> {
  return pickle instanceof Uint8Array && pickle.length > 0 ? readPickledTexts(pickle) : {};
}
