import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { amphoraRows, createWorld, insertTree, PROJECT, statuses, touch, type TestWorld } from './testing/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await createWorld();
  await world.worker.start();
});
afterEach(() => world.close());

const ALL_ACTIVE = { load_balancer: 'ACTIVE', listener: 'ACTIVE', pool: 'ACTIVE', member: 'ACTIVE', health_monitor: 'ACTIVE', l7policy: 'ACTIVE', l7rule: 'ACTIVE' };
const run = async (id: string): Promise<void> => {
  world.worker.wake(id);
  await world.worker.idle();
};

describe('creation', () => {
  test('a whole load balancer becomes ACTIVE with one configuration push', async () => {
    const ids = await insertTree(world.store);
    await world.cast({ method: 'create_load_balancer', args: { loadbalancer: { loadbalancer_id: ids.loadBalancer }, flavor: {}, availability_zone: {} }, requestId: 'req-1' });
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
    expect(world.cloud.take('agent.uploadHaproxy', 'agent.start', 'agent.reload')).toHaveLength(2);
    const [amphora] = [...world.cloud.amphorae.values()];
    expect(amphora).toMatchObject({ vipPlugged: true, runningHaproxy: expect.stringContaining('192.0.2.10:8080') });
    expect(await amphoraRows(world.store, ids.loadBalancer)).toMatchObject([{
      id: amphora!.id, status: 'ALLOCATED', role: 'STANDALONE', vrrp_priority: null, vrrp_id: 1, lb_network_ip: '127.16.0.1', compute_id: amphora!.id,
      vrrp_ip: '198.51.100.1', ha_ip: '198.51.100.1', cert_expiration: '2026-02-01 00:00:00', cached_zone: 'nova', image_id: 'image', compute_flavor: 'flavor',
    }]);
    const monitor = await world.store.read.selectFrom('health_monitor').select('operating_status').where('id', '=', ids.monitor).executeTakeFirst();
    expect(monitor).toEqual({ operating_status: 'ONLINE' });
  });

  test('a pair has both roles, a VRRP group and both keepalived running', async () => {
    const ids = await insertTree(world.store, 'SINGLE', 'ACTIVE_STANDBY');
    await run(ids.loadBalancer);
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
    expect(await amphoraRows(world.store, ids.loadBalancer)).toMatchObject([
      { role: 'BACKUP', vrrp_priority: 90, vrrp_interface: 'eth1', status: 'ALLOCATED' }, { role: 'MASTER', vrrp_priority: 100, vrrp_interface: 'eth1', status: 'ALLOCATED' },
    ]);
    expect([...world.cloud.amphorae.values()]).toMatchObject([{ vrrpRuns: true }, { vrrpRuns: true }]);
    const group = await world.store.read.selectFrom('vrrp_group').selectAll().executeTakeFirstOrThrow();
    expect(group).toMatchObject({ vrrp_group_name: ids.loadBalancer.replaceAll('-', ''), vrrp_auth_type: 'PASS', advert_int: 1 });
    expect(group.vrrp_auth_pass).toHaveLength(7);
    const row = await world.store.read.selectFrom('load_balancer').select('topology').where('id', '=', ids.loadBalancer).executeTakeFirst();
    expect(row).toEqual({ topology: 'ACTIVE_STANDBY' });
  });
});

describe('deletion', () => {
  test('everything goes: instances, ports, groups, rows and quota', async () => {
    const ids = await insertTree(world.store);
    await run(ids.loadBalancer);
    await touch(world.store, ids, { load_balancer: 'PENDING_DELETE' });
    await run(ids.loadBalancer);
    expect(await statuses(world.store, ids)).toEqual({ load_balancer: 'DELETED', listener: 'gone', pool: 'gone', member: 'gone', health_monitor: 'gone', l7policy: 'gone', l7rule: 'gone' });
    expect(world.cloud.amphorae.size).toBe(0);
    expect(world.cloud.securityGroups.size).toBe(0);
    expect(await amphoraRows(world.store, ids.loadBalancer)).toMatchObject([{ status: 'DELETED' }]);
    expect(await world.store.read.selectFrom('quotas').selectAll().where('project_id', '=', PROJECT).executeTakeFirst()).toMatchObject({
      in_use_load_balancer: 0, in_use_listener: 0, in_use_pool: 0, in_use_member: 0, in_use_health_monitor: 0, in_use_l7policy: 0, in_use_l7rule: 0,
    });
    expect(await world.store.read.selectFrom('ts_lease').selectAll().execute()).toEqual([]);
  });
});
