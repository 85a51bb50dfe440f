import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/processes/project.ts';
import { until } from '../harness/until.ts';
import { forDriverAgent, missingPackages } from '../services/available.ts';
import type { Daemon } from '../services/daemon.ts';
import { stubSubnetId } from '../services/neutron-stub.ts';
import { createOurSchema, startOurs } from '../services/octavia-processes.ts';
import { callerOf, type Caller, type Tree } from './rest.ts';
import { apiAddress, openWorld, type World } from './world.ts';

interface Note {
  readonly call: string;
  readonly pid: number;
  readonly arguments: readonly Record<string, unknown>[];
}

const PROJECT = '5b7f8d8a00000000000000000000bbbb';

describe.skipIf(missingPackages(forDriverAgent).length > 0)('providers written in Python for octavia-lib', () => {
  let world: World;
  let caller: Caller;
  let driverAgent: Daemon;
  let api: Daemon;
  let notesFile: string;

  beforeAll(async () => {
    world = await openWorld();
    notesFile = join(world.directory, 'notes');
    const { apiPort, url } = await apiAddress();
    caller = callerOf(url);
    const file = world.conf('python', {
      database: await world.mariaDb.newDatabase(), apiPort,
      more: {
        api_settings: {
          enabled_provider_drivers: 'amphora:Amphorae.,sample:A sample.,python_noop:The noop driver of the original.,unimportable:Broken.,unknown:Not installed.',
          provider_request_timeout: 20,
        },
        driver_agent: {
          status_socket_path: join(world.directory, 's', 'status.sock'), stats_socket_path: join(world.directory, 's', 'stats.sock'), get_socket_path: join(world.directory, 's', 'get.sock'),
          enabled_provider_agents: 'sample_agent,failing_agent',
        },
      },
    });
    await createOurSchema(file);
    const env = { PYTHONPATH: join(projectRoot, 'tests/interop/sample-provider'), PYTHONDONTWRITEBYTECODE: '1', SAMPLE_PROVIDER_NOTES: notesFile };
    driverAgent = await startOurs('driver-agent', file, world.log('driver-agent'), env);
    world.onStop('driver agent', () => driverAgent.stop());
    api = await startOurs('api', file, world.log('api'), env);
    world.onStop('api', () => api.stop());
  });
  afterAll(() => world?.stop());

  const notes = (): Note[] => (existsSync(notesFile) ? readFileSync(notesFile, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Note) : []);
  const last = (call: string) => notes().findLast((note) => note.call === call)?.arguments;
  const lb = (name: string, provider = 'sample') => ({ loadbalancer: { name, vip_subnet_id: stubSubnetId, provider, project_id: PROJECT } });
  const refused = async (name: string) => {
    const { status, text } = await caller.call('POST', '/lbaas/loadbalancers', lb(name));
    return { status, reason: (JSON.parse(text) as { faultstring: string }).faultstring };
  };

  it('are on offer when they can be loaded; the others are left out and named in the log', async () => {
    const { providers } = JSON.parse((await caller.call('GET', '/lbaas/providers')).text) as { providers: { name: string }[] };
    expect(providers.map(({ name }) => name)).toEqual(['amphora', 'sample', 'python_noop']);
    expect(api.printed()).toContain("No module named 'octavia_sample_provider_that_is_not_there'");
    expect(api.printed()).toContain('The Python provider unknown cannot be loaded');
    const { status, text } = await caller.call('POST', '/lbaas/loadbalancers', lb('x', 'unknown'));
    expect([status, text]).toEqual([400, expect.stringContaining("Provider 'unknown' is not enabled.")]);
  });

  it('are called with octavia-lib\'s models for every change of a tree, and their reports settle it', async () => {
    const change = async (method: string, path: string, body?: object): Promise<Tree> => {
      const made = await caller.object(method, path, body);
      await caller.active(id);
      return made;
    };
    const { id } = await caller.object('POST', '/lbaas/loadbalancers', lb('whole'));
    await caller.active(id);
    expect(last('create_vip_port')).toEqual([PROJECT, { vip_subnet_id: stubSubnetId, vip_network_id: expect.any(String) }, []]);
    const [created] = last('loadbalancer_create') ?? [];
    expect(created).toMatchObject({ model: 'LoadBalancer', loadbalancer_id: id, name: 'whole', admin_state_up: true, project_id: PROJECT, vip_address: '198.51.100.77', flavor: {}, availability_zone: {} });
    for (const unset of ['listeners', 'pools', 'vip_sg_ids']) expect(created, unset).not.toHaveProperty(unset);

    const listener = await change('POST', '/lbaas/listeners', { listener: { loadbalancer_id: id, name: 'web', protocol: 'HTTP', protocol_port: 80, insert_headers: { 'X-Forwarded-For': 'true' } } });
    expect(last('listener_create')).toEqual([expect.objectContaining({ model: 'Listener', listener_id: listener.id, default_pool: null, l7policies: [], insert_headers: { 'X-Forwarded-For': 'true' } })]);
    await change('PUT', `/lbaas/listeners/${listener.id}`, { listener: { connection_limit: 5, description: null } });
    expect(last('listener_update')).toEqual([expect.objectContaining({ connection_limit: -1 }), { model: 'Listener', listener_id: listener.id, connection_limit: 5, description: expect.toSatisfy((value) => value === null || value === '') }]);

    const pool = await change('POST', '/lbaas/pools', { pool: { listener_id: listener.id, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', session_persistence: { type: 'SOURCE_IP' } } });
    expect(last('pool_create')).toEqual([expect.objectContaining({ model: 'Pool', pool_id: pool.id, listener_id: listener.id, members: [], session_persistence: expect.objectContaining({ type: 'SOURCE_IP' }) })]);
    await change('PUT', `/lbaas/pools/${pool.id}`, { pool: { lb_algorithm: 'LEAST_CONNECTIONS' } });
    expect(last('pool_update')?.[1]).toEqual({ model: 'Pool', pool_id: pool.id, lb_algorithm: 'LEAST_CONNECTIONS' });

    const member = await change('POST', `/lbaas/pools/${pool.id}/members`, { member: { address: '192.0.2.10', protocol_port: 80 } });
    expect(last('member_create')).toEqual([expect.objectContaining({ model: 'Member', member_id: member.id, address: '192.0.2.10', pool_id: pool.id, weight: 1, backup: false })]);
    await change('PUT', `/lbaas/pools/${pool.id}/members/${member.id}`, { member: { weight: 3 } });
    expect(last('member_update')?.[1]).toEqual({ model: 'Member', member_id: member.id, weight: 3 });
    await change('PUT', `/lbaas/pools/${pool.id}/members`, { members: [{ address: '192.0.2.11', protocol_port: 80 }] });
    expect(last('member_batch_update')).toEqual([pool.id, [expect.objectContaining({ model: 'Member', address: '192.0.2.11' })]]);
    const members = (JSON.parse((await caller.call('GET', `/lbaas/pools/${pool.id}/members`)).text) as { members: Tree[] }).members;
    expect(members.map(({ address }) => address)).toEqual(['192.0.2.11']);

    const monitor = await change('POST', '/lbaas/healthmonitors', { healthmonitor: { pool_id: pool.id, type: 'HTTP', delay: 5, timeout: 3, max_retries: 3 } });
    expect(last('health_monitor_create')).toEqual([expect.objectContaining({ model: 'HealthMonitor', healthmonitor_id: monitor.id, max_retries: 3, max_retries_down: 3, url_path: '/' })]);
    await change('PUT', `/lbaas/healthmonitors/${monitor.id}`, { healthmonitor: { delay: 9 } });
    expect(last('health_monitor_update')?.[1]).toEqual({ model: 'HealthMonitor', healthmonitor_id: monitor.id, delay: 9 });

    const policy = await change('POST', '/lbaas/l7policies', { l7policy: { listener_id: listener.id, action: 'REJECT' } });
    const rule = await change('POST', `/lbaas/l7policies/${policy.id}/rules`, { rule: { type: 'PATH', compare_type: 'STARTS_WITH', value: '/a' } });
    await change('PUT', `/lbaas/l7policies/${policy.id}/rules/${rule.id}`, { rule: { value: '/b' } });
    await change('PUT', `/lbaas/l7policies/${policy.id}`, { l7policy: { name: 'renamed' } });
    expect(last('l7policy_create')).toEqual([expect.objectContaining({ model: 'L7Policy', l7policy_id: policy.id, listener_id: listener.id, action: 'REJECT', position: 1 })]);
    expect(last('l7rule_create')).toEqual([expect.objectContaining({ model: 'L7Rule', l7rule_id: rule.id, l7policy_id: policy.id, value: '/a' })]);
    expect(last('l7rule_update')?.[1]).toMatchObject({ model: 'L7Rule', l7rule_id: rule.id, value: '/b' });
    expect(last('l7policy_update')?.[1]).toEqual({ model: 'L7Policy', l7policy_id: policy.id, name: 'renamed' });
    await change('PUT', `/lbaas/loadbalancers/${id}`, { loadbalancer: { description: 'changed' } });
    expect(last('loadbalancer_update')?.[1]).toEqual({ model: 'LoadBalancer', loadbalancer_id: id, description: 'changed' });

    await change('DELETE', `/lbaas/l7policies/${policy.id}/rules/${rule.id}`);
    await change('DELETE', `/lbaas/l7policies/${policy.id}`);
    await change('DELETE', `/lbaas/healthmonitors/${monitor.id}`);
    await change('DELETE', `/lbaas/pools/${pool.id}/members/${members[0]?.id}`);
    await change('DELETE', `/lbaas/pools/${pool.id}`);
    await change('DELETE', `/lbaas/listeners/${listener.id}`);
    expect(last('listener_delete')).toEqual([expect.objectContaining({ model: 'Listener', listener_id: listener.id })]);
    expect((await caller.call('DELETE', `/lbaas/loadbalancers/${id}`)).status).toBe(204);
    await caller.gone(id);
    expect(last('loadbalancer_delete')).toEqual([expect.objectContaining({ loadbalancer_id: id }), false]);
  });

  it('get a fully populated load balancer with models all the way down', async () => {
    const tree = { listeners: [{ name: 'l', protocol: 'HTTP', protocol_port: 80, default_pool: { name: 'p', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [{ address: '192.0.2.1', protocol_port: 80 }], healthmonitor: { type: 'PING', delay: 5, timeout: 3, max_retries: 3 } }, l7policies: [{ action: 'REJECT', rules: [{ type: 'PATH', compare_type: 'EQUAL_TO', value: '/x' }] }] }] };
    await caller.object('POST', '/lbaas/loadbalancers', { loadbalancer: { ...lb('populated').loadbalancer, ...tree } });
    const pool = expect.objectContaining({ model: 'Pool', members: [expect.objectContaining({ model: 'Member' })], healthmonitor: expect.objectContaining({ model: 'HealthMonitor' }) });
    const policy = expect.objectContaining({ model: 'L7Policy', rules: [expect.objectContaining({ model: 'L7Rule', value: '/x' })] });
    expect(last('loadbalancer_create')).toEqual([expect.objectContaining({ pools: [pool], listeners: [expect.objectContaining({ model: 'Listener', default_pool: pool, l7policies: [policy] })] })]);
  });

  it.each([
    ['unsupported', 501, "Provider 'sample' does not support a requested option: no such option"],
    ['unimplemented', 501, "Provider 'sample' does not support a requested action: no such action"],
    ['python-unimplemented', 501, "Provider 'sample' does not support a requested action: This feature is not implemented by the provider."],
    ['failing', 500, "Provider 'sample' reports error: the box is on fire"],
    ['missing', 404, "Provider 'sample' reports error: there is no such box"],
    ['surprising', 500, "Provider 'sample' reports error: not foreseen"],
  ])('tell the user what they raise (%s), and nothing is left behind', async (name, status, reason) => {
    expect(await refused(name)).toEqual({ status, reason });
    const { loadbalancers } = JSON.parse((await caller.call('GET', `/lbaas/loadbalancers?name=${name}`)).text) as { loadbalancers: Tree[] };
    expect(loadbalancers).toEqual([]);
  });

  it('do not support what they do not implement', async () => {
    const { id } = await caller.object('POST', '/lbaas/loadbalancers', lb('fail me over'));
    await caller.active(id);
    const { status, text } = await caller.call('PUT', `/lbaas/loadbalancers/${id}/failover`);
    expect([status, text]).toEqual([501, expect.stringContaining("Provider 'sample' does not support a requested action: This provider does not support failing over load balancers.")]);
  });

  it('judge flavors and say what they may set', async () => {
    const { text } = await caller.call('GET', '/lbaas/providers/sample/flavor_capabilities');
    expect(JSON.parse(text)).toEqual({ flavor_capabilities: [{ name: 'speed', description: 'How fast it shall be.' }] });
    const profile = (data: object) => ({ flavorprofile: { name: randomUUID(), provider_name: 'sample', flavor_data: JSON.stringify(data) } });
    expect((await caller.call('POST', '/lbaas/flavorprofiles', profile({ speed: 'high' }))).status).toBe(201);
    const bad = await caller.call('POST', '/lbaas/flavorprofiles', profile({ colour: 'red' }));
    expect([bad.status, bad.text]).toEqual([501, expect.stringContaining('Only speed counts.')]);
  });

  it('are started again when their program ends, which fails the call under way only', async () => {
    const before = last('loadbalancer_create') === undefined ? 0 : notes().findLast(({ call }) => call === 'loadbalancer_create')?.pid;
    expect(await refused('ending')).toEqual({ status: 500, reason: "Provider 'sample' reports error: The program of the provider ended before it answered." });
    const { id } = await caller.object('POST', '/lbaas/loadbalancers', lb('afterwards'));
    await caller.active(id);
    expect(notes().findLast(({ call }) => call === 'loadbalancer_create')?.pid).not.toBe(before);
  });

  it('must answer in time, and a slow call keeps nobody else waiting', async () => {
    const slow = refused('slow');
    await caller.active((await caller.object('POST', '/lbaas/loadbalancers', lb('meanwhile'))).id);
    expect(await slow).toEqual({ status: 500, reason: "Provider 'sample' reports error: The provider did not answer within 20 seconds." });
  });

  it('the noop driver of the original takes everything', async () => {
    const { id } = await caller.object('POST', '/lbaas/loadbalancers', {
      loadbalancer: { ...lb('noop', 'python_noop').loadbalancer, listeners: [{ protocol: 'TCP', protocol_port: 80, default_pool: { name: 'p', protocol: 'TCP', lb_algorithm: 'SOURCE_IP', members: [{ address: '192.0.2.1', protocol_port: 80 }] } }] },
    });
    const { text } = await caller.call('GET', `/lbaas/loadbalancers/${id}`);
    expect((JSON.parse(text) as { loadbalancer: Tree }).loadbalancer).toMatchObject({ provider: 'python_noop', provisioning_status: 'PENDING_CREATE', vip_address: '198.0.2.5' });
    const { flavor_capabilities: capabilities } = JSON.parse((await caller.call('GET', '/lbaas/providers/python_noop/flavor_capabilities')).text) as { flavor_capabilities: object[] };
    expect(capabilities).toEqual([{ name: 'amp_image_tag', description: 'The glance image tag to use for this load balancer.' }]);
  });

  it('have their agents run by the driver agent: started again when they fail, asked to end with it', async () => {
    const times = (what: string): number => notes().filter(({ call }) => call === what).length;
    await until('one agent was started and the failing one again', async () => times('agent started') > 0 && times('failing agent started') > 1);
    expect(times('agent started')).toBe(1);
    await driverAgent.stop();
    expect(times('agent ended')).toBe(1);
  });
});
