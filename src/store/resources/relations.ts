import { sql, type Kysely } from 'kysely';
import type { Computed, Row } from '../../model/resources/serialise.ts';
import type { Database } from '../database.ts';
import { readPickledTexts } from '../python-pickle.ts';
import { gather, type Branch, type Leaf } from './gather.ts';
import type { OwnerRange } from './owner-range.ts';
import { PERSISTENCE_COLUMNS } from './row-query.ts';

/** What answers show of a resource besides plain columns. */
export interface Relations {
  /** Names of its fields that come from here. */
  readonly computes: readonly string[];
  /** Columns of a row that are looked at, besides its id. */
  readonly columns: readonly string[];
  /** These fields by object id. One statement per page, whatever its length. */
  readonly load: (db: Kysely<Database>, rows: readonly Row[], range?: OwnerRange | null) => Promise<ReadonlyMap<string, Computed>>;
}

interface Reference { readonly id: string }

const idsOf = (rows: readonly Row[]): readonly string[] => rows.map((row) => String(row['id']));
const NONE: readonly Leaf[] = [];
const textOf = (leaf: Leaf) => leaf.a ?? '';
const reference = (leaf: Leaf): Reference => ({ id: textOf(leaf) });
const referencesOf = (leaves: readonly Leaf[] = NONE) => leaves.map(reference);
const textsOf = (leaves: readonly Leaf[] = NONE) => leaves.map(textOf);

function assemble(rows: readonly Row[], compute: (id: string, row: Row) => Computed): ReadonlyMap<string, Computed> {
  return new Map(rows.map((row) => [String(row['id']), compute(String(row['id']), row)]));
}

const TAGS: Branch = { table: 'tags', owner: 'resource_id', columns: ['tag'] };
const children = (table: Branch['table'], owner: string): Branch => ({ table, owner, columns: ['id'], order: 'created_at' });

const OF_LOAD_BALANCERS = {
  tags: TAGS,
  listeners: children('listener', 'load_balancer_id'),
  pools: children('pool', 'load_balancer_id'),
  groups: { table: 'vip_security_group', owner: 'load_balancer_id', columns: ['sg_id'] },
  additional: { table: 'additional_vip', owner: 'load_balancer_id', columns: ['subnet_id', 'ip_address', 'port_id'] },
} as const satisfies Record<string, Branch>;

/** The relations of a load balancer that is known to have nothing but its own row and its VIP. */
export const BARE_LOAD_BALANCER: Computed = { tags: [], listeners: [], pools: [], vip_sg_ids: [], additional_vips: [] };

export const loadBalancerRelations: Relations = {
  computes: Object.keys(BARE_LOAD_BALANCER),
  columns: [],
  load: async (db, rows, range) => {
    const found = await gather(db, OF_LOAD_BALANCERS, idsOf(rows), range);
    return assemble(rows, (id) => ({
      tags: textsOf(found.tags.get(id)),
      listeners: referencesOf(found.listeners.get(id)),
      pools: referencesOf(found.pools.get(id)),
      vip_sg_ids: textsOf(found.groups.get(id)),
      additional_vips: (found.additional.get(id) ?? NONE).map(({ a: subnet_id, b: ip_address = null, c: port_id = null }) => ({ subnet_id, ip_address, port_id })),
    }));
  },
};

const OF_LISTENERS = {
  tags: TAGS,
  policies: { table: 'l7policy', owner: 'listener_id', columns: ['id'], order: 'position', isNumeric: true },
  sni: { table: 'sni', owner: 'listener_id', columns: ['tls_container_id'], order: 'position', isNumeric: true },
  cidrs: { table: 'listener_cidr', owner: 'listener_id', columns: ['cidr'] },
} as const satisfies Record<string, Branch>;

export const listenerRelations: Relations = {
  computes: ['tags', 'l7policies', 'sni_container_refs', 'allowed_cidrs', 'loadbalancers', 'insert_headers'],
  columns: ['load_balancer_id', 'insert_headers'],
  load: async (db, rows, range) => {
    const found = await gather(db, OF_LISTENERS, idsOf(rows), range);
    return assemble(rows, (id, row) => {
      const cidrs = found.cidrs.get(id);
      return {
        tags: textsOf(found.tags.get(id)),
        l7policies: referencesOf(found.policies.get(id)),
        sni_container_refs: textsOf(found.sni.get(id)),
        allowed_cidrs: cidrs ? textsOf(cidrs) : null,
        loadbalancers: parentOf(row),
        insert_headers: readHeaders(row['insert_headers']),
      };
    });
  },
};

/** Listeners of pools: those with the pool as default, then those that redirect to it by an enabled policy with rules (octavia: db/models.py Pool.listeners). */
const LISTENERS_OF_POOLS = {
  direct: { table: 'listener', owner: 'default_pool_id', columns: ['id'], order: 'created_at' },
  redirecting: {
    table: 'l7policy', owner: 'redirect_pool_id', columns: ['listener_id'], order: 'created_at',
    where: sql`l7policy.enabled and exists (select 1 from l7rule where l7rule.l7policy_id = l7policy.id)`,
  },
} as const satisfies Record<string, Branch>;

const OF_POOLS = { tags: TAGS, members: children('member', 'pool_id'), ...LISTENERS_OF_POOLS } as const satisfies Record<string, Branch>;

export const poolRelations: Relations = {
  computes: ['tags', 'members', 'listeners', 'loadbalancers', 'session_persistence', 'healthmonitor_id'],
  columns: ['load_balancer_id', 'health_monitor.id', ...PERSISTENCE_COLUMNS],
  load: async (db, rows, range) => {
    const found = await gather(db, OF_POOLS, idsOf(rows), range);
    return assemble(rows, (id, row) => ({
      tags: textsOf(found.tags.get(id)),
      members: referencesOf(found.members.get(id)),
      listeners: [...new Set([...textsOf(found.direct.get(id)), ...textsOf(found.redirecting.get(id))])].map((listener): Reference => ({ id: listener })),
      loadbalancers: parentOf(row),
      session_persistence: row['session_persistence.type'] ? persistenceBody(row) : null,
      // The original leaves the key out when a pool has no monitor.
      healthmonitor_id: row['health_monitor.id'] ?? undefined,
    }));
  },
};

function persistenceBody(row: Row) {
  return {
    type: row['session_persistence.type'], cookie_name: row['session_persistence.cookie_name'] ?? null,
    persistence_timeout: row['session_persistence.persistence_timeout'] ?? null, persistence_granularity: row['session_persistence.persistence_granularity'] ?? null,
  };
}

/** Listener ids by pool, in the order answers show them. */
export async function listenersOfPools(db: Kysely<Database>, poolIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = await gather(db, LISTENERS_OF_POOLS, poolIds);
  return new Map(poolIds.map((id) => [id, [...new Set([...textsOf(found.direct.get(id)), ...textsOf(found.redirecting.get(id))])]]));
}

const ONLY_TAGS = { tags: TAGS } as const;

export const memberRelations: Relations = {
  computes: ['tags'],
  columns: [],
  load: async (db, rows, range) => {
    const { tags } = await gather(db, ONLY_TAGS, idsOf(rows), range);
    return assemble(rows, (id) => ({ tags: textsOf(tags.get(id)) }));
  },
};

export const l7ruleRelations: Relations = memberRelations;

export const healthMonitorRelations: Relations = {
  computes: ['tags', 'pools'],
  columns: ['pool_id'],
  load: async (db, rows, range) => {
    const { tags } = await gather(db, ONLY_TAGS, idsOf(rows), range);
    return assemble(rows, (id, row) => ({ tags: textsOf(tags.get(id)), pools: [{ id: String(row['pool_id']) }] }));
  },
};

const OF_POLICIES = { tags: TAGS, rules: children('l7rule', 'l7policy_id') } as const satisfies Record<string, Branch>;

export const l7policyRelations: Relations = {
  computes: ['tags', 'rules'],
  columns: [],
  load: async (db, rows, range) => {
    const found = await gather(db, OF_POLICIES, idsOf(rows), range);
    return assemble(rows, (id) => ({ tags: textsOf(found.tags.get(id)), rules: referencesOf(found.rules.get(id)) }));
  },
};

function parentOf(row: Row): readonly Reference[] {
  const id = row['load_balancer_id'];
  return typeof id === 'string' ? [{ id }] : [];
}

function readHeaders(pickle: unknown): Readonly<Record<string, string>> {
  return pickle instanceof Uint8Array && pickle.length > 0 ? readPickledTexts(pickle) : {};
}
