import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandFailed, run } from '../../src/lib/run.ts';
import { describeBuiltImage } from '../../src/processes/image/image-description.ts';
import { projectRoot } from '../../src/processes/project.ts';
import { until } from '../harness/until.ts';
import { callerOf } from '../interop/rest.ts';
import { openWorld, type World } from '../interop/world.ts';
import { forOpenStack, missingPackages } from '../services/available.ts';
import { startKeystone, type Keystone } from '../services/keystone.ts';
import { PASSWORD } from '../services/keystone-directory.ts';
import { startOpenStack, type OpenStackServices } from '../services/openstack/start-openstack.ts';
import { createAmphorae, type Amphorae } from './amphorae.ts';

interface Finding { readonly area: string; readonly what: string; readonly result: string; readonly detail: string; readonly fix: string | null }

describe.skipIf(missingPackages(forOpenStack).length > 0)('a cloud without load balancing, on the real Keystone, Neutron, Nova and Glance', () => {
  let world: World;
  let keystone: Keystone;
  let cloud: OpenStackServices;
  let amphorae: Amphorae;
  let directory: string;
  let configFile: string;
  let database: string;

  beforeAll(async () => {
    world = await openWorld();
    const newDatabase = () => world.mariaDb.newDatabase();
    keystone = await startKeystone(world.directory, await newDatabase());
    world.onStop('Keystone', () => keystone.stop());
    cloud = await startOpenStack({ directory: world.directory, keystoneUrl: keystone.url, transportUrl: world.transportUrl, newDatabase, onStop: (name, stop) => world.onStop(name, stop) }, keystone);
    amphorae = createAmphorae(join(world.directory, 'amphorae'), 'lb-net');
    world.onStop('amphorae', () => amphorae.stop());
    cloud.proxy.onAnswer = (call) => amphorae.see(call);
    database = await newDatabase();
    directory = join(world.directory, 'etc');
    configFile = join(directory, 'octavia.conf');
    writeFileSync(join(world.directory, 'image.raw'), Buffer.alloc(65_536, 7));
  }, 900_000);
  afterAll(() => world?.stop(), 120_000);

  /** The services' doors are in this process: it must not stand still. */
  const octavia = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    try {
      return { status: 0, ...(await run(join(projectRoot, 'octavia'), args, { env, timeoutMs: 300_000 })) };
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      return { status: error.exitCode, stdout: error.stdout, stderr: error.stderr };
    }
  };
  const bootstrap = (more: readonly string[] = [], user = 'admin') => octavia([
    'bootstrap', '--config-dir', directory, '--network-region', 'RegionTwo', '--project', 'balancing', '--user', 'balancer', '--network', 'lb-net', '--cidr', '127.18.0.0/22', '--no-dhcp',
    '--flavor', 'lb-flavor', '--ram', '64', '--disk', '1', '--image-tag', 'lb-image', '--image', join(world.directory, 'image.raw'), '--controller', 'c1', '--api-url', 'http://127.0.0.1:9876',
    '--topology', 'SINGLE', '--database', database, '--transport-url', world.transportUrl, ...more,
  ], keystone.openrc(user));
  const changes = () => cloud.proxy.calls.filter(({ method }) => method !== 'GET').length;
  const doctor = async (): Promise<{ status: number | null; findings: readonly Finding[] }> => {
    const { status, stdout, stderr } = await octavia(['doctor', '--config-file', configFile, '--json']);
    expect(stdout, stderr).toMatch(/^\{/);
    return { status, findings: (JSON.parse(stdout) as { findings: Finding[] }).findings };
  };

  it('--dry-run says all steps and changes nothing', async () => {
    const before = changes();
    const { status, stdout, stderr } = await bootstrap(['--dry-run']);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/would network lb-net: create/);
    expect(stdout).toMatch(/would image with tag lb-image: upload/);
    expect(changes()).toBe(before);
    expect(existsSync(configFile)).toBe(false);
  });

  it('a user who may not make such things is told which call and what to do', async () => {
    const { status, stderr } = await bootstrap([], 'member');
    expect(status).toBe(1);
    expect(stderr).toMatch(/Keystone: (GET|POST) \/v3\/\w+: 403/);
    expect(stderr).toMatch(/fix: log in as an administrator/);
  });

  it('after an interruption in the middle the next run goes on, and the one after it has nothing to do', async () => {
    cloud.proxy.onAnswer = (call) => (call.method === 'POST' && call.path === '/v2/images' ? Promise.reject(new Error('lost')) : amphorae.see(call));
    const first = await bootstrap(['--cidr', 'nonsense']);
    expect(first.status).toBe(1);
    expect(first.stderr).toMatch(/subnet of lb-net: create nonsense: Neutron: POST \/v2\.0\/subnets: 400/);
    expect(first.stderr).toMatch(/fix: /);
    cloud.proxy.onAnswer = (call) => amphorae.see(call);

    const second = await bootstrap();
    expect(second.status, second.stderr).toBe(0);
    expect(second.stdout).not.toMatch(/user balancer: create/);
    expect(second.stdout).toMatch(/done {2}image with tag lb-image/);

    const [before, written] = [changes(), readFileSync(configFile, 'utf8')];
    const third = await bootstrap();
    expect(third.status, third.stderr).toBe(0);
    expect(third.stdout).toMatch(/Nothing to do/);
    expect(changes()).toBe(before);
    expect(readFileSync(configFile, 'utf8')).toBe(written);
    expect(statSync(join(directory, 'certs/server_ca.key.pem')).mode & 0o077).toBe(0);
  }, 900_000);

  it('an image gets the properties that the description beside its file tells, and no others', async () => {
    const image = join(world.directory, 'image.raw');
    writeFileSync(`${image}.json`, JSON.stringify({ sha512: 'f'.repeat(128), properties: {} }));
    expect((await bootstrap()).stdout).toMatch(/note .*image\.raw\.json is ignored/);
    await describeBuiltImage(image);
    expect((await bootstrap(['--dry-run'])).stdout).toMatch(/image with tag lb-image: set octavia_interfaces_at_boot=true, hw_cdrom_bus=scsi/);
    expect((await bootstrap()).stdout).toMatch(/done {2}image with tag lb-image: set octavia_interfaces_at_boot=true, hw_cdrom_bus=scsi/);
    expect((await bootstrap()).stdout).toMatch(/Nothing to do/);
  }, 600_000);

  it('doctor sees what is not there yet, and the fix', async () => {
    const { status, findings } = await doctor();
    expect(status).toBe(1);
    expect(findings.find(({ what }) => what === 'schema')).toMatchObject({ result: 'failure', fix: expect.stringContaining('db-manage upgrade head') });
    expect(findings.find(({ area, what }) => area === 'image' && what.includes('lb-image')), JSON.stringify(findings)).toMatchObject({ result: 'ok' });
  }, 300_000);

  it('with that configuration a load balancer comes up, and doctor finds nothing to repair', async () => {
    expect((await octavia(['db-manage', 'upgrade', 'head', '--config-file', configFile])).status).toBe(0);
    const daemons = await Promise.all((['api', 'worker', 'health-manager'] as const).map((name) => world.start(name, configFile)));
    const member = callerOf('http://127.0.0.1:9876', { 'x-auth-token': await keystone.token('lb-member') });
    const { id } = await member.object('POST', '/lbaas/loadbalancers', { loadbalancer: { name: 'first', vip_subnet_id: cloud.objects.vipSubnet } });
    let status = '';
    await until('the load balancer is ACTIVE', async () => {
      status = (JSON.parse((await member.call('GET', `/lbaas/loadbalancers/${id}`)).text) as { loadbalancer: { provisioning_status: string } }).loadbalancer.provisioning_status;
      return status === 'ACTIVE' || status === 'ERROR';
    }, 240_000);
    expect(status, daemons[1]?.printed().slice(-3000)).toBe('ACTIVE');
    let findings: readonly Finding[] = [];
    // The first heartbeat comes within its interval.
    await until('doctor is content', async () => (findings = (await doctor()).findings).every(({ result }) => result !== 'failure'), 120_000).catch(() => undefined);
    expect(findings.filter(({ result }) => result === 'failure')).toEqual([]);
    expect(findings.find(({ area }) => area === 'agents')).toMatchObject({ result: 'ok' });
    expect(findings.find(({ area, what }) => area === 'heartbeats' && what === 'received')).toMatchObject({ result: 'ok' });
    expect((await member.call('DELETE', `/lbaas/loadbalancers/${id}?cascade=true`)).status).toBe(204);
    await until('it is gone', async () => (await member.call('GET', `/lbaas/loadbalancers/${id}`)).status === 404, 120_000);
  }, 900_000);

  it('a user that exists already keeps his password', async () => {
    const other = join(world.directory, 'etc2');
    const args = ['--config-dir', other, '--project', 'service', '--user', 'octavia', '--flavor', 'amphora', '--network', 'lb-mgmt', '--cidr', '127.16.0.0/22', '--image-tag', 'amphora', '--dry-run'];
    expect((await bootstrap(args)).stderr).toMatch(/password is not known here[\s\S]*--service-password/);
    const { stdout, status } = await bootstrap([...args, '--service-password', PASSWORD]);
    expect(status).toBe(0);
    expect(stdout).not.toMatch(/user octavia: |network lb-mgmt: create|flavor amphora: create/);
  });
});
