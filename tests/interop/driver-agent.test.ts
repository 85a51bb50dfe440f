import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/processes/project.ts';
import type { Store } from '../../src/store/database.ts';
import { openStore } from '../../src/store/open-store.ts';
import { OBJECT_KINDS } from '../../src/store/tree-ids.ts';
import { forDriverAgent, missingPackages } from '../services/available.ts';
import { startLineProgram, type LineProgram } from '../services/line-program.ts';
import { stubSubnetId } from '../services/neutron-stub.ts';
import { createOriginalSchema, createOurSchema, debianEnv, startOriginalDriverAgent } from '../services/octavia-processes.ts';
import { callerOf, type Tree } from './rest.ts';
import { apiAddress, openWorld, type World } from './world.ts';

/** Ids of one load balancer's objects by what the tests call them. */
type Ids = Readonly<Record<string, string>>;

const rule = (value: string) => ({ type: 'PATH', compare_type: 'STARTS_WITH', value });
const body = (projectId: string) => ({
  loadbalancer: {
    name: 'lb', description: 'of a provider', vip_subnet_id: stubSubnetId, provider: 'noop_driver', project_id: projectId,
    listeners: [
      {
        name: 'web', protocol: 'HTTP', protocol_port: 80, connection_limit: 7, insert_headers: { 'X-Forwarded-For': 'true' }, allowed_cidrs: ['192.0.2.0/24'],
        default_pool: {
          name: 'web', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', session_persistence: { type: 'APP_COOKIE', cookie_name: 'sid' },
          healthmonitor: { name: 'hm', type: 'HTTP', delay: 5, timeout: 3, max_retries: 2, http_version: 1.1, domain_name: 'example.org' },
          members: [{ name: 'm1', address: '192.0.2.10', protocol_port: 80, weight: 3 }, { name: 'm2', address: '192.0.2.11', protocol_port: 80, backup: true }],
        },
        l7policies: [
          { name: 'p1', action: 'REDIRECT_TO_URL', redirect_url: 'http://example.org/', redirect_http_code: 301, rules: [rule('/a'), rule('/b')] },
          { name: 'p2', action: 'REJECT', rules: [rule('/c')] },
        ],
      },
      { name: 'plain', protocol: 'TCP', protocol_port: 81 },
    ],
  },
});

describe.skipIf(missingPackages(forDriverAgent).length > 0)('the driver agents of the original and ours, asked by octavia-lib, on one database', () => {
  let world: World;
  let store: Store;
  let url: string;
  const clients: Partial<Record<'original' | 'ours', LineProgram>> = {};
  let sockets: Readonly<Record<'original' | 'ours', readonly [string, string, string]>>;

  beforeAll(async () => {
    world = await openWorld();
    const database = await world.mariaDb.newDatabase();
    const address = await apiAddress();
    url = address.url;
    const pathsOf = (name: string): [string, string, string] => [join(world.directory, name, 'status.sock'), join(world.directory, name, 'stats.sock'), join(world.directory, name, 'get.sock')];
    sockets = { original: pathsOf('original'), ours: pathsOf('ours') };
    const conf = (name: 'original' | 'ours') => world.conf(name, {
      database, apiPort: address.apiPort,
      more: { api_settings: { auth_strategy: 'testing' }, driver_agent: { status_socket_path: sockets[name][0], stats_socket_path: sockets[name][1], get_socket_path: sockets[name][2] } },
    });
    const [original, ours] = [conf('original'), conf('ours')];
    await createOriginalSchema(original);
    await createOurSchema(ours);
    store = await openStore(database);
    world.onStop('store', () => store.close());
    await world.start('api', ours);
    mkdirSync(dirname(sockets.original[0]));
    const daemon = await startOriginalDriverAgent(original, sockets.original[2], world.log('original-driver-agent'));
    world.onStop('original driver agent', () => daemon.stop());
    await world.start('driver-agent', ours);
    for (const name of ['original', 'ours'] as const) {
      const client = await startLineProgram('/usr/bin/python3', [join(projectRoot, 'tests/interop/driver-agent-client.py'), ...sockets[name]], debianEnv);
      clients[name] = client;
      world.onStop(`client of ${name}`, () => client.stop());
    }
  });
  afterAll(() => world?.stop());

  const ask = async (agent: 'original' | 'ours', call: string, argument: unknown) => (await clients[agent]?.ask({ call, argument })) as { error?: string; result?: unknown };

  /** Makes the tree through our API; its provider does nothing, so everything waits for reports. */
  async function makeTree(projectId: string): Promise<Ids> {
    const caller = callerOf(url, { 'x-project-id': projectId, 'x-user-id': 'user', 'x-roles': 'admin,member,reader' });
    const { id } = await caller.object('POST', '/lbaas/loadbalancers', body(projectId));
    const additional = { load_balancer_id: id, subnet_id: randomUUID(), network_id: randomUUID(), port_id: randomUUID(), ip_address: '2001:db8::7' };
    await store.transaction((trx) => trx.insertInto('additional_vip').values(additional).execute());
    const all = async (path: string, key: string) => (JSON.parse((await caller.call('GET', path)).text) as Record<string, Tree[]>)[key] ?? [];
    const listeners = await all(`/lbaas/listeners?load_balancer_id=${id}`, 'listeners');
    const [pool] = await all(`/lbaas/pools?loadbalancer_id=${id}`, 'pools');
    const members = await all(`/lbaas/pools/${pool?.id}/members`, 'members');
    const [monitor] = await all(`/lbaas/healthmonitors?pool_id=${pool?.id}`, 'healthmonitors');
    const ids: Record<string, string> = { lb: id, pool: pool?.id ?? '', monitor: monitor?.id ?? '' };
    for (const object of [...listeners, ...members]) ids[String(object['name'])] = object.id;
    for (const policy of await all(`/lbaas/l7policies?listener_id=${ids['web']}`, 'l7policies')) {
      ids[String(policy['name'])] = policy.id;
      for (const { id: ruleId, value } of await all(`/lbaas/l7policies/${policy.id}/rules`, 'rules')) ids[`rule ${String(value)}`] = ruleId;
    }
    return ids;
  }

  it('looks every kind of object up with the same answer', async () => {
    const ids = await makeTree(randomUUID());
    const kinds = {
      get_loadbalancer: 'lb', get_listener: 'web', get_pool: 'pool', get_member: 'm1', get_healthmonitor: 'monitor', get_l7policy: 'p1', get_l7rule: 'rule /a',
    };
    for (const [call, name] of Object.entries(kinds)) {
      const [original, ours] = [await ask('original', call, ids[name]), await ask('ours', call, ids[name])];
      expect(comparable(ours), call).toEqual(comparable(original));
      expect(ours.result, call).toBeTypeOf('object');
      expect(await ask('ours', call, randomUUID()), call).toEqual({ result: null });
    }
    expect(comparable(await ask('ours', 'get_listener', ids['plain']))).toEqual(comparable(await ask('original', 'get_listener', ids['plain'])));
  });

  const everything = { prov: 'ACTIVE', op: 'ONLINE' };
  const status = (of: Record<string, readonly (readonly [string, Record<string, string>])[]>) => (ids: Ids) => Object.fromEntries(
    Object.entries(of).map(([list, records]) => [list, records.map(([name, { prov, op }]) => ({ id: ids[name] ?? name, ...(prov !== undefined && { provisioning_status: prov }), ...(op !== undefined && { operating_status: op }) }))]),
  );
  const STRANGER = '99999999-9999-9999-9999-999999999999';
  const DELETED = { prov: 'DELETED' };
  const figures = { active_connections: 1, bytes_in: 2, bytes_out: 3_000_000_000_000, request_errors: 4, total_connections: 5 };
  const steps: readonly (readonly [string, 'update_loadbalancer_status' | 'update_listener_statistics', (ids: Ids) => object])[] = [
    ['everything becomes ACTIVE and ONLINE', 'update_loadbalancer_status', status({
      loadbalancers: [['lb', everything]], listeners: [['web', everything], ['plain', everything]], pools: [['pool', everything]], members: [['m1', everything], ['m2', everything]],
      healthmonitors: [['monitor', everything]], l7policies: [['p1', everything], ['p2', everything]], l7rules: [['rule /a', everything], ['rule /b', everything], ['rule /c', everything]],
    })],
    ['nothing at all', 'update_loadbalancer_status', () => ({})],
    ['a record without a status', 'update_loadbalancer_status', status({ members: [['m1', {}]] })],
    ['one of the two statuses', 'update_loadbalancer_status', status({ members: [['m1', { op: 'ERROR' }], ['m2', { prov: 'ERROR' }]] })],
    ['unknown members, pools, monitors and load balancers', 'update_loadbalancer_status', status({
      members: [[STRANGER, everything]], pools: [[STRANGER, everything]], healthmonitors: [[STRANGER, everything]], loadbalancers: [[STRANGER, everything]],
    })],
    ['an unknown listener after a known member', 'update_loadbalancer_status', status({ members: [['m1', { op: 'DRAINING' }]], listeners: [[STRANGER, everything]] })],
    ['an unknown policy before a known listener', 'update_loadbalancer_status', status({ l7policies: [[STRANGER, everything]], listeners: [['web', { op: 'ERROR' }]] })],
    ['an unknown rule', 'update_loadbalancer_status', status({ l7rules: [[STRANGER, everything]] })],
    ['a status that does not exist', 'update_loadbalancer_status', status({ members: [['m1', { prov: 'SLEEPING' }]], pools: [['pool', { op: 'ERROR' }]] })],
    ['a record without an id', 'update_loadbalancer_status', () => ({ pools: [{ provisioning_status: 'ACTIVE' }] })],
    ['statistics', 'update_listener_statistics', (ids) => ({ listeners: [{ id: ids['web'], ...figures }, { id: ids['plain'], ...figures, bytes_in: 0 }] })],
    ['statistics again, absolute', 'update_listener_statistics', (ids) => ({ listeners: [{ id: ids['web'], ...figures, bytes_in: 20 }] })],
    ['statistics that lack a figure', 'update_listener_statistics', (ids) => ({ listeners: [{ id: ids['web'], active_connections: 1 }] })],
    ['no statistics', 'update_listener_statistics', () => ({})],
    ['a member and a rule are gone', 'update_loadbalancer_status', status({ members: [['m2', DELETED]], l7rules: [['rule /b', DELETED]] })],
    ['the same again', 'update_loadbalancer_status', status({ members: [['m2', DELETED]], l7rules: [['rule /b', DELETED]], listeners: [[STRANGER, DELETED]] })],
    ['a policy with its rules is gone', 'update_loadbalancer_status', status({ l7rules: [['rule /a', DELETED]], l7policies: [['p1', DELETED]] })],
    ['the monitor, the last member and the pool are gone', 'update_loadbalancer_status', status({ members: [['m1', DELETED]], healthmonitors: [['monitor', DELETED]], pools: [['pool', DELETED]] })],
    ['everything is gone', 'update_loadbalancer_status', status({
      l7rules: [['rule /c', DELETED]], l7policies: [['p2', DELETED]], listeners: [['web', DELETED], ['plain', DELETED]], loadbalancers: [['lb', DELETED]],
    })],
    ['the load balancer is gone again', 'update_loadbalancer_status', status({ loadbalancers: [['lb', DELETED]] })],
  ];

  it('takes statuses and statistics with the same answers and the same rows afterwards', async () => {
    const trees = { original: { project: randomUUID(), ids: {} as Ids }, ours: { project: randomUUID(), ids: {} as Ids } };
    for (const tree of Object.values(trees)) tree.ids = await makeTree(tree.project);
    expect(await rowsOf(trees.ours)).toEqual(await rowsOf(trees.original));
    for (const [name, call, argument] of steps) {
      const answers = { original: await ask('original', call, argument(trees.original.ids)), ours: await ask('ours', call, argument(trees.ours.ids)) };
      expect(named(withoutText(answers.ours), trees.ours), name).toEqual(named(withoutText(answers.original), trees.original));
      expect(await rowsOf(trees.ours), name).toEqual(await rowsOf(trees.original));
    }
    expect(await ask('ours', 'get_loadbalancer', trees.ours.ids['lb'])).toEqual({ result: null });
  });

  interface Planted { readonly project: string; readonly ids: Ids }

  /** Statuses, statistics and quota usage of a tree, with names instead of ids. */
  async function rowsOf(tree: Planted): Promise<unknown> {
    const rows: Record<string, unknown> = {};
    for (const kind of OBJECT_KINDS) rows[kind] = await store.read.selectFrom(kind).select(['id', 'provisioning_status', 'operating_status']).where('project_id', '=', tree.project).execute();
    rows['l7policy positions'] = await store.read.selectFrom('l7policy').select(['id', 'position']).where('project_id', '=', tree.project).execute();
    rows['listener pools'] = await store.read.selectFrom('listener').select(['id', 'default_pool_id']).where('project_id', '=', tree.project).execute();
    // The original leaves statistics of deleted listeners behind.
    rows['statistics'] = await store.read.selectFrom('listener_statistics').innerJoin('listener', 'listener.id', 'listener_id').selectAll('listener_statistics').where('project_id', '=', tree.project).execute();
    rows['quotas'] = await store.read.selectFrom('quotas').selectAll().where('project_id', '=', tree.project).execute();
    return named(rows, tree);
  }
});

/** Python and we order the children of an object and name its additional VIPs' own load balancer differently; later attributes are ours alone. */
function comparable(value: unknown): unknown {
  const LATER = new Set(['hsts_max_age', 'hsts_include_subdomains', 'hsts_preload', 'vnic_type', 'vip_sg_ids']);
  const BACK_REFERENCES = new Set(['load_balancer', 'load_balancer_id']);
  if (Array.isArray(value)) return value.map(comparable).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !LATER.has(key) && !BACK_REFERENCES.has(key)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, comparable(inner)]));
}

/** The wording of faults is each one's own. */
function withoutText(answer: object): unknown {
  return Object.fromEntries(Object.entries(answer).filter(([key]) => key !== 'fault_string'));
}

function named(value: unknown, tree: { readonly project: string; readonly ids: Ids }): unknown {
  let text = JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner));
  for (const [name, id] of Object.entries(tree.ids)) text = text.replaceAll(id, name);
  return ordered(JSON.parse(text.replaceAll(tree.project, 'project')));
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, ordered(inner)]));
}
