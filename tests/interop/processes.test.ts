import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { until } from '../harness/until.ts';
import { forOurs, missingPackages } from '../services/available.ts';
import type { Daemon } from '../services/daemon.ts';
import { stubSubnetId } from '../services/neutron-stub.ts';
import { createOurSchema } from '../services/octavia-processes.ts';
import { callerOf, type Caller, type Tree } from './rest.ts';
import { apiAddress, openWorld, type World } from './world.ts';

/** Headers of a member, believed by an API with auth_strategy testing. */
const member = (projectId: string) => ({ 'x-project-id': projectId, 'x-user-id': 'user', 'x-roles': 'member,reader' });

const lb = (name: string) => ({ loadbalancer: { name, vip_subnet_id: stubSubnetId } });

/** Listener, pool, two members and a health monitor in one call. */
const fullLb = (name: string) => ({
  loadbalancer: {
    name, vip_subnet_id: stubSubnetId,
    listeners: [{
      name: 'web', protocol: 'HTTP', protocol_port: 80,
      default_pool: {
        name: 'web', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', healthmonitor: { type: 'HTTP', delay: 5, timeout: 3, max_retries: 3 },
        members: [{ address: '192.0.2.10', protocol_port: 80 }, { address: '192.0.2.11', protocol_port: 80 }],
      },
    }],
  },
});

describe.skipIf(missingPackages(forOurs).length > 0)('two APIs and two workers on one database and one queue', () => {
  let world: World;
  let apis: readonly string[];
  let workerConf: readonly string[];
  let workers: Daemon[];
  let database: string;

  beforeAll(async () => {
    world = await openWorld();
    database = await world.mariaDb.newDatabase();
    const addresses = [await apiAddress(), await apiAddress()];
    apis = addresses.map(({ url }) => url);
    for (const [index, { apiPort }] of addresses.entries()) {
      const file = world.conf(`api${index}`, { database, apiPort, host: `api${index}`, more: { api_settings: { auth_strategy: 'testing' } } });
      if (index === 0) await createOurSchema(file);
      await world.start('api', file);
    }
    workerConf = [0, 1].map((index) => world.conf(`worker${index}`, { database, host: `worker${index}` }));
  });
  afterAll(() => world?.stop());
  beforeEach(async () => { workers = await Promise.all(workerConf.map((file) => world.start('worker', file))); });
  afterEach(() => Promise.all(workers.map((worker) => worker.stop())));

  const callersOf = (projectId: string): readonly [Caller, Caller] => [callerOf(apis[0] ?? '', member(projectId)), callerOf(apis[1] ?? '', member(projectId))];
  const listOf = async (caller: Caller) => (JSON.parse((await caller.call('GET', '/lbaas/loadbalancers?limit=1000')).text) as { loadbalancers: Tree[] }).loadbalancers;
  const statusesOf = async (caller: Caller) => (await listOf(caller)).map(({ provisioning_status }) => provisioning_status);

  it('fifty load balancers created at once over both APIs all become ACTIVE, with their children and one amphora each', async () => {
    const callers = callersOf(randomUUID());
    const made = await Promise.all(Array.from({ length: 50 }, (_, index) => callers[index % 2 === 0 ? 0 : 1].object('POST', '/lbaas/loadbalancers', fullLb(`lb${index}`))));
    await until('all ACTIVE', async () => (await statusesOf(callers[0])).every((status) => status === 'ACTIVE'), 120_000);
    const store = await openStore(database);
    const count = async (table: 'listener' | 'pool' | 'member' | 'health_monitor') =>
      (await store.read.selectFrom(table).select('provisioning_status').execute()).filter(({ provisioning_status }) => provisioning_status === 'ACTIVE').length;
    const amphorae = await store.read.selectFrom('amphora').select(['load_balancer_id', 'status']).where('status', '!=', 'DELETED').execute();
    const children = { listener: await count('listener'), pool: await count('pool'), member: await count('member'), monitor: await count('health_monitor') };
    await store.close();
    expect(children).toEqual({ listener: 50, pool: 50, member: 100, monitor: 50 });
    expect(amphorae.map(({ load_balancer_id }) => load_balancer_id).sort()).toEqual(made.map(({ id }) => id).sort());
    expect(new Set(amphorae.map(({ status }) => status))).toEqual(new Set(['ALLOCATED']));
  });

  it('a quota of five is never exceeded by forty creations at once over both APIs', async () => {
    const project = randomUUID();
    const admin = callerOf(apis[0] ?? '', { 'x-project-id': 'admin', 'x-user-id': 'admin', 'x-roles': 'admin' });
    await admin.object('PUT', `/lbaas/quotas/${project}`, { quota: { loadbalancer: 5 } });
    const callers = callersOf(project);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => callers[index % 2 === 0 ? 0 : 1].call('POST', '/lbaas/loadbalancers', lb(`lb${index}`))));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(35);
    const [first] = await listOf(callers[0]);
    await Promise.all((await listOf(callers[0])).map(({ id }) => callers[0].active(id)));
    // A deletion makes room for exactly one more.
    expect((await callers[0].call('DELETE', `/lbaas/loadbalancers/${first?.id}`)).status).toBe(204);
    await callers[1].gone(first?.id ?? '');
    const again = await Promise.all([0, 1, 0, 1].map((index) => callers[index === 0 ? 0 : 1].call('POST', '/lbaas/loadbalancers', lb('again'))));
    expect(again.map(({ status }) => status).sort()).toEqual([201, 403, 403, 403]);
    expect(await listOf(callers[0])).toHaveLength(5);
  });

  it('a worker killed in the middle leaves nothing pending for more than a minute', async () => {
    const callers = callersOf(randomUUID());
    const made = Promise.all(Array.from({ length: 40 }, (_, index) => callers[index % 2 === 0 ? 0 : 1].object('POST', '/lbaas/loadbalancers', fullLb(`lb${index}`))));
    await until('work has begun', async () => (await statusesOf(callers[0])).includes('ACTIVE'));
    await workers[0]?.kill();
    const accepted = await made;
    await until('nothing is pending', async () => (await statusesOf(callers[0])).every((status) => status === 'ACTIVE'), 60_000);
    expect(await statusesOf(callers[0])).toHaveLength(accepted.length);
    const store = await openStore(database);
    const amphorae = await store.read.selectFrom('amphora').select('load_balancer_id').where('status', '=', 'ALLOCATED').where('load_balancer_id', 'in', accepted.map(({ id }) => id)).execute();
    await store.close();
    expect(amphorae.map(({ load_balancer_id }) => load_balancer_id).sort()).toEqual(accepted.map(({ id }) => id).sort());
  });

  it('load balancers deleted with all their children over both APIs are gone, and their amphorae too', async () => {
    const callers = callersOf(randomUUID());
    const made = await Promise.all(Array.from({ length: 20 }, (_, index) => callers[index % 2 === 0 ? 0 : 1].object('POST', '/lbaas/loadbalancers', fullLb(`lb${index}`))));
    await Promise.all(made.map(({ id }) => callers[0].active(id)));
    await Promise.all(made.map(({ id }, index) => callers[index % 2 === 0 ? 1 : 0].call('DELETE', `/lbaas/loadbalancers/${id}?cascade=true`)));
    await until('all gone', async () => (await listOf(callers[0])).length === 0, 120_000);
    const store = await openStore(database);
    const left = await store.read.selectFrom('amphora').select('status').where('load_balancer_id', 'in', made.map(({ id }) => id)).where('status', '!=', 'DELETED').execute();
    await store.close();
    expect(left).toEqual([]);
  });
});
