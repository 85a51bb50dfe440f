import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/lib/run.ts';
import { openStore } from '../../src/store/open-store.ts';
import { insertRow } from '../../src/store/resources/write-rows.ts';
import { forKeystone, missingPackages } from '../services/available.ts';
import { startKeystone, type Keystone } from '../services/keystone.ts';
import { PASSWORD } from '../services/keystone-directory.ts';
import { startNeutronStub } from '../services/neutron-stub.ts';
import { createOurSchema, debianEnv } from '../services/octavia-processes.ts';
import { until } from '../harness/until.ts';
import { startOpenStackShell, type OpenStackShell } from '../services/openstack-shell.ts';
import { callerOf } from './rest.ts';
import { apiAddress, openWorld, type World } from './world.ts';

type Row = Record<string, unknown>;

describe.skipIf(missingPackages([...forKeystone, 'python3-openstackclient', 'python3-octaviaclient', 'python3-openstacksdk']).length > 0)('the clients of OpenStack through the catalogue', () => {
  let world: World;
  let keystone: Keystone;
  let url: string;
  let shell: OpenStackShell;
  let database: string;
  /** Commands of the client that were run, as its entry points name them. */
  const used = new Set<string>();

  beforeAll(async () => {
    world = await openWorld();
    keystone = await startKeystone(world.directory, await world.mariaDb.newDatabase());
    world.onStop('Keystone', () => keystone.stop());
    shell = startOpenStackShell();
    world.onStop('openstack client', () => shell.stop());
    const neutron = await startNeutronStub();
    world.onStop('Neutron stub', () => neutron.stop());
    const address = await apiAddress();
    const { apiPort } = address;
    url = address.url;
    database = await world.mariaDb.newDatabase();
    const file = world.conf('octavia', { database, apiPort, keystone: { url: keystone.url, user: 'octavia', password: PASSWORD } });
    await createOurSchema(file);
    await world.start('worker', file);
    await world.start('api', file);
    await keystone.setEndpoint('neutron', 'network', neutron.url);
    await keystone.setEndpoint('octavia', 'load-balancer', url);
  });
  afterAll(() => world?.stop());

  const text = (user: string, ...args: readonly string[]) => {
    for (let count = 1; count <= Math.min(3, args.length); count += 1) used.add(['loadbalancer', ...args.slice(0, count)].join('_'));
    return shell.run(keystone.openrc(user), ['loadbalancer', ...args]);
  };
  /** Waits for a load balancer of that name; the client's own --wait looks only every five seconds. */
  const settled = async (user: string, name: string) => {
    const caller = callerOf(url, { 'x-auth-token': await keystone.token(user) });
    const { loadbalancers } = JSON.parse((await caller.call('GET', `/lbaas/loadbalancers?name=${name}`)).text) as { loadbalancers: { id: string }[] };
    await caller.active(loadbalancers[0]?.id ?? '');
  };
  const json = async (user: string, ...args: readonly string[]): Promise<Row> => JSON.parse(await text(user, ...args, '-f', 'json')) as Row;
  const rows = async (user: string, ...args: readonly string[]): Promise<Row[]> => JSON.parse(await text(user, ...args, '-f', 'json')) as Row[];

  const write = async (table: 'listener_statistics' | 'amphora', row: Row): Promise<void> => {
    const store = await openStore(database);
    await store.transaction((trx) => insertRow(trx, table, row));
    await store.close();
  };
  /** What the health manager would write after a heartbeat. */
  const countTraffic = (amphora: string) =>
    write('listener_statistics', { listener_id: crypto.randomUUID(), amphora_id: amphora, bytes_in: 5, bytes_out: 6, active_connections: 1, total_connections: 2, request_errors: 0 });
  /** An amphora that never came to life. */
  const brokenAmphora = async (): Promise<string> => {
    const id = crypto.randomUUID();
    await write('amphora', { id, compute_id: crypto.randomUUID(), status: 'ERROR', cert_busy: false });
    return id;
  };

  it('a tenant builds, changes, reads and removes everything below a load balancer', async () => {
    const member = 'member';
    const active = () => settled(member, 'lb');
    expect(await json(member, 'create', '--name', 'lb', '--vip-subnet-id', 'interop-subnet', '--tag', 'blue', '--wait')).toMatchObject({ provisioning_status: 'ACTIVE', name: 'lb', provider: 'amphora' });
    await text(member, 'set', 'lb', '--description', 'about');
    await active();
    expect(await json(member, 'show', 'lb')).toMatchObject({ description: 'about', admin_state_up: true });
    expect(await rows(member, 'list', '--tags', 'blue')).toMatchObject([{ name: 'lb' }]);
    await text(member, 'unset', 'lb', '--description', '--tag', 'blue');
    await active();
    expect(await json(member, 'show', 'lb')).toMatchObject({ description: '', tags: '' });
    expect(await json(member, 'listener', 'create', '--name', 'web', '--protocol', 'HTTP', '--protocol-port', '80', '--insert-headers', 'X-Forwarded-For=true', 'lb'))
      .toMatchObject({ protocol_port: 80 });
    await active();
    await text(member, 'listener', 'set', 'web', '--connection-limit', '10');
    await active();
    expect(await json(member, 'listener', 'show', 'web')).toMatchObject({ connection_limit: 10 });
    await text(member, 'listener', 'unset', 'web', '--connection-limit', '--insert-headers', '--timeout-client-data');
    await active();
    expect(await json(member, 'listener', 'show', 'web')).toMatchObject({ connection_limit: -1, insert_headers: null, timeout_client_data: 50_000 });
    expect(await json(member, 'pool', 'create', '--name', 'pool', '--listener', 'web', '--protocol', 'HTTP', '--lb-algorithm', 'ROUND_ROBIN', '--session-persistence', 'type=APP_COOKIE,cookie_name=sid'))
      .toMatchObject({ session_persistence: expect.stringContaining('APP_COOKIE') as unknown });
    await active();
    await text(member, 'pool', 'set', 'pool', '--lb-algorithm', 'LEAST_CONNECTIONS');
    await active();
    await text(member, 'pool', 'unset', 'pool', '--session-persistence');
    await active();
    expect(await json(member, 'pool', 'show', 'pool')).toMatchObject({ lb_algorithm: 'LEAST_CONNECTIONS', session_persistence: null });
    expect(await json(member, 'member', 'create', '--name', 'one', '--address', '192.0.2.10', '--protocol-port', '80', '--weight', '3', 'pool')).toMatchObject({ weight: 3 });
    await active();
    await text(member, 'member', 'set', 'pool', 'one', '--weight', '4');
    await active();
    expect(await rows(member, 'member', 'list', 'pool')).toMatchObject([{ name: 'one', weight: 4, provisioning_status: 'ACTIVE' }]);
    await text(member, 'member', 'unset', 'pool', 'one', '--weight');
    await active();
    expect(await json(member, 'member', 'show', 'pool', 'one')).toMatchObject({ weight: 1 });
    expect(await json(member, 'healthmonitor', 'create', '--name', 'check', '--type', 'HTTP', '--delay', '5', '--timeout', '3', '--max-retries', '3', 'pool')).toMatchObject({ http_method: 'GET' });
    await active();
    await text(member, 'healthmonitor', 'set', 'check', '--url-path', '/health');
    await active();
    expect(await json(member, 'healthmonitor', 'show', 'check')).toMatchObject({ url_path: '/health' });
    await text(member, 'healthmonitor', 'unset', 'check', '--url-path', '--expected-codes');
    await active();
    expect(await json(member, 'healthmonitor', 'show', 'check')).toMatchObject({ url_path: '/', expected_codes: '200' });
    expect(await json(member, 'l7policy', 'create', '--name', 'policy', '--action', 'REDIRECT_TO_POOL', '--redirect-pool', 'pool', 'web')).toMatchObject({ position: 1 });
    await active();
    await text(member, 'l7policy', 'set', 'policy', '--description', 'about');
    await active();
    expect(await json(member, 'l7policy', 'show', 'policy')).toMatchObject({ description: 'about', action: 'REDIRECT_TO_POOL' });
    await text(member, 'l7policy', 'unset', 'policy', '--description');
    await active();
    const rule = await json(member, 'l7rule', 'create', '--type', 'PATH', '--compare-type', 'STARTS_WITH', '--value', '/api', 'policy');
    await active();
    expect(await rows(member, 'l7rule', 'list', 'policy')).toMatchObject([{ id: rule['id'], type: 'PATH', value: '/api' }]);
    await text(member, 'l7rule', 'set', 'policy', String(rule['id']), '--value', '/v2', '--invert');
    await active();
    await text(member, 'l7rule', 'unset', 'policy', String(rule['id']), '--invert');
    await active();
    expect(await json(member, 'l7rule', 'show', 'policy', String(rule['id']))).toMatchObject({ value: '/v2', invert: false });
    expect(JSON.parse(await text(member, 'status', 'show', 'lb'))).toMatchObject({ loadbalancer: { listeners: [{ name: 'web', pools: [{ members: [{ name: 'one' }] }] }] } });
    expect(await json(member, 'stats', 'show', 'lb')).toMatchObject({ active_connections: 0, bytes_in: 0 });
    expect(await json(member, 'listener', 'stats', 'show', 'web')).toMatchObject({ request_errors: 0 });
    for (const [group, name] of [['listener', 'web'], ['pool', 'pool'], ['healthmonitor', 'check'], ['l7policy', 'policy']] as const) {
      expect(await rows(member, group, 'list')).toMatchObject([{ name }]);
    }
    await text(member, 'l7rule', 'delete', 'policy', String(rule['id']));
    await active();
    await text(member, 'l7policy', 'delete', 'policy');
    await active();
    await text(member, 'healthmonitor', 'delete', 'check');
    await active();
    await text(member, 'member', 'delete', 'pool', 'one');
    await active();
    await text(member, 'pool', 'delete', 'pool');
    await active();
    expect(await json(member, 'listener', 'show', 'web')).toMatchObject({ default_pool_id: null });
    await text(member, 'listener', 'delete', 'web');
    await active();
    await text(member, 'delete', 'lb', '--cascade', '--wait');
    expect(await rows(member, 'list')).toEqual([]);
  });

  it('an administrator runs flavors, availability zones, quotas, providers and amphorae', async () => {
    const admin = 'admin';
    const demo = keystone.directory.projects['demo'] ?? '';
    expect((await rows(admin, 'provider', 'list')).map((row) => row['name']).sort()).toEqual(['amphora', 'noop_driver', 'octavia']);
    expect(await rows(admin, 'provider', 'capability', 'list', 'amphora')).toContainEqual(expect.objectContaining({ name: 'loadbalancer_topology' }));
    expect(await json(admin, 'flavorprofile', 'create', '--name', 'profile', '--provider', 'amphora', '--flavor-data', '{"loadbalancer_topology": "SINGLE"}')).toMatchObject({ provider_name: 'amphora' });
    await text(admin, 'flavorprofile', 'set', 'profile', '--name', 'profile2');
    expect(await json(admin, 'flavorprofile', 'show', 'profile2')).toMatchObject({ flavor_data: '{"loadbalancer_topology": "SINGLE"}' });
    expect(await json(admin, 'flavor', 'create', '--name', 'small', '--flavorprofile', 'profile2', '--description', 'about', '--enable')).toMatchObject({ name: 'small', enabled: true });
    await text(admin, 'flavor', 'set', 'small', '--disable');
    await text(admin, 'flavor', 'unset', 'small', '--description');
    expect(await json(admin, 'flavor', 'show', 'small')).toMatchObject({ enabled: false, description: '' });
    await text(admin, 'flavor', 'set', 'small', '--enable');
    expect(await json(admin, 'availabilityzoneprofile', 'create', '--name', 'azp', '--provider', 'amphora', '--availability-zone-data', '{"compute_zone": "nova"}')).toMatchObject({ name: 'azp' });
    // This client sends its --availabilityzone-data under a name that no server reads.
    await text(admin, 'availabilityzoneprofile', 'set', 'azp', '--name', 'azp2');
    expect(await json(admin, 'availabilityzoneprofile', 'show', 'azp2')).toMatchObject({ availability_zone_data: '{"compute_zone": "nova"}' });
    expect(await json(admin, 'availabilityzone', 'create', '--name', 'az', '--availabilityzoneprofile', 'azp2', '--description', 'about')).toMatchObject({ name: 'az', enabled: true });
    await text(admin, 'availabilityzone', 'set', 'az', '--disable');
    await text(admin, 'availabilityzone', 'unset', 'az', '--description');
    expect(await json(admin, 'availabilityzone', 'show', 'az')).toMatchObject({ enabled: false, description: '' });
    for (const [group, name] of [['flavor', 'small'], ['flavorprofile', 'profile2'], ['availabilityzone', 'az'], ['availabilityzoneprofile', 'azp2']] as const) {
      expect(await rows(admin, group, 'list')).toMatchObject([{ name }]);
    }
    await text(admin, 'quota', 'set', demo, '--loadbalancer', '7', '--member', '9');
    expect(await json('member', 'quota', 'show', demo)).toMatchObject({ load_balancer: 7, member: 9 });
    expect(await rows(admin, 'quota', 'list')).toContainEqual(expect.objectContaining({ project_id: demo }));
    await text(admin, 'quota', 'unset', demo, '--member');
    expect(await json(admin, 'quota', 'show', demo)).toMatchObject({ load_balancer: 7, member: -1 });
    await text(admin, 'quota', 'reset', demo);
    expect(await json(admin, 'quota', 'defaults', 'show')).toMatchObject({ pool: -1 });
    const made = await json('member', 'create', '--name', 'flavored', '--vip-subnet-id', 'interop-subnet', '--flavor', String((await json(admin, 'flavor', 'show', 'small'))['id']));
    const active = () => settled('member', 'flavored');
    await active();
    const [amphora] = await rows(admin, 'amphora', 'list', '--loadbalancer', String(made['id']));
    expect(amphora).toMatchObject({ status: 'ALLOCATED', role: 'STANDALONE' });
    expect(await json(admin, 'amphora', 'show', String(amphora?.['id']))).toMatchObject({ loadbalancer_id: made['id'] });
    await countTraffic(String(amphora?.['id']));
    expect(await json(admin, 'amphora', 'stats', 'show', String(amphora?.['id']))).toMatchObject({ bytes_in: 5, total_connections: 2 });
    await text(admin, 'amphora', 'configure', String(amphora?.['id']));
    await text(admin, 'amphora', 'failover', String(amphora?.['id']));
    await active();
    await text(admin, 'failover', 'flavored');
    await active();
    expect((await rows(admin, 'amphora', 'list', '--loadbalancer', String(made['id']))).map((row) => row['status'])).toEqual(['ALLOCATED']);
    await text(admin, 'amphora', 'delete', await brokenAmphora());
    await until('the broken amphora is gone', async () => !(await rows(admin, 'amphora', 'list')).some((row) => row['status'] !== 'ALLOCATED'));
    await expect(text('other-member', 'show', String(made['id']))).rejects.toThrow();
    await text('member', 'delete', 'flavored', '--cascade', '--wait');
    await text(admin, 'flavor', 'delete', 'small');
    await text(admin, 'flavorprofile', 'delete', 'profile2');
    await text(admin, 'availabilityzone', 'delete', 'az');
    await text(admin, 'availabilityzoneprofile', 'delete', 'azp2');
  });

  it('no command of the client is left out', async () => {
    const list = "from importlib.metadata import entry_points; print(*(point.name for point in entry_points(group='openstack.load_balancer.v2')))";
    const { stdout } = await run('/usr/bin/python3', ['-c', list], { env: { ...process.env, ...debianEnv } });
    const all = stdout.trim().split(/\s+/);
    expect(all.length).toBeGreaterThanOrEqual(82);
    expect(all.filter((command) => !used.has(command))).toEqual([]);
  });

  it.each(['member', 'admin'])('openstacksdk walks through its load balancer proxy as %s', async (user) => {
    const script = new URL('sdk-walkthrough.py', import.meta.url).pathname;
    const { stdout } = await run('/usr/bin/python3', [script, user], { env: { ...keystone.openrc(user) }, timeoutMs: 120_000 });
    expect(stdout.trim().split('\n').at(-1)).toBe('walked');
  });
});
