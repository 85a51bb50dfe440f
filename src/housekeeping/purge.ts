import type { Trx } from '../store/database.ts';
import { toSqlDatetime } from '../lib/clock.ts';

/** Rows per transaction, so that a purge after a long pause does not hold locks for long. */
const BATCH = 100;

/**
 * Removes rows of amphorae that are DELETED for longer than `expiredBeforeMs` and were not heard of since: one that
 * still reports is a machine that must not be forgotten. Returns the ids; call again until there are none.
 */
export async function purgeAmphorae(trx: Trx, expiredBeforeMs: number): Promise<string[]> {
  const before = toSqlDatetime(expiredBeforeMs);
  const rows = await trx
    .selectFrom('amphora').select('amphora.id')
    .where('status', '=', 'DELETED').where('updated_at', '<', before)
    .where((eb) => eb.not(eb.exists(
      eb.selectFrom('amphora_health').select('amphora_health.amphora_id').whereRef('amphora_health.amphora_id', '=', 'amphora.id').where('last_update', '>', before),
    )))
    .limit(BATCH).execute();
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return ids;
  await trx.deleteFrom('amphora_member_port').where('amphora_id', 'in', ids).execute();
  await trx.deleteFrom('amphora_health').where('amphora_id', 'in', ids).execute();
  await trx.deleteFrom('ts_request').where('amphora_id', 'in', ids).execute();
  // Work on an amphora that serves nobody is leased under its own id.
  await trx.deleteFrom('ts_lease').where('load_balancer_id', 'in', ids).execute();
  await trx.deleteFrom('amphora').where('id', 'in', ids).where('status', '=', 'DELETED').execute();
  return ids;
}

/**
 * Removes rows of load balancers that are DELETED for longer than `expiredBeforeMs`, with everything that refers to
 * them; amphorae lose the reference. Returns the ids; call again until there are none.
 */
export async function purgeLoadBalancers(trx: Trx, expiredBeforeMs: number): Promise<string[]> {
  const rows = await trx
    .selectFrom('load_balancer').select('id')
    .where('provisioning_status', '=', 'DELETED').where('updated_at', '<', toSqlDatetime(expiredBeforeMs))
    .limit(BATCH).execute();
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return ids;
  await purgeListeners(trx, ids);
  await purgePools(trx, ids);
  await trx.deleteFrom('vip_security_group').where('load_balancer_id', 'in', ids).execute();
  await trx.deleteFrom('additional_vip').where('load_balancer_id', 'in', ids).execute();
  await trx.deleteFrom('vip').where('load_balancer_id', 'in', ids).execute();
  await trx.deleteFrom('vrrp_group').where('load_balancer_id', 'in', ids).execute();
  await trx.deleteFrom('ts_lease').where('load_balancer_id', 'in', ids).execute();
  await trx.deleteFrom('ts_request').where('load_balancer_id', 'in', ids).execute();
  await trx.deleteFrom('ts_event').where('load_balancer_id', 'in', ids).execute();
  await trx.deleteFrom('ts_condition').where('load_balancer_id', 'in', ids).execute();
  await trx.deleteFrom('tags').where('resource_id', 'in', ids).execute();
  await trx.updateTable('amphora').set({ load_balancer_id: null }).where('load_balancer_id', 'in', ids).execute();
  await trx.deleteFrom('load_balancer').where('id', 'in', ids).where('provisioning_status', '=', 'DELETED').execute();
  return ids;
}

async function purgeListeners(trx: Trx, loadBalancerIds: readonly string[]): Promise<void> {
  const rows = await trx.selectFrom('listener').select('id').where('load_balancer_id', 'in', [...loadBalancerIds]).execute();
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return;
  const policies = await trx.selectFrom('l7policy').select('id').where('listener_id', 'in', ids).execute();
  const policyIds = policies.map((row) => row.id);
  if (policyIds.length > 0) {
    const rules = await trx.selectFrom('l7rule').select('id').where('l7policy_id', 'in', policyIds).execute();
    await trx.deleteFrom('l7rule').where('l7policy_id', 'in', policyIds).execute();
    await purgeTags(trx, [...policyIds, ...rules.map((row) => row.id)]);
    await trx.deleteFrom('l7policy').where('id', 'in', policyIds).execute();
  }
  await trx.deleteFrom('sni').where('listener_id', 'in', ids).execute();
  await trx.deleteFrom('listener_cidr').where('listener_id', 'in', ids).execute();
  await trx.deleteFrom('listener_statistics').where('listener_id', 'in', ids).execute();
  await purgeTags(trx, ids);
  await trx.deleteFrom('listener').where('id', 'in', ids).execute();
}

async function purgePools(trx: Trx, loadBalancerIds: readonly string[]): Promise<void> {
  const rows = await trx.selectFrom('pool').select('id').where('load_balancer_id', 'in', [...loadBalancerIds]).execute();
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return;
  const members = await trx.selectFrom('member').select('id').where('pool_id', 'in', ids).execute();
  const monitors = await trx.selectFrom('health_monitor').select('id').where('pool_id', 'in', ids).execute();
  await trx.deleteFrom('member').where('pool_id', 'in', ids).execute();
  await trx.deleteFrom('health_monitor').where('pool_id', 'in', ids).execute();
  await trx.deleteFrom('session_persistence').where('pool_id', 'in', ids).execute();
  await purgeTags(trx, [...ids, ...members.map((row) => row.id), ...monitors.map((row) => row.id)]);
  await trx.deleteFrom('pool').where('id', 'in', ids).execute();
}

async function purgeTags(trx: Trx, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await trx.deleteFrom('tags').where('resource_id', 'in', [...ids]).execute();
}
