import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAuthority } from '../../src/drivers/certs/authority.ts';
import { run } from '../../src/lib/run.ts';
import { freePort } from '../../src/lib/testing/free-port.ts';
import { projectRoot } from '../../src/processes/project.ts';
import { until } from '../harness/until.ts';
import { callerOf, type Caller } from '../interop/rest.ts';
import { openWorld, type World } from '../interop/world.ts';
import { forKeystone, missingPackages } from '../services/available.ts';
import { type Daemon } from '../services/daemon.ts';
import { startKeystone, type Keystone } from '../services/keystone.ts';
import { PASSWORD } from '../services/keystone-directory.ts';
import { createOurSchema } from '../services/octavia-processes.ts';
import { startNeutron } from '../services/openstack/neutron.ts';
import { addWiredHost } from '../services/openstack/wired-host.ts';
import { addressOf, createLightMachine, openQueueDoor, type LightMachine } from './light-hosts.ts';

const NEEDED = [...forKeystone, 'neutron-api', 'neutron-linuxbridge-agent', 'ebtables'];
const HOST_PORT = 9449;
const CONTROLLER = '10.255.0.1';
const SLOW_MS = 600_000;

describe.skipIf(missingPackages(NEEDED).length > 0)('a light pool of two hosts on ports that the real Neutron wires', { timeout: SLOW_MS }, () => {
  let world: World;
  let keystone: Keystone;
  let neutronUrl: string;
  let daemons: readonly Daemon[];
  let machines: readonly [LightMachine, LightMachine];
  let admin: Caller;
  let vipSubnet: string;
  let flavorId: string;
  const figures: string[] = [];

  const neutron = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const headers = { 'x-auth-token': await keystone.token('admin'), 'content-type': 'application/json' };
    const response = await fetch(`${neutronUrl}/v2.0${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text === '' ? '{}' : text) as Record<string, unknown>;
  };
  const makeIn = async (kind: 'network' | 'subnet', fields: object): Promise<string> => ((await neutron('POST', `/${kind}s`, { [kind]: fields }))[kind] as { id: string }).id;
  const portsOf = async (query: string) => (await neutron('GET', `/ports?${query}`))['ports'] as readonly Record<string, string>[];
  const amphoraPorts = async () => (await portsOf('')).filter(({ name = '' }) => name.startsWith('octavia-lb-'));
  const everyNamespace = async () => (await Promise.all(machines.map((machine) => machine.namespaces()))).flat();
  /** A namespace on a network. The agent leaves ports of machines to whoever plugs them, as it does for Nova. */
  const addHost = async (name: string, networkId: string): Promise<string> => {
    const address = await addWiredHost(neutron, name, networkId, 24);
    const [port] = await portsOf(`device_id=${name}`);
    await run('ip', ['link', 'set', `tap${port?.['id']?.slice(0, 11)}`, 'master', `brq${networkId.slice(0, 11)}`]);
    return address;
  };
  const curl = async (vip: string): Promise<string> => (await run('sh', ['-c', 'ip netns exec client curl -s -m 3 "http://$1/" || true', 'sh', vip])).stdout;
  const settled = (id: string) => admin.active(id, 120_000).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${daemons[1]?.printed().slice(-4000)}\n${machines.map((machine) => machine.log().slice(-2000)).join('\n')}`, { cause: error });
  });
  const hostsOfAmphorae = async (): Promise<readonly string[]> => (await portsOf('device_owner=compute:light')).map((port) => port['binding:host_id'] ?? '').toSorted();

  beforeAll(async () => {
    world = await openWorld();
    const onStop = (name: string, stop: () => Promise<void>) => world.onStop(name, stop);
    const newDatabase = () => world.mariaDb.newDatabase();
    keystone = await startKeystone(world.directory, await newDatabase());
    onStop('Keystone', () => keystone.stop());
    const place = { directory: world.directory, keystoneUrl: keystone.url, transportUrl: world.transportUrl, newDatabase, onStop };
    neutronUrl = await startNeutron(place, 'http://127.0.0.1:9', { isWired: true });
    await keystone.setEndpoint('neutron', 'network', neutronUrl);
    await openQueueDoor(world.directory, world.transportUrl, onStop);

    const more = {
      controller_worker: { amphora_driver: 'amphora_haproxy_rest_driver', network_driver: 'allowed_address_pairs_driver', loadbalancer_topology: 'ACTIVE_STANDBY', amp_image_tag: '', amp_boot_network_list: '' },
      haproxy_amphora: { client_cert: join(world.directory, 'client.pem'), server_ca: join(world.directory, 'ca.pem'), connection_max_retries: 60, connection_retry_interval: 1 },
      health_manager: { bind_ip: CONTROLLER, controller_ip_port_list: `${CONTROLLER}:5555`, heartbeat_interval: 1, heartbeat_timeout: 8, health_check_interval: 1 },
      light_pool: { hosts: [2, 3].map((number) => `light-${number}=${addressOf(number)}:${HOST_PORT}`).join(','), orphan_grace: 5 },
      service_auth: { timeout: 25 },
    };
    const apiPort = await freePort();
    const database = await newDatabase();
    const settings = { database, apiPort, keystone: { url: keystone.url, user: 'octavia', password: PASSWORD } };
    const configFile = world.conf('octavia', { ...settings, more });
    await writeCertificates(world.directory, configFile);
    const machineOf = (number: number) => createLightMachine({
      number, directory: world.directory, transportUrl: world.transportUrl, onStop,
      configFile: (name, pool) => world.conf(`${name}-octavia`, { database: 'sqlite:////nowhere', more: { ...more, light_pool: pool } }),
    });
    machines = [machineOf(2), machineOf(3)];
    await createOurSchema(configFile);
    await Promise.all(machines.map((machine) => machine.start()));
    daemons = await Promise.all((['api', 'worker', 'health-manager'] as const).map((name) => world.start(name, configFile)));
    admin = callerOf(`http://127.0.0.1:${apiPort}`, { 'x-auth-token': await keystone.token('admin') });

    const web = await makeIn('network', { name: 'web' });
    vipSubnet = await makeIn('subnet', { name: 'web', network_id: web, cidr: '10.10.0.0/24', ip_version: 4, enable_dhcp: false });
    const back = await makeIn('network', { name: 'back' });
    memberSubnet = await makeIn('subnet', { name: 'back', network_id: back, cidr: '10.20.0.0/24', ip_version: 4, enable_dhcp: false });
    await addHost('client', web);
    memberAddress = await addHost('member', back);
    writeFileSync(join(world.directory, 'index.html'), 'served by the member');
    await run('sh', ['-c', `ip netns exec member python3 -m http.server 80 --directory ${world.directory} >/dev/null 2>&1 &`]);
  }, SLOW_MS);
  afterAll(async () => {
    process.stdout.write(figures.map((line) => `${line}\n`).join(''));
    await world?.stop();
  }, 120_000);
  let memberSubnet: string;
  let memberAddress: string;

  const create = async (fields: object = {}): Promise<{ id: string; vip: string; ms: number }> => {
    const began = performance.now();
    const made = await admin.object('POST', '/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: vipSubnet, flavor_id: flavorId, ...fields } });
    await settled(made.id);
    return { id: made.id, vip: String(made['vip_address']), ms: performance.now() - began };
  };
  const remove = async (id: string): Promise<void> => {
    await admin.call('DELETE', `/lbaas/loadbalancers/${id}?cascade=true`);
    await admin.gone(id, 60_000);
  };

  it('a flavor chooses the pool, says how big amphorae are, and refuses what no driver knows', async () => {
    const { text } = await admin.call('GET', '/lbaas/providers/amphora/flavor_capabilities');
    expect(text).toContain('One of: compute_noop_driver, compute_light_driver.');
    const profile = (flavorData: object) => admin.call('POST', '/lbaas/flavorprofiles', { flavorprofile: { name: 'light', provider_name: 'amphora', flavor_data: JSON.stringify(flavorData) } });
    expect((await profile({ compute_driver: 'compute_nova_driver' })).text).toContain("is not one of ['compute_noop_driver', 'compute_light_driver']");
    expect((await profile({ compute_driver: 'compute_light_driver', compute_flavor: 'm1.small' })).text).toContain('m1.small');
    const made = JSON.parse((await profile({ compute_driver: 'compute_light_driver' })).text) as { flavorprofile: { id: string } };
    flavorId = (await admin.object('POST', '/lbaas/flavors', { flavor: { name: 'light', flavor_profile_id: made.flavorprofile.id } })).id;
  });

  it('a pair comes up on two hosts, serves a member on another network, outlives its hosts\' services and a host, and leaves nothing', async () => {
    const { id, vip, ms } = await create({ name: 'pair' });
    figures.push(`light pool: ACTIVE_STANDBY load balancer created to ACTIVE in ${Math.round(ms)} ms`);
    expect(await hostsOfAmphorae()).toEqual(['light-2', 'light-3']);
    for (const port of await portsOf('device_owner=compute:light')) expect(port).toMatchObject({ status: 'ACTIVE', 'binding:vif_type': 'bridge' });
    const listener = (await admin.object('POST', '/lbaas/listeners', { listener: { loadbalancer_id: id, protocol: 'HTTP', protocol_port: 80 } })).id;
    await settled(id);
    const pool = (await admin.object('POST', '/lbaas/pools', { pool: { listener_id: listener, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' } })).id;
    await settled(id);
    await admin.object('POST', `/lbaas/pools/${pool}/members`, { member: { address: memberAddress, protocol_port: 80, subnet_id: memberSubnet } });
    await settled(id);
    await until('the VIP serves', async () => (await curl(vip)) === 'served by the member', 30_000);

    for (const machine of machines) await machine.restartService();
    expect(await curl(vip)).toBe('served by the member');
    expect((await everyNamespace()).length).toBe(2);

    const [first, second] = machines;
    const before = await amphoraPorts();
    await first.cutPower();
    const cutAt = performance.now();
    await until('the VIP serves from the other host', async () => (await curl(vip)) === 'served by the member', 30_000);
    figures.push(`light pool: VIP answers ${Math.round(performance.now() - cutAt)} ms after the power of a host was cut`);
    await until('the lost amphora is replaced', async () => (await second.namespaces()).length === 2, 120_000);
    await settled(id);
    expect(await hostsOfAmphorae()).not.toContain('light-2');
    expect((await amphoraPorts()).length).toBe(before.length);
    expect(await curl(vip)).toBe('served by the member');

    await first.start();
    await remove(id);
    expect(await amphoraPorts()).toEqual([]);
    expect(await everyNamespace()).toEqual([]);
  });

  it('amphorae that nobody knows are removed from their host after the grace', async () => {
    const stray = 'dddddddd-0000-4000-8000-000000000001';
    const [first] = machines;
    const body = JSON.stringify({ load_balancer_id: null, compute_flavor: null, files: strayFiles(world.directory) });
    writeFileSync(join(world.directory, 'stray.json'), body);
    await run('curl', [
      '-sf', '-X', 'PUT', '--cacert', join(world.directory, 'ca.pem'), '--cert', join(world.directory, 'client.pem'), '--connect-to', `light-2:${HOST_PORT}:${first.address}:${HOST_PORT}`,
      '-H', 'content-type: application/json', '-d', `@${join(world.directory, 'stray.json')}`, `https://light-2:${HOST_PORT}/1.0/amphorae/${stray}`,
    ]);
    expect(await first.namespaces()).toContain(`octavia-${stray}`);
    await until('it is gone', async () => !(await first.namespaces()).includes(`octavia-${stray}`), 60_000);
    await expect(run('curl', ['-sf', '--cacert', join(world.directory, 'ca.pem'), '--connect-to', `light-2:${HOST_PORT}:${first.address}:${HOST_PORT}`, `https://light-2:${HOST_PORT}/1.0/facts`])).rejects.toThrow();
  });

  it('without a host the failure says why, and the load balancer comes up when there is one again', async () => {
    for (const machine of machines) await machine.cutPower();
    const { id } = await admin.object('POST', '/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: vipSubnet, flavor_id: flavorId } });
    await until('the reason is told', async () => /No host of the light pool takes amphora .*light-2 does not answer/.test(daemons[1]?.printed() ?? ''), 60_000);
    await Promise.all(machines.map((machine) => machine.start()));
    await until('it is ACTIVE', async () => (await admin.object('GET', `/lbaas/loadbalancers/${id}`)).provisioning_status === 'ACTIVE', 120_000);
    await remove(id);
    expect(await everyNamespace()).toEqual([]);
  });
});

/** What agents trust, what controllers show, and a certificate for each host by the command that operators use. */
async function writeCertificates(directory: string, configFile: string): Promise<void> {
  const read = (name: string) => readFileSync(join(directory, name), 'utf8');
  const authority = await loadAuthority(read('ca.pem'), read('ca.key'), { passphrase: 'interop' });
  const { certificatePem, privateKeyPem } = await authority.issue('controller', 86_400);
  writeFileSync(join(directory, 'client.pem'), certificatePem + privateKeyPem);
  for (const number of [2, 3]) {
    await run(join(projectRoot, 'octavia'), ['certificates', 'light-host', `light-${number}`, '--config-file', configFile, '--output', join(directory, `light-${number}.pem`)], { timeoutMs: 60_000 });
  }
}

/** As much as an agent needs to start. */
function strayFiles(directory: string): Record<string, string> {
  return {
    '/etc/octavia/amphora-agent.conf': '[amphora_agent]\namphora_id = dddddddd-0000-4000-8000-000000000001\nagent_server_ca = /etc/octavia/certs/client_ca.pem\nagent_server_cert = /etc/octavia/certs/server.pem\n',
    '/etc/octavia/certs/client_ca.pem': readFileSync(join(directory, 'ca.pem'), 'utf8'),
    '/etc/octavia/certs/server.pem': readFileSync(join(directory, 'light-2.pem'), 'utf8'),
  };
}
