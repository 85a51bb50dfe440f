import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createNoopCertManager } from '../drivers/certs/noop-cert-manager.ts';
import { DriverFailure } from '../drivers/errors.ts';
import type { LoadBalancerGraph } from '../model/graph.ts';
import { createDriverLibrary, type DriverLibrary } from '../providers/driver-library.ts';
import type { Store } from '../store/database.ts';
import { listEvents } from '../store/events.ts';
import { type ListenerFigures, replaceStatistics } from '../store/listener-statistics.ts';
import { openStore } from '../store/open-store.ts';
import { upgradeHead } from '../store/schema/migrate.ts';
import { startTestServer, type TestServer } from '../store/testing/databases.ts';
import { type Planted, plantLoadBalancer } from '../store/testing/plant-load-balancer.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { type DriverAgent, startDriverAgent } from './driver-agent.ts';

let server: TestServer;
let directory: string;
let store: Store;
let agent: DriverAgent;
let library: DriverLibrary;
let lb: Planted;
let removed: LoadBalancerGraph[];
let removal: () => Promise<void>;
beforeAll(async () => {
  server = await startTestServer('sqlite');
  directory = mkdtempSync(join(tmpdir(), 'octavia-agent-'));
});
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});
beforeEach(async () => {
  store = await openStore(await server.newDatabase());
  await upgradeHead(store);
  lb = await store.transaction((trx) => plantLoadBalancer(trx, { id: 'lb', status: 'PENDING_CREATE' }));
  removed = [];
  removal = async () => undefined;
  const settings = {
    status_socket_path: join(directory, 'status.sock'), stats_socket_path: join(directory, 'stats.sock'), get_socket_path: join(directory, 'get.sock'),
    status_request_timeout: 5, status_max_processes: 50, stats_request_timeout: 5, stats_max_processes: 50, get_request_timeout: 5, get_max_processes: 50,
    max_process_warning_percent: 0.75, provider_agent_shutdown_timeout: 60, enabled_provider_agents: [],
  };
  agent = await startDriverAgent({
    config: { driver_agent: settings }, store, certManager: createNoopCertManager(), log: silentLogger,
    network: { removeVip: async (graph) => { await removal(); removed.push(graph); } },
    statistics: (figures: readonly ListenerFigures[]) => store.transaction((trx) => replaceStatistics(trx, figures)),
  });
  library = createDriverLibrary(settings);
});
afterEach(async () => {
  await agent.close();
  await store.close();
});

const status = async (table: 'load_balancer' | 'listener' | 'member', id: string) =>
  store.read.selectFrom(table).select(['provisioning_status', 'operating_status']).where('id', '=', id).executeTakeFirst();
const done = (id: string) => ({ id, provisioning_status: 'ACTIVE', operating_status: 'ONLINE' });
const gone = (id: string) => ({ id, provisioning_status: 'DELETED' });

describe('the driver agent', () => {
  it('settles what a provider reports', async () => {
    await library.updateLoadBalancerStatus({ loadbalancers: [done(lb.id)], listeners: lb.listeners.map(done), members: lb.members.map(done) });
    for (const [table, id] of [['load_balancer', lb.id], ['listener', lb.listeners[0] ?? ''], ['member', lb.members[3] ?? '']] as const) {
      expect(await status(table, id)).toEqual({ provisioning_status: 'ACTIVE', operating_status: 'ONLINE' });
    }
  });

  it('names the record at fault, and keeps what came before it', async () => {
    const [member = '', listener = ''] = [lb.members[0], lb.listeners[0]];
    await expect(library.updateLoadBalancerStatus({ members: [done(member)], listeners: [{ id: listener, operating_status: 'SLEEPING' }], loadbalancers: [done(lb.id)] }))
      .rejects.toMatchObject({ message: '"SLEEPING" is not an operating status.', object: 'listeners', objectId: listener });
    expect(await status('member', member)).toMatchObject({ provisioning_status: 'ACTIVE' });
    expect(await status('load_balancer', lb.id)).toMatchObject({ provisioning_status: 'PENDING_CREATE' });
  });

  it('the last word on an object counts, and after DELETED there is nothing more to say', async () => {
    const [one = '', two = ''] = lb.members;
    await library.updateLoadBalancerStatus({ members: [{ id: one, provisioning_status: 'ERROR' }, { id: one, operating_status: 'DRAINING' }, done(two), gone(two), done(two)] });
    expect(await status('member', one)).toEqual({ provisioning_status: 'ERROR', operating_status: 'DRAINING' });
    expect(await status('member', two)).toBeUndefined();
  });

  it('a load balancer that was reported DELETED stays so, whatever a late report says of it', async () => {
    await library.updateLoadBalancerStatus({ loadbalancers: [gone(lb.id)] });
    await library.updateLoadBalancerStatus({ loadbalancers: [done(lb.id)] });
    expect(await status('load_balancer', lb.id)).toMatchObject({ provisioning_status: 'DELETED' });
  });

  it('gives quota back for what is gone, once', async () => {
    const inUse = async () => (await store.read.selectFrom('quotas').select(['in_use_member', 'in_use_load_balancer']).where('project_id', '=', lb.projectId).executeTakeFirst());
    await library.updateLoadBalancerStatus({ members: [gone(lb.members[0] ?? '')] });
    await library.updateLoadBalancerStatus({ members: [gone(lb.members[0] ?? ''), gone('never was')] });
    expect(await inUse()).toEqual({ in_use_member: 3, in_use_load_balancer: 1 });
    await library.updateLoadBalancerStatus({ loadbalancers: [gone(lb.id)] });
    await library.updateLoadBalancerStatus({ loadbalancers: [gone(lb.id), gone('never was')] });
    expect(await inUse()).toEqual({ in_use_member: 0, in_use_load_balancer: 0 });
  });

  it('releases the VIP port of a deleted load balancer, and does not call it deleted while that fails', async () => {
    removal = () => Promise.reject(new DriverFailure('network', 'delete port', 'it does not answer'));
    await expect(library.updateLoadBalancerStatus({ loadbalancers: [gone(lb.id)] })).rejects.toMatchObject({ message: expect.stringContaining('it does not answer'), object: 'loadbalancers', objectId: lb.id });
    expect(await status('load_balancer', lb.id)).toMatchObject({ provisioning_status: 'PENDING_CREATE' });
    removal = async () => undefined;
    await library.updateLoadBalancerStatus({ loadbalancers: [gone(lb.id)] });
    expect(removed.map(({ id }) => id)).toEqual([lb.id]);
    expect(await status('load_balancer', lb.id)).toMatchObject({ provisioning_status: 'DELETED' });
    expect(await library.get('loadbalancers', lb.id)).toBeNull();
  });

  it('leaves ports alone that users brought', async () => {
    await store.transaction((trx) => trx.updateTable('vip').set({ octavia_owned: false }).execute());
    await library.updateLoadBalancerStatus({ loadbalancers: [gone(lb.id)] });
    expect(removed).toEqual([]);
  });

  it('keeps failures, recoveries and deletions in the history of the load balancer', async () => {
    const [listener = '', member = ''] = [lb.listeners[0], lb.members[0]];
    await library.updateLoadBalancerStatus({ listeners: [{ id: listener, provisioning_status: 'ERROR' }], loadbalancers: [done(lb.id)] });
    await library.updateLoadBalancerStatus({ listeners: [done(listener)], members: [gone(member)] });
    const events = await listEvents(store.read, { loadBalancerId: lb.id, afterSeq: 0n, limit: 10 });
    expect(events.map(({ objectId, action, outcome }) => [objectId, action, outcome])).toEqual([[listener, 'provider', 'failure'], [listener, 'heal', 'success'], [member, 'delete', 'success']]);
  });

  it('takes absolute statistics, all of them or none', async () => {
    const id = lb.listeners[1] ?? '';
    const figures = { active_connections: 1, bytes_in: 2, bytes_out: 2 ** 40, request_errors: 4, total_connections: 5 };
    await library.updateListenerStatistics([{ id, ...figures }]);
    await expect(library.updateListenerStatistics([{ id, ...figures, bytes_in: 99 }, { id: 'other', ...figures, bytes_out: 1.5 }])).rejects.toThrow('bytes_out of listener other is not a whole number.');
    await library.updateListenerStatistics([{ id, ...figures, request_errors: 6 }]);
    const stored = await store.read.selectFrom('listener_statistics').selectAll().where('amphora_id', '=', id).execute();
    expect(stored).toEqual([{ listener_id: id, amphora_id: id, active_connections: 1, bytes_in: 2n, bytes_out: 2n ** 40n, request_errors: 6n, total_connections: 5n }]);
  });

  it('gives providers key material and every attribute, null where nothing is set', async () => {
    const listener = await library.get('listeners', lb.listeners[0] ?? '');
    expect(listener).toMatchObject({ default_tls_container_ref: 'cert', default_tls_container_data: { certificate: expect.any(String) }, sni_container_refs: ['b', 'a'], sni_container_data: [{}, {}], client_ca_tls_container_data: null, name: null });
    expect(await library.get('l7rules', lb.rules[0] ?? '')).toMatchObject({ l7rule_id: lb.rules[0], l7policy_id: lb.policies[0], key: null, value: '/a' });
  });

  it.each(['amphorae', 'constructor', ''])('knows no objects of the kind %j', async (kind) => {
    expect(await library.get(kind as 'members', lb.id)).toBeNull();
  });
});
