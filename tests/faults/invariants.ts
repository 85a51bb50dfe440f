import { expect } from 'vitest';
import type { CrashWorld } from './crash-world.ts';
import type { Operation } from './operations.ts';

const TABLES = ['listener', 'pool'] as const;

/** Everything a user or an operator may rely on when nothing is under way any more. */
export async function expectConverged(world: CrashWorld, id: string, operation: Operation, before: readonly string[]): Promise<void> {
  const { store, cloud } = world;
  const loadBalancer = await store.read.selectFrom('load_balancer').select(['provisioning_status', 'project_id']).where('id', '=', id).executeTakeFirst();
  expect(loadBalancer?.provisioning_status).toBe(operation.isDeletion === true ? 'DELETED' : 'ACTIVE');
  expect(await store.read.selectFrom('ts_request').selectAll().where('load_balancer_id', '=', id).execute()).toEqual([]);
  expect(await store.read.selectFrom('ts_lease').select(['owner', 'attempts']).where('load_balancer_id', '=', id).execute()).toEqual([{ owner: null, attempts: 0 }]);
  const statuses = await childStatuses(world, id);
  expect(statuses.filter((status) => status !== 'ACTIVE')).toEqual([]);
  if (operation.isDeletion === true) expect(statuses).toEqual([]);
  const amphorae = await store.read.selectFrom('amphora').select(['id', 'status', 'role']).where('load_balancer_id', '=', id).where('status', '<>', 'DELETED').orderBy('role').execute();
  expect(amphorae.map(({ role, status }) => `${role} ${status}`)).toEqual(operation.isDeletion === true ? [] : world.topology === 'SINGLE' ? ['STANDALONE ALLOCATED'] : ['BACKUP ALLOCATED', 'MASTER ALLOCATED']);
  expectNoOrphans(world, id, amphorae.map((amphora) => amphora.id), operation);
  expectApplied(world, amphorae.map((amphora) => amphora.id), operation);
  const stayed = before.filter((amphoraId) => cloud.amphorae.has(amphoraId)).length;
  expect(stayed).toBe(operation.isDeletion === true || operation.replaces === 'all' ? 0 : before.length - (operation.replaces === 'one' ? 1 : 0));
  await expectQuota(world);
}

async function childStatuses({ store }: CrashWorld, id: string): Promise<readonly string[]> {
  const [listeners, pools] = await Promise.all(TABLES.map((table) => store.read.selectFrom(table).select(['id', 'provisioning_status']).where('load_balancer_id', '=', id).execute()));
  const under = async (table: 'member' | 'health_monitor' | 'l7policy' | 'l7rule', column: 'pool_id' | 'listener_id' | 'l7policy_id', ids: readonly string[]) =>
    ids.length === 0 ? [] : store.read.selectFrom(table as 'member').select(['id', 'provisioning_status']).where(column as 'pool_id', 'in', ids).execute();
  const poolIds = (pools ?? []).map((pool) => pool.id);
  const policies = await under('l7policy', 'listener_id', (listeners ?? []).map((listener) => listener.id));
  const rest = await Promise.all([under('member', 'pool_id', poolIds), under('health_monitor', 'pool_id', poolIds), under('l7rule', 'l7policy_id', policies.map((policy) => policy.id))]);
  return [...(listeners ?? []), ...(pools ?? []), ...policies, ...rest.flat()].map((row) => row.provisioning_status);
}

/** The cloud holds what the rows name and nothing else. */
function expectNoOrphans({ cloud, topology }: CrashWorld, id: string, amphoraIds: readonly string[], { isDeletion }: Operation): void {
  expect([...cloud.amphorae.keys()].toSorted()).toEqual(amphoraIds.toSorted());
  expect([...cloud.securityGroups]).toEqual(isDeletion === true ? [] : [id]);
  expect([...cloud.serverGroups]).toEqual(isDeletion === true || topology === 'SINGLE' ? [] : [id]);
  const names = [...cloud.ports.values()].toSorted();
  expect(names.filter((name) => !name.startsWith('octavia-lb-member-'))).toEqual(isDeletion === true ? [] : [`octavia-lb-${id}`, ...amphoraIds.map((amphora) => `octavia-lb-vrrp-${amphora}`)].toSorted());
  for (const name of names.filter((port) => port.startsWith('octavia-lb-member-'))) expect(amphoraIds).toContain(name.replace('octavia-lb-member-', ''));
}

/** What runs is what was accepted: uploaded and loaded, on every amphora. */
function expectApplied({ cloud, topology }: CrashWorld, amphoraIds: readonly string[], { runs, runsNot }: Operation): void {
  for (const id of amphoraIds) {
    const amphora = cloud.amphorae.get(id);
    expect(amphora).toMatchObject({ vipPlugged: true, ...(topology === 'ACTIVE_STANDBY' && { vrrpRuns: true }) });
    expect(amphora?.runningHaproxy).toBe(amphora?.haproxy);
    if (runs !== undefined) expect(amphora?.runningHaproxy ?? '').toMatch(runs);
    if (runsNot !== undefined) expect(amphora?.runningHaproxy ?? '').not.toMatch(runsNot);
  }
}

/** Quotas count the rows that are there. */
async function expectQuota({ store }: CrashWorld): Promise<void> {
  const quota = await store.read.selectFrom('quotas').selectAll().executeTakeFirst();
  const count = async (table: 'listener' | 'pool' | 'member' | 'health_monitor' | 'l7policy' | 'l7rule') => (await store.read.selectFrom(table).select('id').execute()).length;
  const live = await store.read.selectFrom('load_balancer').select('id').where('provisioning_status', '<>', 'DELETED').execute();
  expect({
    lb: quota?.in_use_load_balancer ?? 0, listener: quota?.in_use_listener ?? 0, pool: quota?.in_use_pool ?? 0, member: quota?.in_use_member ?? 0,
    monitor: quota?.in_use_health_monitor ?? 0, policy: quota?.in_use_l7policy ?? 0, rule: quota?.in_use_l7rule ?? 0,
  }).toEqual({
    lb: live.length, listener: await count('listener'), pool: await count('pool'), member: await count('member'), monitor: await count('health_monitor'),
    policy: await count('l7policy'), rule: await count('l7rule'),
  });
}
