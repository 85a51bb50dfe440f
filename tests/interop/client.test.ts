import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/lib/run.ts';
import { forKeystone, missingPackages } from '../services/available.ts';
import { startKeystone, type Keystone } from '../services/keystone.ts';
import { PASSWORD } from '../services/keystone-directory.ts';
import { startNeutronStub } from '../services/neutron-stub.ts';
import { createOurSchema } from '../services/octavia-processes.ts';
import { startOpenStackShell, type OpenStackShell } from '../services/openstack-shell.ts';
import { callerOf } from './rest.ts';
import { apiAddress, openWorld, type World } from './world.ts';

type Row = Record<string, unknown>;

describe.skipIf(missingPackages([...forKeystone, 'python3-openstackclient', 'python3-octaviaclient', 'python3-openstacksdk']).length > 0)('the clients of OpenStack through the catalogue', () => {
  let world: World;
  let keystone: Keystone;
  let url: string;
  let shell: OpenStackShell;

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
    const file = world.conf('octavia', { database: await world.mariaDb.newDatabase(), apiPort, keystone: { url: keystone.url, user: 'octavia', password: PASSWORD } });
    await createOurSchema(file);
    await world.start('worker', file);
    await world.start('api', file);
    await keystone.setEndpoint('neutron', 'network', neutron.url);
    await keystone.setEndpoint('octavia', 'load-balancer', url);
  });
  afterAll(() => world?.stop());

  const text = (user: string, ...args: readonly string[]) => shell.run(keystone.openrc(user), ['loadbalancer', ...args]);
  /** Waits for a load balancer of that name; the client's own --wait looks only every five seconds. */
  const settled = async (user: string, name: string) => {
    const caller = callerOf(url, { 'x-auth-token': await keystone.token(user) });
    const { loadbalancers } = JSON.parse((await caller.call('GET', `/lbaas/loadbalancers?name=${name}`)).text) as { loadbalancers: { id: string }[] };
    await caller.active(loadbalancers[0]?.id ?? '');
  };
  const json = async (user: string, ...args: readonly string[]): Promise<Row> => JSON.parse(await text(user, ...args, '-f', 'json')) as Row;
  const rows = async (user: string, ...args: readonly string[]): Promise<Row[]> => JSON.parse(await text(user, ...args, '-f', 'json')) as Row[];

  it('a tenant builds, changes, reads and removes everything below a load balancer', async () => {
    const member = 'member';
    const active = () => settled(member, 'lb');
    expect(await json(member, 'create', '--name', 'lb', '--vip-subnet-id', 'interop-subnet', '--tag', 'blue', '--wait')).toMatchObject({ provisioning_status: 'ACTIVE', name: 'lb', provider: 'amphora' });
    await text(member, 'set', 'lb', '--description', 'about');
    await active();
    expect(await json(member, 'show', 'lb')).toMatchObject({ description: 'about', admin_state_up: true });
    expect(await rows(member, 'list', '--tags', 'blue')).toMatchObject([{ name: 'lb' }]);
    expect(await json(member, 'listener', 'create', '--name', 'web', '--protocol', 'HTTP', '--protocol-port', '80', '--insert-headers', 'X-Forwarded-For=true', 'lb'))
      .toMatchObject({ protocol_port: 80 });
    await active();
    await text(member, 'listener', 'set', 'web', '--connection-limit', '10');
    await active();
    expect(await json(member, 'listener', 'show', 'web')).toMatchObject({ connection_limit: 10 });
    expect(await json(member, 'pool', 'create', '--name', 'pool', '--listener', 'web', '--protocol', 'HTTP', '--lb-algorithm', 'ROUND_ROBIN', '--session-persistence', 'type=APP_COOKIE,cookie_name=sid'))
      .toMatchObject({ session_persistence: expect.stringContaining('APP_COOKIE') as unknown });
    await active();
    await text(member, 'pool', 'set', 'pool', '--lb-algorithm', 'LEAST_CONNECTIONS');
    await active();
    expect(await json(member, 'member', 'create', '--name', 'one', '--address', '192.0.2.10', '--protocol-port', '80', '--weight', '3', 'pool')).toMatchObject({ weight: 3 });
    await active();
    await text(member, 'member', 'set', 'pool', 'one', '--weight', '4');
    await active();
    expect(await rows(member, 'member', 'list', 'pool')).toMatchObject([{ name: 'one', weight: 4, provisioning_status: 'ACTIVE' }]);
    expect(await json(member, 'healthmonitor', 'create', '--name', 'check', '--type', 'HTTP', '--delay', '5', '--timeout', '3', '--max-retries', '3', 'pool')).toMatchObject({ http_method: 'GET' });
    await active();
    await text(member, 'healthmonitor', 'set', 'check', '--url-path', '/health');
    await active();
    expect(await json(member, 'healthmonitor', 'show', 'check')).toMatchObject({ url_path: '/health' });
    expect(await json(member, 'l7policy', 'create', '--name', 'policy', '--action', 'REDIRECT_TO_POOL', '--redirect-pool', 'pool', 'web')).toMatchObject({ position: 1 });
    await active();
    await text(member, 'l7policy', 'set', 'policy', '--description', 'about');
    await active();
    const rule = await json(member, 'l7rule', 'create', '--type', 'PATH', '--compare-type', 'STARTS_WITH', '--value', '/api', 'policy');
    await active();
    expect(await rows(member, 'l7rule', 'list', 'policy')).toMatchObject([{ id: rule['id'], type: 'PATH', value: '/api' }]);
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
    expect(await json(admin, 'flavor', 'create', '--name', 'small', '--flavorprofile', 'profile2', '--enable')).toMatchObject({ name: 'small', enabled: true });
    await text(admin, 'flavor', 'set', 'small', '--disable');
    expect(await json(admin, 'flavor', 'show', 'small')).toMatchObject({ enabled: false });
    await text(admin, 'flavor', 'set', 'small', '--enable');
    expect(await json(admin, 'availabilityzoneprofile', 'create', '--name', 'azp', '--provider', 'amphora', '--availability-zone-data', '{"compute_zone": "nova"}')).toMatchObject({ name: 'azp' });
    expect(await json(admin, 'availabilityzone', 'create', '--name', 'az', '--availabilityzoneprofile', 'azp')).toMatchObject({ name: 'az', enabled: true });
    await text(admin, 'availabilityzone', 'set', 'az', '--disable');
    expect(await json(admin, 'availabilityzone', 'show', 'az')).toMatchObject({ enabled: false });
    for (const [group, name] of [['flavor', 'small'], ['flavorprofile', 'profile2'], ['availabilityzone', 'az'], ['availabilityzoneprofile', 'azp']] as const) {
      expect(await rows(admin, group, 'list')).toMatchObject([{ name }]);
    }
    await text(admin, 'quota', 'set', demo, '--loadbalancer', '7', '--member', '9');
    expect(await json('member', 'quota', 'show', demo)).toMatchObject({ load_balancer: 7, member: 9 });
    expect(await rows(admin, 'quota', 'list')).toContainEqual(expect.objectContaining({ project_id: demo }));
    await text(admin, 'quota', 'reset', demo);
    expect(await json(admin, 'quota', 'defaults', 'show')).toMatchObject({ pool: -1 });
    const made = await json('member', 'create', '--name', 'flavored', '--vip-subnet-id', 'interop-subnet', '--flavor', String((await json(admin, 'flavor', 'show', 'small'))['id']));
    const active = () => settled('member', 'flavored');
    await active();
    const [amphora] = await rows(admin, 'amphora', 'list', '--loadbalancer', String(made['id']));
    expect(amphora).toMatchObject({ status: 'ALLOCATED', role: 'STANDALONE' });
    expect(await json(admin, 'amphora', 'show', String(amphora?.['id']))).toMatchObject({ loadbalancer_id: made['id'] });
    await text(admin, 'amphora', 'configure', String(amphora?.['id']));
    await text(admin, 'amphora', 'failover', String(amphora?.['id']));
    await active();
    await text(admin, 'failover', 'flavored');
    await active();
    expect((await rows(admin, 'amphora', 'list', '--loadbalancer', String(made['id']))).map((row) => row['status'])).toEqual(['ALLOCATED']);
    await expect(text('other-member', 'show', String(made['id']))).rejects.toThrow();
    await text('member', 'delete', 'flavored', '--cascade', '--wait');
    await text(admin, 'flavor', 'delete', 'small');
    await text(admin, 'flavorprofile', 'delete', 'profile2');
    await text(admin, 'availabilityzone', 'delete', 'az');
    await text(admin, 'availabilityzoneprofile', 'delete', 'azp');
  });

  it('openstacksdk walks through its load balancer proxy', async () => {
    const { stdout } = await run('/usr/bin/python3', [new URL('sdk-walkthrough.py', import.meta.url).pathname], { env: { ...keystone.openrc('member') }, timeoutMs: 120_000 });
    expect(stdout.trim().split('\n').at(-1)).toBe('walked');
  });
});
