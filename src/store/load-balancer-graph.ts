import { type Kysely, sql } from 'kysely';
import type { L7Policy, L7Rule, Listener, LoadBalancerGraph, Member } from '../model/graph.ts';
import { selectByKey } from './by-key.ts';
import type { Database } from './database.ts';
import { dialectOf } from './dialect-of.ts';
import { toAdditionalVip, toAmphora, toL7Policy, toL7Rule, toListener, toLoadBalancer, toMember, toPool } from './graph-rows.ts';

/**
 * Reads a load balancer with everything below it; null when there is none. One query for each kind of object that it has,
 * whatever their number. Rows marked DELETED are left out, PENDING_DELETE ones are in. Give a transaction handle for one
 * consistent picture.
 */
export async function loadGraph(db: Kysely<Database>, id: string): Promise<LoadBalancerGraph | null> {
  const [root] = await selectRoot(db, id);
  if (!root) return null;
  const additionalVips = root.has_additional_vips ? await selectAdditionalVips(db, id) : [];
  const securityGroups = root.has_security_groups ? await selectSecurityGroups(db, id) : [];
  const amphorae = root.has_amphorae ? await selectAmphorae(db, id) : [];
  return {
    ...toLoadBalancer(root, securityGroups.map((row) => row.sg_id)),
    additionalVips: additionalVips.map(toAdditionalVip),
    amphorae: amphorae.map(toAmphora),
    listeners: root.has_listeners ? await loadListeners(db, id) : [],
    pools: root.has_pools ? await loadPools(db, id) : [],
  };
}

const selectRoot = selectByKey((db, id) =>
  db
    .selectFrom('load_balancer as lb')
    .leftJoin('vip', 'vip.load_balancer_id', 'lb.id')
    .leftJoin('vrrp_group as vrrp', 'vrrp.load_balancer_id', 'lb.id')
    .leftJoin('flavor', 'flavor.id', 'lb.flavor_id')
    .leftJoin('flavor_profile', 'flavor_profile.id', 'flavor.flavor_profile_id')
    .leftJoin('availability_zone as zone', 'zone.name', 'lb.availability_zone')
    .leftJoin('availability_zone_profile as zone_profile', 'zone_profile.id', 'zone.availability_zone_profile_id')
    .selectAll('lb')
    .select([
      'vip.ip_address as vip_address', 'vip.port_id as vip_port_id', 'vip.subnet_id as vip_subnet_id', 'vip.network_id as vip_network_id',
      'vip.qos_policy_id as vip_qos_policy_id', 'vip.octavia_owned as vip_octavia_owned', 'vip.vnic_type as vip_vnic_type',
      'vrrp.vrrp_group_name', 'vrrp.vrrp_auth_type', 'vrrp.vrrp_auth_pass', 'vrrp.advert_int', 'flavor_profile.flavor_data', 'zone_profile.availability_zone_data',
      hasRows('additional_vip.load_balancer_id', 'lb.id').as('has_additional_vips'), hasRows('vip_security_group.load_balancer_id', 'lb.id').as('has_security_groups'),
      hasRows('amphora.load_balancer_id', 'lb.id').as('has_amphorae'), hasRows('listener.load_balancer_id', 'lb.id').as('has_listeners'), hasRows('pool.load_balancer_id', 'lb.id').as('has_pools'),
    ])
    .where('lb.id', '=', id)
    .compile(),
);

/** Whether rows point to a parent with this column. A number on every dialect: `exists` alone is a boolean on PostgreSQL. */
function hasRows(column: `${keyof Database}.${string}`, parent: string) {
  const [table = ''] = column.split('.');
  return sql<number>`case when exists (select 1 from ${sql.table(table)} where ${sql.ref(column)} = ${sql.ref(parent)}) then 1 else 0 end`;
}

const selectAdditionalVips = selectByKey((db, id) => db.selectFrom('additional_vip').selectAll().where('load_balancer_id', '=', id).orderBy('subnet_id').compile());
const selectSecurityGroups = selectByKey((db, id) => db.selectFrom('vip_security_group').select('sg_id').where('load_balancer_id', '=', id).orderBy('sg_id').compile());
const selectAmphorae = selectByKey((db, id) =>
  db.selectFrom('amphora').selectAll().where('load_balancer_id', '=', id).where('status', '<>', 'DELETED').orderBy('created_at').orderBy('id').compile(),
);
const selectListeners = selectByKey((db, id) =>
  db.selectFrom('listener').selectAll().select([
    hasRows('listener_cidr.listener_id', 'listener.id').as('has_cidrs'), hasRows('sni.listener_id', 'listener.id').as('has_snis'), hasRows('l7policy.listener_id', 'listener.id').as('has_policies'),
  ]).where('load_balancer_id', '=', id).orderBy('created_at').orderBy('id').compile(),
);
const selectCidrs = selectByKey((db, id) =>
  db.selectFrom('listener_cidr').innerJoin('listener', 'listener.id', 'listener_cidr.listener_id').selectAll('listener_cidr')
    .where('listener.load_balancer_id', '=', id).orderBy('listener_cidr.cidr').compile(),
);
const selectSnis = selectByKey((db, id) =>
  db.selectFrom('sni').innerJoin('listener', 'listener.id', 'sni.listener_id').selectAll('sni')
    .where('listener.load_balancer_id', '=', id).orderBy('sni.position').orderBy('sni.tls_container_id').compile(),
);
const selectPolicies = selectByKey((db, id) =>
  db.selectFrom('l7policy').innerJoin('listener', 'listener.id', 'l7policy.listener_id').selectAll('l7policy')
    .where('listener.load_balancer_id', '=', id).orderBy('l7policy.position').orderBy('l7policy.id').compile(),
);
const selectRules = selectByKey((db, id) =>
  db.selectFrom('l7rule').innerJoin('l7policy', 'l7policy.id', 'l7rule.l7policy_id').innerJoin('listener', 'listener.id', 'l7policy.listener_id').selectAll('l7rule')
    .where('listener.load_balancer_id', '=', id).orderBy('l7rule.created_at').orderBy('l7rule.id').compile(),
);
const selectPools = selectByKey((db, id) =>
  db.selectFrom('pool').selectAll().select([
    hasRows('session_persistence.pool_id', 'pool.id').as('has_persistence'), hasRows('health_monitor.pool_id', 'pool.id').as('has_monitor'), hasRows('member.pool_id', 'pool.id').as('has_members'),
  ]).where('load_balancer_id', '=', id).orderBy('created_at').orderBy('id').compile(),
);
const selectPersistences = selectByKey((db, id) =>
  db.selectFrom('session_persistence').innerJoin('pool', 'pool.id', 'session_persistence.pool_id').selectAll('session_persistence').where('pool.load_balancer_id', '=', id).compile(),
);
/** MariaDB was seen to begin with every member there is; it shall begin with the pools of the load balancer. */
function fromPools(db: Kysely<Database>) {
  const pools = db.selectFrom('pool');
  return dialectOf(db) === 'mysql' ? pools.modifyFront(sql`straight_join`) : pools;
}

const selectMonitors = selectByKey((db, id) =>
  fromPools(db).innerJoin('health_monitor', 'health_monitor.pool_id', 'pool.id').selectAll('health_monitor').where('pool.load_balancer_id', '=', id).compile(),
);
const selectMembers = selectByKey((db, id) =>
  fromPools(db).innerJoin('member', 'member.pool_id', 'pool.id').selectAll('member')
    .where('pool.load_balancer_id', '=', id).orderBy('member.created_at').orderBy('member.id').compile(),
);

async function loadListeners(db: Kysely<Database>, id: string): Promise<Listener[]> {
  const listeners = await selectListeners(db, id);
  const cidrs = listeners.some((row) => row.has_cidrs) ? await selectCidrs(db, id) : [];
  const snis = listeners.some((row) => row.has_snis) ? await selectSnis(db, id) : [];
  const policies = listeners.some((row) => row.has_policies) ? await loadPolicies(db, id) : [];
  const cidrsOf = Map.groupBy(cidrs, (row) => row.listener_id);
  const snisOf = Map.groupBy(snis, (row) => row.listener_id);
  const policiesOf = Map.groupBy(policies, (policy) => policy.listenerId);
  return listeners.map((row) =>
    toListener(row, {
      allowedCidrs: (cidrsOf.get(row.id) ?? []).map((cidr) => cidr.cidr),
      sniContainerRefs: (snisOf.get(row.id) ?? []).map((sni) => sni.tls_container_id),
      l7policies: policiesOf.get(row.id) ?? [],
    }),
  );
}

async function loadPolicies(db: Kysely<Database>, id: string): Promise<L7Policy[]> {
  const policies = await selectPolicies(db, id);
  const rules = policies.length === 0 ? [] : await selectRules(db, id);
  const rulesOf: ReadonlyMap<string, L7Rule[]> = Map.groupBy(rules.map(toL7Rule), (rule) => rule.l7policyId);
  return policies.map((row) => toL7Policy(row, rulesOf.get(row.id) ?? []));
}

async function loadPools(db: Kysely<Database>, id: string): Promise<LoadBalancerGraph['pools']> {
  const pools = await selectPools(db, id);
  const persistences = pools.some((row) => row.has_persistence) ? await selectPersistences(db, id) : [];
  const monitors = pools.some((row) => row.has_monitor) ? await selectMonitors(db, id) : [];
  const members = pools.some((row) => row.has_members) ? await selectMembers(db, id) : [];
  const persistenceOf = new Map(persistences.map((row) => [row.pool_id, row]));
  const monitorOf = new Map(monitors.map((row) => [row.pool_id, row]));
  const membersOf: ReadonlyMap<string, Member[]> = Map.groupBy(members.map(toMember), (member) => member.poolId);
  return pools.map((row) => toPool(row, { persistence: persistenceOf.get(row.id), monitor: monitorOf.get(row.id), members: membersOf.get(row.id) ?? [] }));
}
