import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandFailed, run } from '../../src/lib/run.ts';
import { setOptions } from '../../src/processes/bootstrap/edit-ini.ts';
import { projectRoot } from '../../src/processes/project.ts';
import { until } from '../harness/until.ts';
import { IMAGE_QCOW2 } from '../image/image-files.ts';
import { callerOf, type Caller } from '../interop/rest.ts';
import { openWorld, type World } from '../interop/world.ts';
import { forGuests, missingPackages } from '../services/available.ts';
import type { Daemon } from '../services/daemon.ts';
import { startKeystone, type Keystone } from '../services/keystone.ts';
import { GUEST_HOST } from '../services/openstack/guest-host.ts';
import { startOpenStack, type OpenStackServices } from '../services/openstack/start-openstack.ts';
import { addWiredHost, wirePort, type WiredPort } from '../services/openstack/wired-host.ts';

interface Finding { readonly area: string; readonly what: string; readonly result: string; readonly detail: string }
interface Row { readonly [field: string]: string }

const API = 'http://127.0.0.1:9876';
/** Guests without hardware support on a busy machine take minutes for what a cloud's do in seconds. */
const SLOW_MS = 900_000;

describe.skipIf(missingPackages(forGuests).length > 0 || !existsSync(IMAGE_QCOW2))('an amphora image as a guest of Nova on ports that Neutron wires', { timeout: 3 * SLOW_MS }, () => {
  let world: World;
  let keystone: Keystone;
  let cloud: OpenStackServices;
  let configFile: string;
  let daemons: readonly Daemon[];
  let admin: Caller;
  let began = 0;

  const neutron = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const response = await fetch(`${cloud.urls.neutron}/v2.0${path}`, { method, headers: { 'x-auth-token': await keystone.token('admin'), 'content-type': 'application/json' }, ...(body && { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text === '' ? '{}' : text) as Record<string, unknown>;
  };
  /** The doors of the services are in this process: it must not stand still. */
  const octavia = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    try {
      return { status: 0, ...(await run(join(projectRoot, 'octavia'), args, { env, timeoutMs: SLOW_MS })) };
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      return { status: error.exitCode, stdout: error.stdout, stderr: error.stderr };
    }
  };
  /** The unmodified client, as a user of project demo. */
  const command = async (commandLine: string): Promise<string> =>
    (await run('/usr/bin/openstack', commandLine.trim().split(/\s+/), { env: keystone.openrc('lb-member'), timeoutMs: SLOW_MS })).stdout;
  const client = async (commandLine: string): Promise<Row> => JSON.parse(await command(`${commandLine} -f json`)) as Row;
  /** The client costs seconds of computing each time: what is asked again and again is asked of the API. */
  const operating = async (id: string): Promise<readonly string[]> => {
    const { text } = await admin.call('GET', `/lbaas/loadbalancers/${id}/status`);
    return [...text.matchAll(/"operating_status": ?"(\w+)"/g)].map(([, status = '']) => status);
  };
  const curl = async (...args: string[]): Promise<string> => (await run('sh', ['-c', 'ip netns exec client curl -s -m 5 "$@" || true', 'sh', ...args])).stdout;
  const note = (text: string) => process.stdout.write(`${text}: ${Math.round((Date.now() - began) / 1000)} s\n`);
  const consoles = () => readdirSync(join(world.directory, 'nova/instances')).map((name) => join(world.directory, 'nova/instances', name, 'console.log')).filter(existsSync)
    .map((file) => readFileSync(file, 'utf8').split('\n').slice(-30).join('\n')).join('\n---\n');

  beforeAll(async () => {
    world = await openWorld();
    const newDatabase = () => world.mariaDb.newDatabase();
    keystone = await startKeystone(world.directory, await newDatabase());
    world.onStop('Keystone', () => keystone.stop());
    cloud = await startOpenStack({ directory: world.directory, keystoneUrl: keystone.url, transportUrl: world.transportUrl, newDatabase, onStop: (name, stop) => world.onStop(name, stop) }, keystone, { hosts: 'guests', networkRegion: 'RegionOne' });
    configFile = join(world.directory, 'etc/octavia.conf');
    const database = await newDatabase();
    const bootstrap = await octavia([
      'bootstrap', '--spares', '0', '--config-dir', join(world.directory, 'etc'), '--project', 'balancing', '--user', 'balancer', '--network', 'lb-mgmt-net', '--cidr', '172.31.0.0/24', '--no-dhcp',
      '--flavor', 'guest', '--ram', '512', '--vcpus', '1', '--disk', '3', '--image-tag', 'guest', '--image', IMAGE_QCOW2, '--controller', GUEST_HOST, '--api-url', API,
      '--topology', 'SINGLE', '--database', database, '--transport-url', world.transportUrl,
    ], keystone.openrc('admin'));
    expect(bootstrap.status, bootstrap.stdout + bootstrap.stderr).toBe(0);
    // Patience with a guest that hardly gets its turn: nobody shall take it for dead or call the same thing twice.
    const patient = [{ group: 'haproxy_amphora', name: 'rest_request_read_timeout', value: '300' }, { group: 'health_manager', name: 'heartbeat_timeout', value: '600' }, { group: 'controller_worker', name: 'amp_active_retries', value: '90' }];
    writeFileSync(configFile, setOptions(readFileSync(configFile, 'utf8'), patient));
    const { ports } = (await neutron('GET', `/ports?name=octavia-health-manager-${GUEST_HOST}-listen-port`)) as { ports: WiredPort[] };
    if (ports[0] === undefined) throw new Error('bootstrap has made no port for the controller');
    await wirePort(neutron, ports[0], { name: 'o-hm0', prefix: 24 });
    await addWiredHost(neutron, 'client', cloud.objects.vipNetwork, 24);
    expect((await octavia(['db-manage', 'upgrade', 'head', '--config-file', configFile])).status).toBe(0);
    daemons = await Promise.all((['api', 'worker', 'health-manager'] as const).map((name) => world.start(name, configFile)));
    admin = callerOf(API, { 'x-auth-token': await keystone.token('admin') });
  }, 2 * SLOW_MS);
  afterAll(() => world?.stop(), 120_000);

  const settled = async (id: string, timeoutMs = SLOW_MS): Promise<void> => {
    await admin.active(id, timeoutMs).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${daemons[1]?.printed().slice(-3000)}\n${consoles()}`, { cause: error });
    });
  };

  it('a load balancer made with the client comes up and serves members on another network', async () => {
    const { memberNetwork, memberSubnet, vipSubnet } = cloud.objects;
    const members: string[] = [];
    for (const name of ['member1', 'member2']) {
      members.push(await addWiredHost(neutron, name, memberNetwork, 24));
      await run('sh', ['-c', `setsid ip netns exec ${name} '${process.execPath}' -e 'require("http").createServer((q, s) => s.end("${name} " + q.headers["x-forwarded-for"])).listen(80)' >/dev/null 2>&1 </dev/null &`]);
    }
    began = Date.now();
    const { id = '', vip_address: vip = '' } = await client(`loadbalancer create --name lb --vip-subnet-id ${vipSubnet}`);
    await settled(id);
    note('create to ACTIVE');
    const order = cloud.proxy.calls.find(({ method, path }) => method === 'POST' && path.endsWith('/servers'))?.body as { server: { networks: object[] } };
    expect(order.server.networks, 'our image has its VIP interface from birth').toEqual([{ uuid: expect.any(String) }, { port: expect.any(String) }]);
    await until('its heartbeats make it ONLINE', async () => (await operating(id))[0] === 'ONLINE', SLOW_MS);
    note('create to ONLINE');
    await client('loadbalancer listener create --name listener --protocol HTTP --protocol-port 80 --wait lb');
    await client('loadbalancer pool create --name pool --protocol HTTP --lb-algorithm ROUND_ROBIN --listener listener --wait');
    await client('loadbalancer healthmonitor create --name monitor --type HTTP --delay 3 --timeout 2 --max-retries 2 --wait pool');
    for (const address of members) await client(`loadbalancer member create --name ${address} --subnet-id ${memberSubnet} --address ${address} --protocol-port 80 --wait pool`);
    const seen = new Set<string>();
    await until('both members are reached', async () => seen.add(await curl(`http://${vip}/`)).has('member1 undefined') && seen.has('member2 undefined'), SLOW_MS);
    note('create to traffic');
    await until('load balancer, listener, pool and members are ONLINE', async () => {
      const statuses = await operating(id);
      return statuses.length >= 3 + members.length && statuses.every((status) => status === 'ONLINE');
    }, SLOW_MS);

    await command('loadbalancer listener set --insert-headers X-Forwarded-For=true --wait listener');
    await until('members learn who asks', async () => /^member\d 10\.10\.0\.\d+$/.test(await curl(`http://${vip}/`)), SLOW_MS);
  });

  it('doctor finds the agent on its port, its heartbeats and everything else in order', async () => {
    const { status, stdout, stderr } = await octavia(['doctor', '--config-file', configFile, '--json']);
    const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
    expect(findings.filter(({ result }) => result === 'failure'), stderr).toEqual([]);
    expect(status).toBe(0);
    for (const [area, what] of [['agents', 'port 9443'], ['heartbeats', 'received']]) {
      expect(findings.find((finding) => finding.area === area && finding.what === what)).toMatchObject({ result: 'ok' });
    }
  });

  it('deleting it leaves no server, port, group or interface', async () => {
    await command('loadbalancer delete --cascade --wait lb');
    await until('nothing is left', async () => JSON.stringify(await left()) === JSON.stringify({ servers: 0, ports: 0, groups: 0, taps: 4 }), SLOW_MS).catch(async (error: unknown) => {
      throw new Error(`${String(error)}: ${JSON.stringify(await left())}`, { cause: error });
    });
  });

  /** What load balancers could have left; the controller, the client and the members have an interface each. */
  async function left() {
    const response = await fetch(`${cloud.urls.nova}/servers?all_tenants=1`, { headers: { 'x-auth-token': await keystone.token('admin') } });
    const { servers } = (await response.json()) as { servers: object[] };
    const { ports } = (await neutron('GET', '/ports')) as { ports: { name: string }[] };
    const { security_groups: groups } = (await neutron('GET', '/security-groups')) as { security_groups: { name: string }[] };
    const kept = ['client', 'member1', 'member2', `octavia-health-manager-${GUEST_HOST}-listen-port`];
    return {
      servers: servers.length, ports: ports.filter(({ name }) => !kept.includes(name)).length, groups: groups.filter(({ name }) => /^lb-[0-9a-f]/.test(name)).length,
      taps: readdirSync('/sys/class/net').filter((name) => name.startsWith('tap')).length,
    };
  }
});
