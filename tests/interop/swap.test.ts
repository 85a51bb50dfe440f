import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forOriginal, missingPackages } from '../services/available.ts';
import type { Daemon } from '../services/daemon.ts';
import { stubSubnetId } from '../services/neutron-stub.ts';
import { createOriginalSchema, createOurSchema, startOriginalApi, startOriginalWorker, startOurs } from '../services/octavia-processes.ts';
import { callerOf, type Caller } from './rest.ts';
import { apiAddress, openWorld, type World } from './world.ts';

const PROJECT = '5b7f8d8a00000000000000000000aaaa';

/** Everything under one load balancer, created, changed and deleted one after the other, each brought to ACTIVE by the worker. */
async function liveThrough(caller: Caller): Promise<void> {
  const change = async (lb: string, method: string, path: string, body?: object) => {
    const made = await caller.object(method, path, body);
    await caller.active(lb);
    return made;
  };
  const { id: lb } = await caller.object('POST', '/lbaas/loadbalancers', { loadbalancer: { name: 'swap', vip_subnet_id: stubSubnetId, project_id: PROJECT } });
  await caller.active(lb);
  const listener = await change(lb, 'POST', '/lbaas/listeners', { listener: { loadbalancer_id: lb, name: 'web', protocol: 'HTTP', protocol_port: 80, insert_headers: { 'X-Forwarded-For': 'true' } } });
  const pool = await change(lb, 'POST', '/lbaas/pools', { pool: { listener_id: listener.id, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', session_persistence: { type: 'SOURCE_IP' } } });
  const member = await change(lb, 'POST', `/lbaas/pools/${pool.id}/members`, { member: { address: '192.0.2.10', protocol_port: 80 } });
  await change(lb, 'PUT', `/lbaas/pools/${pool.id}/members`, { members: [{ address: '192.0.2.10', protocol_port: 80, weight: 7 }, { address: '192.0.2.11', protocol_port: 80 }] });
  const monitor = await change(lb, 'POST', '/lbaas/healthmonitors', { healthmonitor: { pool_id: pool.id, type: 'HTTP', delay: 5, timeout: 3, max_retries: 3 } });
  const policy = await change(lb, 'POST', '/lbaas/l7policies', { l7policy: { listener_id: listener.id, action: 'REDIRECT_TO_POOL', redirect_pool_id: pool.id } });
  const rule = await change(lb, 'POST', `/lbaas/l7policies/${policy.id}/rules`, { rule: { type: 'PATH', compare_type: 'STARTS_WITH', value: '/api' } });
  await change(lb, 'PUT', `/lbaas/loadbalancers/${lb}`, { loadbalancer: { description: 'changed' } });
  await change(lb, 'PUT', `/lbaas/listeners/${listener.id}`, { listener: { connection_limit: 5 } });
  await change(lb, 'PUT', `/lbaas/pools/${pool.id}`, { pool: { lb_algorithm: 'LEAST_CONNECTIONS' } });
  await change(lb, 'PUT', `/lbaas/pools/${pool.id}/members/${member.id}`, { member: { weight: 3 } });
  await change(lb, 'PUT', `/lbaas/healthmonitors/${monitor.id}`, { healthmonitor: { delay: 9 } });
  await change(lb, 'PUT', `/lbaas/l7policies/${policy.id}`, { l7policy: { name: 'renamed' } });
  await change(lb, 'PUT', `/lbaas/l7policies/${policy.id}/rules/${rule.id}`, { rule: { value: '/v2' } });
  const tree = JSON.parse((await caller.call('GET', `/lbaas/loadbalancers/${lb}/status`)).text) as { statuses: object };
  expect(statusesIn(tree)).toEqual(new Set(['ACTIVE']));
  await change(lb, 'PUT', `/lbaas/loadbalancers/${lb}/failover`);
  await change(lb, 'DELETE', `/lbaas/l7policies/${policy.id}/rules/${rule.id}`);
  await change(lb, 'DELETE', `/lbaas/l7policies/${policy.id}`);
  await change(lb, 'DELETE', `/lbaas/healthmonitors/${monitor.id}`);
  await change(lb, 'DELETE', `/lbaas/pools/${pool.id}/members/${member.id}`);
  await change(lb, 'DELETE', `/lbaas/listeners/${listener.id}`);
  expect((await caller.call('DELETE', `/lbaas/loadbalancers/${lb}?cascade=true`)).status).toBe(204);
  await caller.gone(lb);
}

function statusesIn(value: unknown, found = new Set<unknown>()): Set<unknown> {
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, child] of Object.entries(value)) {
    if (key === 'provisioning_status') found.add(child);
    else statusesIn(child, found);
  }
  return found;
}

describe.skipIf(missingPackages(forOriginal).length > 0)('one process of the original and one of ours, on a database that octavia-db-manage made', () => {
  let world: World;
  let database: string;

  beforeAll(async () => {
    world = await openWorld();
    database = await world.mariaDb.newDatabase();
    const file = world.conf('schema', { database });
    await createOriginalSchema(file);
    await createOurSchema(file);
  });
  afterAll(() => world?.stop());

  const withProcesses = async (start: (conf: string, apiPort: number) => Promise<Daemon[]>, name: string) => {
    const { apiPort, url } = await apiAddress();
    const running = await start(world.conf(name, { database, apiPort }), apiPort);
    try {
      await liveThrough(callerOf(url));
    } finally {
      for (const daemon of running) await daemon.stop();
    }
  };

  it('our worker does what the original\'s API asks for', () =>
    withProcesses(async (conf, apiPort) => [await startOurs('worker', conf, world.log('our-worker')), await startOriginalApi(conf, apiPort, world.log('original-api'), { processes: 1 })], 'first'));

  it('the original\'s worker does what our API asks for', () =>
    withProcesses(async (conf) => [await startOriginalWorker(conf, world.log('original-worker')), await startOurs('api', conf, world.log('our-api'))], 'second'));
});
