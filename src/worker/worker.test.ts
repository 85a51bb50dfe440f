import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AgentCertificateOutOfTime, AmphoraRefused, AmphoraUnreachable } from '../amphora/client/errors.ts';
import { ComputeHostUnreachable } from '../drivers/errors.ts';
import { createNoopNetworkDriver } from '../drivers/network/noop.ts';
import { recordHeartbeats } from '../store/amphora-health.ts';
import { DatabaseUnavailable } from '../store/errors.ts';
import type { FakeAmphora } from './testing/fake-cloud.ts';
import { amphoraRows, createWorld, insertTree, PROJECT, statuses, touch, type TestWorld } from './testing/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await createWorld();
  await world.worker.start();
  // The first look for waiting work is over: it would find what the tests put there.
  await world.worker.sweep();
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
    // Until it is purged: a fence must not begin anew.
    expect(await world.store.read.selectFrom('ts_lease').select(['owner', 'fence']).execute()).toEqual([{ owner: null, fence: 2 }]);
  });
});

test('a server group goes with its pair, also when nobody came to record it', async () => {
  const strict = await createWorld({ nova: { enable_anti_affinity: true } });
  const ids = await insertTree(strict.store, 'ACTIVE_STANDBY', 'ACTIVE_STANDBY');
  const look = async (): Promise<void> => {
    strict.worker.wake(ids.loadBalancer);
    await strict.worker.idle();
  };
  await look();
  expect([...strict.cloud.serverGroups]).toEqual([ids.loadBalancer]);
  await strict.store.transaction((trx) => trx.updateTable('load_balancer').set({ server_group_id: null }).where('id', '=', ids.loadBalancer).execute());
  await touch(strict.store, ids, { load_balancer: 'PENDING_DELETE' });
  await look();
  expect(strict.cloud.serverGroups.size).toBe(0);
  await strict.close();
});

test.each([['a value', 'SINGLE'], ['a new object', 'ACTIVE_STANDBY']] as const)('with merge_pending_updates %s that comes while a change is pushed is pushed as well', async (what, topology) => {
  const merging = await createWorld({ api_settings: { merge_pending_updates: true } });
  const ids = await insertTree(merging.store, topology, topology);
  const look = async (): Promise<void> => {
    merging.worker.wake(ids.loadBalancer);
    await merging.worker.idle();
  };
  let isLate = false;
  let accepted: Promise<unknown> = Promise.resolve();
  merging.cloud.failOn = (call) => {
    if (isLate || !call.startsWith('agent.uploadHaproxy')) return null;
    isLate = true;
    accepted = merging.store.transaction(async (trx) => {
      const member = await trx.selectFrom('member').selectAll().where('id', '=', ids.member).executeTakeFirstOrThrow();
      if (what === 'a value') await trx.updateTable('member').set({ weight: 7 }).where('id', '=', ids.member).execute();
      else await trx.insertInto('member').values({ ...member, id: randomUUID(), weight: 7, protocol_port: 81 }).execute();
    });
    return null;
  };
  await look();
  await accepted;
  expect(await statuses(merging.store, ids)).toEqual(ALL_ACTIVE);
  expect(await merging.store.read.selectFrom('member').select('id').where('provisioning_status', '<>', 'ACTIVE').execute()).toEqual([]);
  for (const { runningHaproxy } of merging.cloud.amphorae.values()) expect(runningHaproxy).toContain('weight 7');
  expect(merging.told).toEqual([`create ${ids.loadBalancer}`]);
  await merging.close();
});

describe('changes of a running load balancer', () => {
  const created = async (topology: 'SINGLE' | 'ACTIVE_STANDBY' = 'SINGLE') => {
    const ids = await insertTree(world.store, topology, topology);
    await run(ids.loadBalancer);
    world.cloud.take();
    return ids;
  };

  test('a new member costs one upload and one reload, nothing else', async () => {
    const ids = await created();
    await world.store.transaction((trx) => trx.insertInto('member').values({
      id: 'member-2', project_id: PROJECT, pool_id: ids.pool, ip_address: '192.0.2.11', protocol_port: 8080, weight: 1, backup: false, vnic_type: 'normal', enabled: true,
      provisioning_status: 'PENDING_CREATE', operating_status: 'NO_MONITOR',
    }).execute());
    await touch(world.store, ids, { pool: 'PENDING_UPDATE', listener: 'PENDING_UPDATE' });
    await world.cast({ method: 'create_member', args: { member: { member_id: 'member-2', pool_id: ids.pool } }, requestId: 'req' });
    expect(world.cloud.take().map((call) => call.split(' ')[0])).toEqual(['agent.uploadHaproxy', 'agent.reload']);
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
  });

  test('a look that finds nothing to do forgets nothing', async () => {
    const ids = await created();
    await run(ids.loadBalancer);
    await touch(world.store, ids, {});
    await run(ids.loadBalancer);
    expect(world.cloud.take()).toEqual([]);
  });

  test('a change that no configuration shows pushes nothing', async () => {
    const ids = await created();
    await touch(world.store, ids, {});
    await run(ids.loadBalancer);
    expect(world.cloud.take()).toEqual([]);
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
  });

  test('the standby of a pair is changed before the master', async () => {
    const ids = await created('ACTIVE_STANDBY');
    await world.store.transaction((trx) => trx.updateTable('member').set({ weight: 7 }).where('id', '=', ids.member).execute());
    await touch(world.store, ids, { member: 'PENDING_UPDATE', pool: 'PENDING_UPDATE', listener: 'PENDING_UPDATE' });
    await run(ids.loadBalancer);
    const [backup, master] = await amphoraRows(world.store, ids.loadBalancer);
    const calls = world.cloud.take('agent');
    expect(calls).toHaveLength(4);
    expect(calls).toEqual(expect.arrayContaining([`agent.uploadHaproxy ${backup!.id}`, `agent.uploadHaproxy ${master!.id}`]));
    expect(calls.filter((call) => call.startsWith('agent.reload'))).toEqual([`agent.reload ${ids.loadBalancer} ${backup!.id}`, `agent.reload ${ids.loadBalancer} ${master!.id}`]);
  });

  test('the firewall opens before the listener runs', async () => {
    const ids = await created();
    await world.store.transaction((trx) => trx.updateTable('listener').set({ protocol_port: 8081 }).where('id', '=', ids.listener).execute());
    await touch(world.store, ids, { listener: 'PENDING_UPDATE' });
    await run(ids.loadBalancer);
    expect(world.cloud.take().map((call) => call.split(' ').slice(0, 1).join())).toEqual(['network.ensureSecurityGroup', 'agent.uploadHaproxy', 'agent.reload']);
  });

  test('a deleted monitor leaves its members unmonitored and gives its quota back', async () => {
    const ids = await created();
    await touch(world.store, ids, { health_monitor: 'PENDING_DELETE', pool: 'PENDING_UPDATE', listener: 'PENDING_UPDATE' });
    await run(ids.loadBalancer);
    expect(await statuses(world.store, ids)).toEqual({ ...ALL_ACTIVE, health_monitor: 'gone' });
    const member = await world.store.read.selectFrom('member').select('operating_status').where('id', '=', ids.member).executeTakeFirst();
    expect(member).toEqual({ operating_status: 'NO_MONITOR' });
    expect(await world.store.read.selectFrom('quotas').select('in_use_health_monitor').executeTakeFirst()).toEqual({ in_use_health_monitor: 0 });
  });

  test('the last listener takes haproxy with it', async () => {
    const ids = await created();
    await touch(world.store, ids, { listener: 'PENDING_DELETE' });
    await run(ids.loadBalancer);
    expect(world.cloud.take('agent')).toEqual([expect.stringContaining(`agent.deleteListener ${ids.loadBalancer}`)]);
    expect(await statuses(world.store, ids)).toMatchObject({ load_balancer: 'ACTIVE', listener: 'gone', l7policy: 'gone', l7rule: 'gone', pool: 'ACTIVE' });
  });

  test('the port of a network without members is removed', async () => {
    const ids = await created();
    await touch(world.store, ids, { member: 'PENDING_DELETE', pool: 'PENDING_UPDATE', listener: 'PENDING_UPDATE' });
    await run(ids.loadBalancer);
    expect(world.cloud.take('compute', 'network.removePort').map((call) => call.split(' ')[0])).toEqual(['compute.detachPort', 'network.removePort']);
  });

  test('so is that of a network whose only members went with their pool', async () => {
    const ids = await created();
    await touch(world.store, ids, { pool: 'PENDING_DELETE', listener: 'PENDING_UPDATE' });
    await run(ids.loadBalancer);
    expect(await statuses(world.store, ids)).toMatchObject({ load_balancer: 'ACTIVE', pool: 'gone', member: 'gone' });
    expect(world.cloud.take('compute', 'network.removePort').map((call) => call.split(' ')[0])).toEqual(['compute.detachPort', 'network.removePort']);
  });

  test('ports towards members are on record for a worker of the original, which removes them with the amphora, and those of Nova are not', async () => {
    const rows = () => world.store.read.selectFrom('amphora_member_port').select(['port_id', 'amphora_id']).execute();
    const ids = await created();
    const [amphora = ''] = world.cloud.amphorae.keys();
    const own = [...world.cloud.ports].filter(([, name]) => name === `octavia-lb-member-${amphora}`);
    expect(own).toHaveLength(1);
    expect(await rows()).toEqual(own.map(([port]) => ({ port_id: port, amphora_id: amphora })));
    await touch(world.store, ids, { load_balancer: 'PENDING_DELETE' });
    await run(ids.loadBalancer);
    expect(await rows()).toEqual([]);

    const network = createNoopNetworkDriver();
    vi.spyOn(world.cloud.network, 'ensureMemberPort').mockImplementation(async (...wanted) => {
      const made = await network.ensureMemberPort(...wanted);
      return { ...made, port: { ...made.port, name: '' } };
    });
    await created();
    expect(await rows()).toEqual([]);
  });

  describe('a member on a further network', () => {
    const SUBNET = '7d6f4f3c-6f0b-4c43-9d52-5a4d0e1f2b3c';
    let ids: Awaited<ReturnType<typeof created>>;
    beforeEach(async () => {
      ids = await created();
    });
    const addMember = (provisioningStatus: 'PENDING_CREATE' | 'ACTIVE') => world.store.transaction(async (trx) => {
      const member = await trx.selectFrom('member').selectAll().where('id', '=', ids.member).executeTakeFirstOrThrow();
      await trx.insertInto('member').values({ ...member, id: randomUUID(), ip_address: '192.0.2.99', subnet_id: SUBNET, provisioning_status: provisioningStatus }).execute();
    });
    /** Whether the network was asked what is there, for each further network and in all. */
    const looks = async (work: () => Promise<void>) => {
      const [ensure, list] = [vi.spyOn(world.cloud.network, 'ensureMemberPort'), vi.spyOn(world.cloud.network, 'listAmphoraPorts')];
      await work();
      return { known: ensure.mock.calls.filter(([, , , subnetIds]) => subnetIds.includes(SUBNET)).map(([, , , , , isNew]) => isNew), lists: list.mock.calls.length };
    };

    test('is attached without a look at what is there, and known from then on', async () => {
      await addMember('PENDING_CREATE');
      await touch(world.store, ids, {});
      expect(await looks(() => run(ids.loadBalancer))).toEqual({ known: [true], lists: 0 });
      await world.store.transaction((trx) => trx.deleteFrom('member').where('subnet_id', '=', SUBNET).execute());
      await touch(world.store, ids, {});
      expect(await looks(() => run(ids.loadBalancer)), 'what nobody needs any more').toMatchObject({ lists: 1 });
    });

    test('that another worker has served may have its interface', async () => {
      await addMember('ACTIVE');
      await touch(world.store, ids, {});
      expect(await looks(() => run(ids.loadBalancer))).toEqual({ known: [false], lists: 0 });
    });

    test('is looked for by a worker that has just started', async () => {
      await addMember('PENDING_CREATE');
      await touch(world.store, ids, {});
      const other = world.anotherWorker();
      expect(await looks(async () => {
        other.wake(ids.loadBalancer);
        await other.idle();
      })).toEqual({ known: [false], lists: 1 });
    });
  });

  test('an agent gets its configuration anew on wish, and the load balancer does not blink', async () => {
    const ids = await created();
    const [amphora] = [...world.cloud.amphorae.values()];
    await world.cast({ method: 'update_amphora_agent_config', args: { amphora_id: amphora!.id } });
    expect(amphora!.agentConfig).toContain(`amphora_id = ${amphora!.id}`);
    expect(world.cloud.take('agent.upload')).toEqual([`agent.uploadAgentConfig ${amphora!.id}`]);
    expect(await world.store.read.selectFrom('ts_request').selectAll().execute()).toEqual([]);
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
  });
});

describe('failures', () => {
  const created = async (topology: 'SINGLE' | 'ACTIVE_STANDBY' = 'SINGLE') => {
    const ids = await insertTree(world.store, topology, topology);
    await run(ids.loadBalancer);
    world.cloud.take();
    return ids;
  };
  const retryNow = async (): Promise<void> => {
    await world.store.transaction((trx) => trx.updateTable('ts_lease').set({ next_attempt_at: null }).execute());
    await world.worker.sweep();
    await world.worker.idle();
  };

  test('a configuration that haproxy refuses leaves the old one running and puts only the changed object in ERROR', async () => {
    const ids = await created();
    const before = [...world.cloud.amphorae.values()][0]!.runningHaproxy;
    world.cloud.refuses = () => '[ALERT] parsing: unknown keyword';
    await world.store.transaction((trx) => trx.updateTable('member').set({ weight: 7 }).where('id', '=', ids.member).execute());
    await touch(world.store, ids, { member: 'PENDING_UPDATE', pool: 'PENDING_UPDATE', listener: 'PENDING_UPDATE' });
    await run(ids.loadBalancer);
    expect(await statuses(world.store, ids)).toEqual({ ...ALL_ACTIVE, member: 'ERROR' });
    expect([...world.cloud.amphorae.values()][0]!.runningHaproxy).toBe(before);
    const [event] = await world.store.read.selectFrom('ts_event').selectAll().execute();
    expect(event).toMatchObject({ object_type: 'member', object_id: ids.member, outcome: 'failure', action: 'pushHaproxy', reason: expect.stringContaining('unknown keyword') });
    world.cloud.refuses = () => null;
    await retryNow();
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
  });

  test('a passing failure is nobody\'s business: it is tried again before anything is in ERROR', async () => {
    const ids = await insertTree(world.store);
    world.cloud.failOn = (call) => (call.startsWith('network.ensureVrrpPort') ? new Error('neutron is away') : null);
    await run(ids.loadBalancer);
    expect((await statuses(world.store, ids))['load_balancer']).toBe('PENDING_CREATE');
    world.cloud.failOn = () => null;
    await retryNow();
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
    expect(world.cloud.amphorae.size).toBe(1);
  });

  test('a lasting failure ends in ERROR with its cause, and heals when the cause goes', async () => {
    const ids = await insertTree(world.store);
    world.cloud.failOn = (call) => (call.startsWith('compute.ensure') ? new Error('no valid host') : null);
    await run(ids.loadBalancer);
    await retryNow();
    await retryNow();
    expect(await statuses(world.store, ids)).toMatchObject({ load_balancer: 'ERROR', listener: 'ERROR', member: 'ERROR' });
    const lease = await world.store.read.selectFrom('ts_lease').selectAll().executeTakeFirst();
    expect(lease).toMatchObject({ attempts: 3, last_error: 'bootAmphora: no valid host', owner: null });
    world.cloud.failOn = () => null;
    await retryNow();
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
  });

  test('a new amphora whose agent never answers is replaced, and broken ones do not pile up', async () => {
    const ids = await insertTree(world.store);
    world.cloud.failOn = (call) => (call.startsWith('agent.') ? new AmphoraUnreachable(call.split(' ').at(-1) ?? '', 'silent') : null);
    await run(ids.loadBalancer);
    expect(await statuses(world.store, ids)).toMatchObject({ load_balancer: 'ERROR' });
    const [first] = [...world.cloud.amphorae.keys()];
    for (let attempt = 0; attempt < 4; attempt += 1) await retryNow();
    expect(world.cloud.amphorae.size).toBe(1);
    world.cloud.failOn = () => null;
    await retryNow();
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
    expect([...world.cloud.amphorae.keys()]).toEqual([expect.not.stringMatching(first ?? '')]);
  });

  test('so is one whose host dies before it serves, however long the host stays away', async () => {
    const ids = await insertTree(world.store);
    let lost: string | undefined;
    world.cloud.failOn = (call) => {
      const [what, id] = call.split(' ');
      if (what !== 'compute.attachPort') return null;
      return (lost ??= id) === id ? new ComputeHostUnreachable('host-1', 'PUT /ports', 'no route to host') : null;
    };
    await run(ids.loadBalancer);
    for (let attempt = 0; attempt < 3; attempt += 1) await retryNow();
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
    expect([...world.cloud.amphorae.keys()]).toEqual([expect.not.stringMatching(lost ?? '')]);
  });

  test('what is asked for while a retry fails does not wait for its back-off', async () => {
    const ids = await insertTree(world.store);
    world.cloud.failOn = (call) => (call.startsWith('compute.ensure') ? new Error('no valid host') : null);
    await run(ids.loadBalancer);
    await retryNow();
    await retryNow();
    let deleted: Promise<unknown> = Promise.resolve();
    world.cloud.failOn = (call) => {
      if (!call.startsWith('compute.ensure')) return null;
      deleted = world.store.transaction((trx) => trx.updateTable('load_balancer').set({ provisioning_status: 'PENDING_DELETE' }).where('id', '=', ids.loadBalancer).execute());
      return new Error('no valid host');
    };
    await retryNow();
    await deleted;
    expect((await statuses(world.store, ids))['load_balancer']).toBe('DELETED');
  });

  test('an end of a run that was written although the database broke off is not written twice', async () => {
    const ids = await created();
    await world.store.transaction((trx) => trx.updateTable('quotas').set({ in_use_listener: 5 }).execute());
    await touch(world.store, ids, { listener: 'PENDING_DELETE' });
    const transaction = world.store.transaction.bind(world.store);
    let isBroken = false;
    vi.spyOn(world.store, 'transaction').mockImplementation(async (work) => {
      const result = await transaction(work);
      if (isBroken || (await statuses(world.store, ids))['listener'] !== 'gone') return result;
      isBroken = true;
      throw new DatabaseUnavailable('the connection was lost at the commit', null);
    });
    await run(ids.loadBalancer);
    expect(isBroken).toBe(true);
    expect(await world.store.read.selectFrom('quotas').select('in_use_listener').executeTakeFirst()).toEqual({ in_use_listener: 4 });
    expect(await statuses(world.store, ids)).toMatchObject({ load_balancer: 'ACTIVE', listener: 'gone' });
  });

  test('rows that make no sense end in ERROR with the reason, and heal when they are mended', async () => {
    const ids = await insertTree(world.store, 'SINGLE', 'SINGLE');
    await world.store.transaction((trx) => trx.updateTable('flavor_profile').set({ flavor_data: '{broken' }).execute());
    await run(ids.loadBalancer);
    expect(await statuses(world.store, ids)).toMatchObject({ load_balancer: 'ERROR', member: 'ERROR' });
    expect(await world.store.read.selectFrom('ts_event').select(['action', 'outcome']).execute()).toEqual([{ action: 'read', outcome: 'failure' }]);
    for (let attempt = 0; attempt < 5; attempt += 1) await retryNow();
    const { next_attempt_at: next } = await world.store.read.selectFrom('ts_lease').select('next_attempt_at').executeTakeFirstOrThrow();
    expect(Date.parse(`${next}Z`) - Date.now(), 'they are looked at ever more seldom').toBeGreaterThan(100_000);
    await world.store.transaction((trx) => trx.updateTable('flavor_profile').set({ flavor_data: '{}' }).execute());
    await retryNow();
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
  });

  test('a secret that is gone blames the listener, and does not stand in the way of a deletion', async () => {
    const ids = await created();
    await world.store.transaction((trx) => trx.updateTable('listener').set({ protocol: 'TERMINATED_HTTPS', tls_certificate_id: 'secret-1' }).where('id', '=', ids.listener).execute());
    await touch(world.store, ids, { listener: 'PENDING_UPDATE' });
    await run(ids.loadBalancer);
    expect(await statuses(world.store, ids)).toEqual({ ...ALL_ACTIVE, listener: 'ERROR' });
    await touch(world.store, ids, { load_balancer: 'PENDING_DELETE' });
    await run(ids.loadBalancer);
    expect((await statuses(world.store, ids))['load_balancer']).toBe('DELETED');
  });

  test.each(['SINGLE', 'ACTIVE_STANDBY'] as const)('a dead amphora of a %s is replaced although a secret is gone: the rest is served, the listener is in ERROR until its cause goes', async (topology) => {
    const ids = await created(topology);
    const encrypted = randomUUID();
    await world.store.transaction(async (trx) => {
      const listener = await trx.selectFrom('listener').selectAll().where('id', '=', ids.listener).executeTakeFirstOrThrow();
      await trx.insertInto('listener').values({ ...listener, id: encrypted, protocol: 'TERMINATED_HTTPS', protocol_port: 443, tls_certificate_id: 'secret-1', peer_port: 1026 }).execute();
    });
    const statusOf = async () => (await world.store.read.selectFrom('listener').select('provisioning_status').where('id', '=', encrypted).executeTakeFirstOrThrow()).provisioning_status;
    const [dead, kept] = (await amphoraRows(world.store, ids.loadBalancer)).map(({ id }) => id);
    const before = world.cloud.amphorae.get(kept ?? '')?.runningHaproxy;
    await world.cast({ method: 'failover_amphora', args: { amphora_id: dead! } });
    await world.worker.idle();
    expect(world.cloud.amphorae.has(dead!)).toBe(false);
    expect([await statuses(world.store, ids), await statusOf()]).toEqual([ALL_ACTIVE, 'ERROR']);
    const successor = [...world.cloud.amphorae.values()].find(({ id }) => id !== kept)!;
    expect(successor.runningHaproxy).toContain(`frontend ${ids.listener}`);
    expect(successor.runningHaproxy).not.toContain(encrypted);
    expect(world.cloud.amphorae.get(kept ?? '')?.runningHaproxy, 'what still serves is left alone').toBe(before);
    expect((await world.store.read.selectFrom('ts_event').select(['action', 'reason']).execute()).map(({ action, reason }) => `${action}: ${reason}`).join('\n')).toMatch(new RegExp(`resolveTls: The TLS data of listener ${encrypted} .*secret-1`));

    await retryNow();
    expect([await statuses(world.store, ids), await statusOf()]).toEqual([ALL_ACTIVE, 'ERROR']);
    expect(world.cloud.amphorae.get(successor.id)?.runningHaproxy).toContain(`frontend ${ids.listener}`);
    await world.store.transaction((trx) => trx.updateTable('listener').set({ protocol: 'HTTP', tls_certificate_id: null }).where('id', '=', encrypted).execute());
    await retryNow();
    expect([await statuses(world.store, ids), await statusOf()]).toEqual([ALL_ACTIVE, 'ACTIVE']);
    for (const { runningHaproxy } of world.cloud.amphorae.values()) expect(runningHaproxy).toContain(`frontend ${encrypted}`);
  });

  test('one silent amphora of a pair does not stop a change; it is told when it is back', async () => {
    const ids = await created('ACTIVE_STANDBY');
    const [backup, master] = await amphoraRows(world.store, ids.loadBalancer);
    world.cloud.amphorae.get(backup!.id)!.isReachable = false;
    await world.store.transaction((trx) => trx.updateTable('member').set({ weight: 7 }).where('id', '=', ids.member).execute());
    await touch(world.store, ids, { member: 'PENDING_UPDATE', pool: 'PENDING_UPDATE', listener: 'PENDING_UPDATE' });
    await run(ids.loadBalancer);
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
    expect(world.cloud.amphorae.get(master!.id)!.runningHaproxy).toContain('weight 7');
    world.cloud.amphorae.get(backup!.id)!.isReachable = true;
    await retryNow();
    expect(world.cloud.amphorae.get(backup!.id)!.runningHaproxy).toContain('weight 7');
    expect(await world.store.read.selectFrom('ts_lease').select('attempts').executeTakeFirst()).toEqual({ attempts: 0 });
  });

  test('however long an amphora of the pair has been silent, a passing failure of a later change is nobody\'s business', async () => {
    const ids = await created('ACTIVE_STANDBY');
    const [backup] = await amphoraRows(world.store, ids.loadBalancer);
    world.cloud.amphorae.get(backup!.id)!.isReachable = false;
    await touch(world.store, ids, { member: 'PENDING_UPDATE', pool: 'PENDING_UPDATE', listener: 'PENDING_UPDATE' });
    await world.store.transaction((trx) => trx.updateTable('member').set({ weight: 7 }).where('id', '=', ids.member).execute());
    await run(ids.loadBalancer);
    for (let times = 0; times < 4; times += 1) await retryNow();
    await world.store.transaction((trx) => trx.updateTable('listener').set({ protocol_port: 8081 }).where('id', '=', ids.listener).execute());
    await touch(world.store, ids, { listener: 'PENDING_UPDATE' });
    let failures = 0;
    world.cloud.failOn = (call) => (call.startsWith('network.ensureSecurityGroup') && (failures += 1) <= 2 ? new Error('busy') : null);
    await run(ids.loadBalancer);
    expect(await statuses(world.store, ids)).toMatchObject({ load_balancer: 'PENDING_UPDATE', listener: 'PENDING_UPDATE' });
    await retryNow();
    expect(await statuses(world.store, ids)).toMatchObject({ load_balancer: 'PENDING_UPDATE', listener: 'PENDING_UPDATE' });
    failures = 0;
    await retryNow();
    expect(await statuses(world.store, ids), 'a lasting one is').toMatchObject({ load_balancer: 'ACTIVE', listener: 'ERROR' });
    world.cloud.failOn = () => null;
    await retryNow();
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
  });

  test('nor is that of a change beside a deletion that failed and is tried again', async () => {
    const ids = await created();
    world.cloud.failOn = (call) => (call.startsWith('agent.uploadHaproxy') ? new Error('busy') : null);
    await touch(world.store, ids, { member: 'PENDING_DELETE', pool: 'PENDING_UPDATE', listener: 'PENDING_UPDATE' });
    await run(ids.loadBalancer);
    for (let times = 0; times < 2; times += 1) await retryNow();
    expect(await statuses(world.store, ids)).toEqual({ ...ALL_ACTIVE, member: 'ERROR' });
    await touch(world.store, ids, { listener: 'PENDING_UPDATE' });
    await run(ids.loadBalancer);
    expect(await statuses(world.store, ids)).toMatchObject({ load_balancer: 'PENDING_UPDATE', listener: 'PENDING_UPDATE' });
    world.cloud.failOn = () => null;
    await retryNow();
    expect(await statuses(world.store, ids)).toEqual({ ...ALL_ACTIVE, member: 'gone' });
  });

  test('a UDP listener that was deleted while an amphora of the pair was silent does not go on there when it is back', async () => {
    const ids = await created('ACTIVE_STANDBY');
    await world.store.transaction((trx) => trx.updateTable('listener').set({ protocol: 'UDP' }).where('id', '=', ids.listener).execute());
    await touch(world.store, ids, { listener: 'PENDING_UPDATE' });
    await run(ids.loadBalancer);
    const [backup] = await amphoraRows(world.store, ids.loadBalancer);
    const silent = world.cloud.amphorae.get(backup!.id)!;
    expect([...silent.lvs.keys()]).toEqual([ids.listener]);
    silent.isReachable = false;
    await touch(world.store, ids, { listener: 'PENDING_DELETE' });
    await run(ids.loadBalancer);
    expect(await statuses(world.store, ids)).toMatchObject({ load_balancer: 'ACTIVE', listener: 'gone' });
    silent.isReachable = true;
    await retryNow();
    expect([...silent.lvs.keys()]).toEqual([]);
  });

  test.each([
    ['that stays silent', (late: FakeAmphora) => Object.assign(late, { isReachable: false })],
    ['that answers late', (late: FakeAmphora) => {
      const connect = world.cloud.clients.connect.bind(world.cloud.clients);
      vi.spyOn(world.cloud.clients, 'connect').mockImplementation((endpoint, patience) => {
        const client = connect(endpoint, patience);
        if (endpoint.amphoraId !== late.id) return client;
        return { ...client, getFacts: () => new Promise((resolve, reject) => void setTimeout(() => void client.getFacts().then(resolve, reject), 50)) };
      });
    }],
  ])('beside a peer %s, keepalived goes on in the version that the peer hears', async (_, delay) => {
    const ids = await created('ACTIVE_STANDBY');
    const [backup, master] = (await amphoraRows(world.store, ids.loadBalancer)).map(({ id }) => world.cloud.amphorae.get(id)!);
    // A worker that died left something half done, and the next one knows nothing.
    await world.store.transaction((trx) => trx.updateTable('ts_lease').set({ owner: 'dead', expires_at: '2020-01-01 00:00:00' }).execute());
    delay(backup!);
    await touch(world.store, ids, {});
    const next = world.anotherWorker();
    next.wake(ids.loadBalancer);
    await next.idle();
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
    for (const { vrrp } of [backup!, master!]) expect(vrrp).toContain('version 3');
  });

  test('a configuration that a silent amphora of a pair was to get is kept until it answers', async () => {
    const ids = await created('ACTIVE_STANDBY');
    const silent = world.cloud.amphorae.get((await amphoraRows(world.store, ids.loadBalancer))[0]!.id)!;
    Object.assign(silent, { isReachable: false, agentConfig: 'old' });
    await world.cast({ method: 'update_amphora_agent_config', args: { amphora_id: silent.id } });
    expect(await world.store.read.selectFrom('ts_request').select('kind').execute()).toEqual([{ kind: 'configure_amphora' }]);
    silent.isReachable = true;
    await retryNow();
    expect(silent.agentConfig).toContain(`amphora_id = ${silent.id}`);
    expect(await world.store.read.selectFrom('ts_request').selectAll().execute()).toEqual([]);
  });

  test('an agent whose certificate has run out is given another one, and the change goes on', async () => {
    const ids = await created();
    const [amphora] = await amphoraRows(world.store, ids.loadBalancer);
    let isExpired = true;
    world.cloud.failOn = (call) => {
      if (call.startsWith('agent.uploadAgentCertificate')) isExpired = false;
      return isExpired && call.startsWith('agent.') ? new AgentCertificateOutOfTime(amphora!.id, 'certificate has expired') : null;
    };
    await world.store.transaction(async (trx) => {
      await trx.updateTable('member').set({ weight: 7 }).where('id', '=', ids.member).execute();
      await trx.updateTable('amphora').set({ cert_expiration: '2026-01-01 00:00:00' }).execute();
    });
    await touch(world.store, ids, { member: 'PENDING_UPDATE', pool: 'PENDING_UPDATE', listener: 'PENDING_UPDATE' });
    await run(ids.loadBalancer);
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
    expect(world.cloud.take('agent.uploadAgentCertificate')).toHaveLength(1);
    expect(world.cloud.amphorae.get(amphora!.id)!.runningHaproxy).toContain('weight 7');
    expect(await world.store.read.selectFrom('amphora').select(['status', 'cert_expiration']).executeTakeFirst()).toEqual({ status: 'ALLOCATED', cert_expiration: '2026-02-01 00:00:00' });
  });

  test('when no amphora answers, the changed object is in ERROR', async () => {
    const ids = await created('ACTIVE_STANDBY');
    for (const amphora of world.cloud.amphorae.values()) amphora.isReachable = false;
    await world.store.transaction((trx) => trx.updateTable('member').set({ weight: 7 }).where('id', '=', ids.member).execute());
    await touch(world.store, ids, { member: 'PENDING_UPDATE', pool: 'PENDING_UPDATE', listener: 'PENDING_UPDATE' });
    await run(ids.loadBalancer);
    expect(await statuses(world.store, ids)).toEqual({ ...ALL_ACTIVE, member: 'ERROR' });
  });

  test('a deletion whose instance will not go is repeated, then in ERROR without bringing anything back, and done when it can be', async () => {
    const ids = await created();
    world.cloud.failOn = (call) => (call.startsWith('compute.remove') ? new Error('nova says no') : null);
    await touch(world.store, ids, { load_balancer: 'PENDING_DELETE' });
    await run(ids.loadBalancer);
    expect(world.cloud.take('compute.remove')).toHaveLength(5);
    expect((await statuses(world.store, ids))['load_balancer']).toBe('PENDING_DELETE');
    for (let attempt = 0; attempt < 7; attempt += 1) await retryNow();
    expect((await statuses(world.store, ids))['load_balancer']).toBe('ERROR');
    world.cloud.take();
    await retryNow();
    expect(world.cloud.take('agent')).toEqual([]);
    expect((await statuses(world.store, ids))['load_balancer']).toBe('ERROR');
    world.cloud.failOn = () => null;
    await retryNow();
    expect((await statuses(world.store, ids))['load_balancer']).toBe('DELETED');
    expect(world.cloud.amphorae.size).toBe(0);
  });

  test('an amphora that dies while a deletion fails brings nothing back to life', async () => {
    const ids = await created();
    const [amphora] = [...world.cloud.amphorae.keys()];
    world.cloud.failOn = (call) => (call.startsWith('compute.remove') ? new Error('nova says no') : null);
    await touch(world.store, ids, { load_balancer: 'PENDING_DELETE' });
    await run(ids.loadBalancer);
    for (let attempt = 0; attempt < 7; attempt += 1) await retryNow();
    expect((await statuses(world.store, ids))['load_balancer']).toBe('ERROR');
    world.cloud.lost.add(amphora!);
    await world.worker.sweep();
    await world.worker.idle();
    expect((await statuses(world.store, ids))['load_balancer']).toBe('ERROR');
    world.cloud.failOn = () => null;
    await retryNow();
    expect((await statuses(world.store, ids))['load_balancer']).toBe('DELETED');
    expect(world.cloud.amphorae.size).toBe(0);
  });

  test('a failover that is asked for after a failed deletion means that the load balancer is to live', async () => {
    const ids = await created();
    world.cloud.failOn = (call) => (call.startsWith('compute.remove') ? new Error('nova says no') : null);
    await touch(world.store, ids, { load_balancer: 'PENDING_DELETE' });
    await run(ids.loadBalancer);
    for (let attempt = 0; attempt < 7; attempt += 1) await retryNow();
    world.cloud.failOn = () => null;
    await touch(world.store, ids, {});
    await world.cast({ method: 'failover_load_balancer', args: { load_balancer_id: ids.loadBalancer } });
    expect((await statuses(world.store, ids))['load_balancer']).toBe('ACTIVE');
  });

  test.each([['goes with the next attempt that can', false], ['stays when it is changed meanwhile', true]])('a member whose deletion failed is in ERROR and %s', async (_, isChanged) => {
    const ids = await created();
    for (const amphora of world.cloud.amphorae.values()) amphora.isReachable = false;
    await touch(world.store, ids, { member: 'PENDING_DELETE', pool: 'PENDING_UPDATE', listener: 'PENDING_UPDATE' });
    await run(ids.loadBalancer);
    expect(await statuses(world.store, ids)).toEqual({ ...ALL_ACTIVE, member: 'ERROR' });
    if (isChanged) await touch(world.store, ids, { member: 'PENDING_UPDATE' });
    await retryNow();
    expect(await statuses(world.store, ids)).toEqual({ ...ALL_ACTIVE, member: 'ERROR' });
    for (const amphora of world.cloud.amphorae.values()) amphora.isReachable = true;
    await retryNow();
    expect((await statuses(world.store, ids))['member']).toBe(isChanged ? 'ACTIVE' : 'gone');
    expect((await statuses(world.store, ids))['load_balancer']).toBe('ACTIVE');
  });
});

describe('failover', () => {
  const created = async (topology: 'SINGLE' | 'ACTIVE_STANDBY') => {
    const ids = await insertTree(world.store, topology, topology);
    await run(ids.loadBalancer);
    world.cloud.take();
    return ids;
  };
  const position = (calls: readonly string[], call: string): number => calls.findIndex((one) => one.startsWith(call));

  test('of one amphora of a pair: the replacement has its role and serves before the old one goes; peers know it before it speaks', async () => {
    const ids = await created('ACTIVE_STANDBY');
    const [backup, master] = await amphoraRows(world.store, ids.loadBalancer);
    await touch(world.store, ids, {});
    await world.cast({ method: 'failover_amphora', args: { amphora_id: master!.id } });
    const rows = await amphoraRows(world.store, ids.loadBalancer);
    const replacement = rows.find(({ status, role }) => status === 'ALLOCATED' && role === 'MASTER')!;
    expect(rows.find(({ id }) => id === master!.id)).toMatchObject({ status: 'DELETED' });
    expect(rows.find(({ id }) => id === backup!.id)).toMatchObject({ status: 'ALLOCATED' });
    expect([...world.cloud.amphorae.keys()].toSorted()).toEqual([backup!.id, replacement.id].toSorted());
    const calls = world.cloud.take();
    const newStarts = position(calls, `agent.start ${ids.loadBalancer} ${replacement.id}`);
    expect(newStarts).toBeGreaterThan(0);
    expect(position(calls, `agent.vrrp.reload ${backup!.id}`)).toBeLessThan(position(calls, `agent.vrrp.start ${replacement.id}`));
    expect(position(calls, `compute.remove ${master!.id}`)).toBeGreaterThan(newStarts);
    expect(position(calls, `agent.vrrp.stop ${master!.id}`)).toBeLessThan(position(calls, `compute.remove ${master!.id}`));
    expect(position(calls, `agent.uploadHaproxy ${replacement.id}`)).toBeLessThan(position(calls, `agent.plugVip ${replacement.id}`));
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
    expect(await world.store.read.selectFrom('ts_request').selectAll().execute()).toEqual([]);
  });

  test.each([['was heard a moment ago is not looked at', 0, 1], ['was not heard for long and is gone is replaced as well', 60_000, 2]])('a peer that %s', async (_, silentMs, replaced) => {
    const ids = await created('ACTIVE_STANDBY');
    const [backup, master] = await amphoraRows(world.store, ids.loadBalancer);
    await world.store.transaction((trx) => recordHeartbeats(trx, new Map([[backup!.id, Date.UTC(2026, 0, 2) - silentMs]])));
    const get = vi.spyOn(world.cloud.compute, 'get').mockImplementation(async (computeId) => ({ computeId, state: 'gone', lbNetworkIp: null, zone: null, imageId: null, flavorId: null, fault: null }));
    await touch(world.store, ids, {});
    await world.cast({ method: 'failover_amphora', args: { amphora_id: master!.id } });
    get.mockRestore();
    expect((await amphoraRows(world.store, ids.loadBalancer)).filter(({ status }) => status === 'DELETED')).toHaveLength(replaced);
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
  });

  test('a peer that does not answer does not hold a failover up', async () => {
    const ids = await created('ACTIVE_STANDBY');
    const [backup, master] = await amphoraRows(world.store, ids.loadBalancer);
    world.cloud.amphorae.get(backup!.id)!.isReachable = false;
    await touch(world.store, ids, {});
    await world.cast({ method: 'failover_amphora', args: { amphora_id: master!.id } });
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
    expect(world.cloud.amphorae.has(master!.id)).toBe(false);
  });

  test('a peer whose agent cannot take its configuration does not hold a failover up', async () => {
    const ids = await created('ACTIVE_STANDBY');
    const [backup, master] = await amphoraRows(world.store, ids.loadBalancer);
    const ensureVrrpPort = world.cloud.network.ensureVrrpPort.bind(world.cloud.network);
    vi.spyOn(world.cloud.network, 'ensureVrrpPort').mockImplementation(async (...asked) => {
      const attachment = await ensureVrrpPort(...asked);
      return { ...attachment, port: { ...attachment.port, fixedIps: attachment.port.fixedIps.map((fixed) => ({ ...fixed, ipAddress: '198.51.100.9' })) } };
    });
    world.cloud.failOn = (call) => (/^agent\.(getHaproxy|uploadHaproxy|reload)/.test(call) && call.endsWith(backup!.id) ? new AmphoraRefused(backup!.id, 'PUT haproxy', { status: 500, message: 'No space left on device', details: '' }) : null);
    await touch(world.store, ids, {});
    await world.cast({ method: 'failover_amphora', args: { amphora_id: master!.id } });
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
    expect(world.cloud.amphorae.has(master!.id)).toBe(false);
    const calls = world.cloud.take('agent.vrrp');
    expect(calls[0], 'it is told of its new peer all the same').toBe(`agent.vrrp.reload ${backup!.id}`);
    const event = await world.store.read.selectFrom('ts_event').select(['object_id', 'outcome', 'reason']).where('outcome', '=', 'failure').executeTakeFirst();
    expect(event).toMatchObject({ object_id: backup!.id, reason: expect.stringContaining('No space left on device') });
  });

  test('of a load balancer replaces every amphora and keeps the address', async () => {
    const ids = await created('ACTIVE_STANDBY');
    const before = [...world.cloud.amphorae.keys()];
    await touch(world.store, ids, {});
    await world.cast({ method: 'failover_load_balancer', args: { load_balancer_id: ids.loadBalancer } });
    expect([...world.cloud.amphorae.keys()].filter((id) => before.includes(id))).toEqual([]);
    expect(world.cloud.amphorae.size).toBe(2);
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
    const vip = await world.store.read.selectFrom('vip').select(['ip_address', 'octavia_owned']).executeTakeFirst();
    expect(vip).toEqual({ ip_address: '198.51.100.1', octavia_owned: true });
  });

  test('of a load balancer without any amphora builds new ones', async () => {
    const ids = await created('SINGLE');
    world.cloud.amphorae.clear();
    await world.store.transaction((trx) => trx.updateTable('amphora').set({ status: 'DELETED' }).execute());
    await touch(world.store, ids, {});
    await world.cast({ method: 'failover_load_balancer', args: { load_balancer_id: ids.loadBalancer } });
    expect(world.cloud.amphorae.size).toBe(1);
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
  });

  test('that breaks in the middle heals with the next attempt, and the old amphora serves until then', async () => {
    const ids = await created('SINGLE');
    const [old] = [...world.cloud.amphorae.keys()];
    await touch(world.store, ids, {});
    world.cloud.failOn = (call) => (call.startsWith('agent.plugVip') ? new Error('no such interface') : null);
    await world.cast({ method: 'failover_load_balancer', args: { load_balancer_id: ids.loadBalancer } });
    expect(world.cloud.amphorae.has(old!)).toBe(true);
    world.cloud.failOn = () => null;
    await world.store.transaction((trx) => trx.updateTable('ts_lease').set({ next_attempt_at: null }).execute());
    await world.worker.sweep();
    await world.worker.idle();
    expect(world.cloud.amphorae.has(old!)).toBe(false);
    expect(world.cloud.amphorae.size).toBe(1);
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
  });

  test.each(['ALLOCATED', 'FAILOVER_STOPPED'] as const)('an instance (%s) that the driver knows to be dead is failed over without waiting for heartbeats', async (status) => {
    const ids = await created('SINGLE');
    const [old] = [...world.cloud.amphorae.keys()];
    await world.store.transaction((trx) => trx.updateTable('amphora').set({ status }).where('id', '=', old!).execute());
    world.cloud.amphorae.clear();
    world.cloud.lost.add(old!);
    await world.worker.sweep();
    await world.worker.idle();
    expect([...world.cloud.amphorae.keys()]).not.toContain(old);
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
    expect(world.cloud.lost.size).toBe(0);
  });

  test('a dead instance that nobody knows and that cannot be cleared away keeps no work from being found', async () => {
    const ids = await created('SINGLE');
    world.cloud.lost.add('stranger');
    world.cloud.failOn = (call) => (call === 'compute.remove stranger' ? new Error('the host says no') : null);
    await touch(world.store, ids, {});
    await world.worker.sweep();
    await world.worker.idle();
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
    world.cloud.failOn = () => null;
    await world.worker.sweep();
    expect(world.cloud.lost.size).toBe(0);
  });

  test.each([['of a pair', 'ACTIVE_STANDBY'], ['alone', 'SINGLE']] as const)('an amphora in ERROR that a load balancer has %s is deleted on wish, and another one takes its place', async (_, topology) => {
    const ids = await created(topology);
    const before = await amphoraRows(world.store, ids.loadBalancer);
    const broken = before.at(-1)!;
    await world.store.transaction((trx) => trx.updateTable('amphora').set({ status: 'ERROR' }).where('id', '=', broken.id).execute());
    await world.cast({ method: 'delete_amphora', args: { amphora_id: broken.id } });
    const rows = await amphoraRows(world.store, ids.loadBalancer);
    expect(rows.find(({ id }) => id === broken.id)).toMatchObject({ status: 'DELETED' });
    expect(rows.filter(({ status }) => status === 'ALLOCATED').map(({ role }) => role)).toEqual(before.map(({ role }) => role));
    expect(world.cloud.amphorae.has(broken.id)).toBe(false);
    expect(world.cloud.amphorae.size).toBe(before.length);
    expect([...world.cloud.ports.values()].filter((name) => name.includes(broken.id))).toEqual([]);
    expect(await world.store.read.selectFrom('ts_request').selectAll().execute()).toEqual([]);
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
  });

  test('an amphora without a load balancer is deleted on wish', async () => {
    await world.store.transaction(async (trx) => {
      await trx.insertInto('amphora').values({ id: 'lone', compute_id: 'lone', status: 'ERROR', cert_busy: false }).execute();
      await trx.insertInto('amphora_member_port').values({ port_id: 'port', amphora_id: 'lone' }).execute();
    });
    await world.cast({ method: 'delete_amphora', args: { amphora_id: 'lone' } });
    expect(world.cloud.take('compute')).toEqual(['compute.remove lone']);
    const row = await world.store.read.selectFrom('amphora').select('status').where('id', '=', 'lone').executeTakeFirst();
    expect(row).toEqual({ status: 'DELETED' });
    expect(await world.store.read.selectFrom('amphora_member_port').selectAll().execute(), 'housekeeping of the original could not forget it').toEqual([]);
  });
});

describe('several workers', () => {
  test('a load balancer that another worker holds is left alone', async () => {
    const ids = await insertTree(world.store);
    await world.store.transaction((trx) => trx.insertInto('ts_lease').values({ load_balancer_id: ids.loadBalancer, owner: 'other', fence: 3, expires_at: '2999-01-01 00:00:00', attempts: 0 }).execute());
    await run(ids.loadBalancer);
    expect(world.cloud.take()).toEqual([]);
    expect((await statuses(world.store, ids))['load_balancer']).toBe('PENDING_CREATE');
  });

  test('one that lost its lease in the middle writes nothing any more', async () => {
    const ids = await insertTree(world.store);
    let stolen: Promise<unknown> = Promise.resolve();
    world.cloud.failOn = (call) => {
      if (call.startsWith('agent.start')) {
        stolen = world.store.transaction((trx) => trx.updateTable('ts_lease').set({ owner: 'other', fence: 99, expires_at: '2999-01-01 00:00:00' }).execute());
      }
      return null;
    };
    await run(ids.loadBalancer);
    await stolen;
    expect((await statuses(world.store, ids))['load_balancer']).toBe('PENDING_CREATE');
    expect((await amphoraRows(world.store, ids.loadBalancer))[0]).toMatchObject({ status: 'BOOTING' });
  });

  test('a restarted worker changes only what changes: keepalived of a running pair is left alone', async () => {
    const ids = await insertTree(world.store, 'ACTIVE_STANDBY', 'ACTIVE_STANDBY');
    await run(ids.loadBalancer);
    await world.worker.stop();
    world.cloud.take();
    await world.store.transaction((trx) => trx.updateTable('member').set({ weight: 7 }).where('id', '=', ids.member).execute());
    await touch(world.store, ids, { member: 'PENDING_UPDATE', pool: 'PENDING_UPDATE', listener: 'PENDING_UPDATE' });
    const next = world.anotherWorker();
    next.wake(ids.loadBalancer);
    await next.idle();
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
    const calls = world.cloud.take();
    expect(calls.filter((call) => call.includes('rrp.') || call.includes('uploadVrrp'))).toEqual([]);
    expect(calls.filter((call) => call.startsWith('agent.reload'))).toHaveLength(2);
  });

  test('a driver is told to forget what it saw before another worker had its turn, and nothing else', async () => {
    const ids = await insertTree(world.store);
    await run(ids.loadBalancer);
    const forget = vi.fn();
    Object.assign(world.cloud.network, { forget });
    await touch(world.store, ids, {});
    await run(ids.loadBalancer);
    expect(forget).not.toHaveBeenCalled();
    await touch(world.store, ids, {});
    const other = world.anotherWorker();
    other.wake(ids.loadBalancer);
    await other.idle();
    forget.mockClear();
    await touch(world.store, ids, {});
    await run(ids.loadBalancer);
    expect(forget.mock.calls).toMatchObject([[{ id: ids.loadBalancer }]]);
  });

  test('both may be woken for the same load balancer: it is built once', async () => {
    const ids = await insertTree(world.store);
    const other = world.anotherWorker();
    world.worker.wake(ids.loadBalancer);
    other.wake(ids.loadBalancer);
    await Promise.all([world.worker.idle(), other.idle()]);
    expect(world.cloud.amphorae.size).toBe(1);
    expect(world.cloud.take('compute.ensure')).toHaveLength(1);
    expect(await statuses(world.store, ids)).toEqual(ALL_ACTIVE);
  });
});
