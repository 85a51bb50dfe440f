import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthenticator } from '../../src/api/auth/create-authenticator.ts';
import { createApi } from '../../src/api/create-api.ts';
import { createPolicyEnforcer } from '../../src/api/policy/create-policy-enforcer.ts';
import { createInProcessBus } from '../../src/bus/in-process-bus.ts';
import type { ConfigOverrides } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createAuthority } from '../../src/drivers/certs/authority.ts';
import { createFakeNeutron } from '../../src/drivers/network/neutron/testing/fake-neutron.ts';
import { createHealthManager } from '../../src/health/health-manager.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { run } from '../../src/lib/run.ts';
import { freePort } from '../../src/lib/testing/free-port.ts';
import { startScriptedCloud, type Script } from '../../src/openstack/testing/scripted-cloud.ts';
import { chooseAmphoraClients, chooseCertGenerator } from '../../src/processes/services/amphora-access.ts';
import { openDrivers } from '../../src/processes/services/drivers.ts';
import { createStopList } from '../../src/processes/stop-list.ts';
import { loadProviders } from '../../src/providers/load-providers.ts';
import { openStore } from '../../src/store/open-store.ts';
import { upgradeHead } from '../../src/store/schema/migrate.ts';
import { createLogger, silentLogger } from '../../src/telemetry/logger.ts';
import { createWorker } from '../../src/worker/create-worker.ts';
import { until } from '../harness/until.ts';
import { callerOf, type Caller } from '../interop/rest.ts';
import { addressOf, createLightMachine, type LightMachine } from '../openstack/light-hosts.ts';

const CONTROLLER = '10.255.0.1';
const NETWORK = 'cccccccc-0000-4000-8000-000000000001';
const SUBNET = 'cccccccc-0000-4000-8000-000000000002';
const MEMBER = '10.0.0.250';

describe('a light pool of two hosts; Neutron and its L2 agents are played', { timeout: 600_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'octavia-pool-'));
  const file = (name: string) => join(directory, name);
  const stops = createStopList(silentLogger);
  const neutron = createFakeNeutron();
  const lines: string[] = [];
  const figures: string[] = [];
  let machines: readonly [LightMachine, LightMachine];
  let api: Caller;
  let flavorId = '';

  const curl = async (vip: string, seconds = 1): Promise<string> => (await run('sh', ['-c', 'ip netns exec client curl -s -m "$2" "http://$1/" || true', 'sh', vip, String(seconds)])).stdout;
  /** At the first attempt, however slow the machine is. */
  const serves = async (vip: string) => expect(await curl(vip, 10)).toBe('served');
  const everyNamespace = async () => (await Promise.all(machines.map((machine) => machine.namespaces()))).map((names) => names.length);
  const amphoraPorts = () => neutron.rows.ports.filter(({ name }) => String(name).startsWith('octavia-lb-vrrp-'));
  const active = (id: string) => api.active(id, 60_000).catch((error: unknown) => { throw new Error(`${String(error)}\n${lines.slice(-15).join('')}`, { cause: error }); });

  beforeAll(async () => {
    stops.add('directory', () => rmSync(directory, { recursive: true, force: true }));
    await run('sh', ['-ec', `ip link add tunnels type bridge; ip address add ${CONTROLLER}/24 dev tunnels; ip link set tunnels up; ip link add web type bridge forward_delay 0; ip link set web up`]);
    for (const [name, address] of [['client', '10.0.0.240'], ['member', MEMBER]] as const) {
      await run('sh', ['-ec', `ip netns add ${name}; ip link add h-${name} master web up type veth peer name eth0 netns ${name}; ip -n ${name} address add ${address}/24 dev eth0; ip -n ${name} link set eth0 up; ip -n ${name} link set lo up`]);
    }
    writeFileSync(file('index.html'), 'served');
    await run('sh', ['-c', `ip netns exec member python3 -m http.server 80 --directory ${directory} >/dev/null 2>&1 &`]);
    neutron.add('networks', { id: NETWORK, name: 'web', mtu: 1442, subnets: [SUBNET], project_id: 'p' });
    neutron.add('subnets', { id: SUBNET, network_id: NETWORK, cidr: '10.0.0.0/24', ip_version: 4, gateway_ip: null, project_id: 'p' });
    const cloud = await startScriptedCloud(playAgents);
    stops.add('cloud', () => cloud.stop());
    await writeCertificates();

    const overrides = settings(cloud.url);
    const config = loadConfig({ env: {}, overrides });
    machines = [machineOf(2, overrides), machineOf(3, overrides)];
    await Promise.all(machines.map(startMachine));
    const log = createLogger({ name: 'test', debug: false, write: (line) => void lines.push(line) });
    const store = await openStore('sqlite://');
    stops.add('store', () => store.close());
    await upgradeHead(store);
    const bus = createInProcessBus();
    const drivers = openDrivers(config, { store, log });
    stops.add('drivers', () => drivers.close());
    const [network, compute, certManager, catalogue] = await Promise.all([drivers.network(), drivers.compute(), drivers.certManager(), drivers.catalogue()]);
    const clients = chooseAmphoraClients(config);
    stops.add('clients', () => clients.close());
    const worker = createWorker({ store, bus, config, log, network, compute, certManager, clients, clock: systemClock, certGenerator: chooseCertGenerator(config) });
    await worker.start();
    stops.add('worker', () => worker.stop(1000));
    const health = createHealthManager({ store, config, bus, compute, log });
    await health.start();
    stops.add('health', () => health.stop());
    const providers = await loadProviders({ config, certManager, log, services: { network, compute, ...catalogue }, configArguments: [] });
    const served = createApi({
      store, config, bus, log, network, certManager, clock: systemClock, providers: providers.registry, accessLogs: async () => null, failoverThreshold: () => 10,
      authenticator: createAuthenticator(config, { log }), policy: createPolicyEnforcer(config, { log, configDirs: [] }),
    });
    const port = await freePort();
    await served.listen({ host: '127.0.0.1', port });
    stops.add('api', () => served.close());
    api = callerOf(`http://127.0.0.1:${port}`, { 'x-project-id': 'p' });
  }, 120_000);
  afterAll(async () => {
    process.stdout.write(figures.map((line) => `${line}\n`).join(''));
    await stops.run();
  }, 60_000);

  /** Every port has a MAC of its own, is bound at once, and ACTIVE as soon as its host has plugged it and its bridge leads to the network. */
  let macs = 16;
  const playAgents: Script = async (call) => {
    const [, id] = /^\/neutron\/v2\.0\/ports\/([0-9a-f-]{36})$/.exec(call.url) ?? [];
    const port = neutron.rows.ports.find((row) => row.id === id);
    const change = (call.body as { port?: Record<string, unknown> } | null)?.port;
    if (call.method === 'POST' && change !== undefined) change['mac_address'] = `fa:16:3e:00:00:${(macs += 1).toString(16)}`;
    if (port !== undefined && change?.['binding:host_id'] !== undefined) port['binding:vif_type'] = 'bridge';
    if (port !== undefined && call.method === 'GET' && typeof port['binding:host_id'] === 'string' && port['status'] !== 'ACTIVE') await wire(port['binding:host_id'], port.id).then(() => (port['status'] = 'ACTIVE'));
    return neutron.script(call);
  };
  const wire = async (host: string, portId: string): Promise<void> => {
    const machine = machines.find(({ name }) => name === host);
    if (machine === undefined) throw new Error(`no host ${host}`);
    const bridge = `brq${NETWORK.slice(0, 11)}`;
    expect(await machine.inside(['ip', '-br', 'link', 'show', 'master', bridge])).toContain(`tap${portId.slice(0, 11)}`);
    const uplink = `w-${host}`;
    // One of before a power cut may linger on.
    const isLinked = (await machine.inside(['ip', '-br', 'link'])).includes('uplink@');
    if (!isLinked) await run('sh', ['-c', `ip link del ${uplink} 2>/dev/null; ip link add ${uplink} master web up type veth peer name uplink netns ${host}`]);
    await machine.inside(['ip', 'link', 'set', 'uplink', 'master', bridge, 'up']);
  };
  const startMachine = async (machine: LightMachine): Promise<void> => {
    await machine.boot();
    await machine.startService();
  };
  const machineOf = (number: number, overrides: ConfigOverrides): LightMachine => createLightMachine({
    number, directory, transportUrl: '', onStop: (name, stop) => stops.add(name, stop),
    configFile: (name, pool) => {
      const text = [['light_pool', pool] as const, ['controller_worker', { client_ca: overrides.controller_worker?.client_ca ?? '' }] as const]
        .map(([group, options]) => `[${group}]\n${Object.entries(options).map(([option, value]) => `${option} = ${value}\n`).join('')}`).join('');
      writeFileSync(file(`${name}.conf`), text);
      return file(`${name}.conf`);
    },
  });
  const settings = (cloudUrl: string): ConfigOverrides => ({
    api_settings: { auth_strategy: 'noauth' },
    service_auth: { auth_type: 'password', auth_url: `${cloudUrl}/keystone`, username: 'octavia', password: 'secret', project_name: 'service', default_domain_name: 'Default' },
    neutron: { region_name: 'One' },
    controller_worker: {
      client_ca: file('controllers.pem'), compute_driver: 'compute_noop_driver', network_driver: 'allowed_address_pairs_driver', image_driver: 'image_noop_driver', loadbalancer_topology: 'ACTIVE_STANDBY',
      event_notifications: false, sweep_interval_seconds: 1, amphora_delete_retry_interval: 1,
    },
    certificates: { cert_manager: 'local_cert_manager', ca_certificate: file('agents.pem'), ca_private_key: file('agents.key') },
    haproxy_amphora: { client_cert: file('client.pem'), server_ca: file('agents.pem'), connection_max_retries: 30, connection_retry_interval: 1 },
    health_manager: { bind_ip: CONTROLLER, controller_ip_port_list: [`${CONTROLLER}:5555`], heartbeat_key: 'key', heartbeat_interval: 1, heartbeat_timeout: 20, health_check_interval: 1 },
    light_pool: { hosts: [2, 3].map((number) => `light-${number}=${addressOf(number)}:9449@az${number}`), orphan_grace: 8 },
  });
  const writeCertificates = async (): Promise<void> => {
    const [agents, controllers] = [await createAuthority('agents', 36_000), await createAuthority('controllers', 36_000)];
    const issue = async (name: string, from: typeof agents) => {
      const { certificatePem, privateKeyPem } = await from.issue(name, 3600);
      writeFileSync(file(`${name}.pem`), certificatePem + privateKeyPem);
    };
    writeFileSync(file('agents.pem'), agents.certificatePem);
    writeFileSync(file('agents.key'), agents.privateKeyPem);
    writeFileSync(file('controllers.pem'), controllers.certificatePem);
    await issue('client', controllers);
    await Promise.all(['light-2', 'light-3'].map((name) => issue(name, agents)));
  };
  const create = async (fields: object = {}): Promise<{ id: string; vip: string; ms: number }> => {
    const began = performance.now();
    const made = await api.object('POST', '/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET, project_id: 'p', flavor_id: flavorId, ...fields } });
    await active(made.id);
    return { id: made.id, vip: String(made['vip_address']), ms: performance.now() - began };
  };
  const remove = async (id: string): Promise<void> => {
    await api.call('DELETE', `/lbaas/loadbalancers/${id}?cascade=true`);
    await api.gone(id);
  };

  it('a flavor chooses the pool', async () => {
    const profile = await api.object('POST', '/lbaas/flavorprofiles', { flavorprofile: { name: 'light', provider_name: 'amphora', flavor_data: '{"compute_driver": "compute_light_driver", "compute_flavor": "1x256"}' } });
    flavorId = (await api.object('POST', '/lbaas/flavors', { flavor: { name: 'light', flavor_profile_id: profile.id } })).id;
  });

  it('a pair is spread over both hosts, serves, outlives the services and the loss of a host, and leaves nothing', async () => {
    const { id, vip, ms } = await create();
    figures.push(`light pool: pair created to ACTIVE in ${Math.round(ms)} ms`);
    expect(amphoraPorts().map((port) => port['binding:host_id']).toSorted()).toEqual(['light-2', 'light-3']);
    expect(amphoraPorts().map((port) => port['device_owner']).toSorted()).toEqual(['compute:az2', 'compute:az3']);
    const again = await create();
    figures.push(`light pool: a second pair in ${Math.round(again.ms)} ms`);
    await remove(again.id);
    const listener = (await api.object('POST', '/lbaas/listeners', { listener: { loadbalancer_id: id, protocol: 'HTTP', protocol_port: 80 } })).id;
    await active(id);
    const pool = (await api.object('POST', '/lbaas/pools', { pool: { listener_id: listener, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' } })).id;
    await active(id);
    await api.object('POST', `/lbaas/pools/${pool}/members`, { member: { address: MEMBER, protocol_port: 80, subnet_id: SUBNET } });
    await active(id);
    await until('the VIP serves', async () => (await curl(vip)) === 'served');
    for (const machine of machines) {
      const [namespace = ''] = await machine.namespaces();
      expect((await machine.inside(['nft', 'list', 'ruleset'], namespace)).match(/meta l4proto tcp notrack/g)).toHaveLength(2);
    }

    for (const machine of machines) await machine.restartService();
    await serves(vip);
    expect(await everyNamespace()).toEqual([1, 1]);

    const [first, second] = machines;
    await first.cutPower();
    const cutAt = performance.now();
    await until('the other host serves', async () => (await curl(vip)) === 'served');
    figures.push(`light pool: VIP answers ${Math.round(performance.now() - cutAt)} ms after a host lost its power`);
    const hosts = () => amphoraPorts().map((port) => port['binding:host_id']).join();
    await until('the lost amphora is replaced', async () => hosts() === 'light-3,light-3' && (await second.namespaces()).length === 2, 180_000);
    await active(id);
    await serves(vip);

    await startMachine(first);
    await remove(id);
    expect([amphoraPorts(), await everyNamespace()]).toEqual([[], [0, 0]]);
    await until('the host that was away has nothing left', async () => (await first.inside(['ls', file('light-2/amphorae/amphorae')])).trim() === '');
  });

  it('an amphora that nobody knows is removed after the grace, and strangers are not let in', async () => {
    const [first] = machines;
    const id = 'dddddddd-0000-4000-8000-000000000001';
    const files = {
      '/etc/octavia/amphora-agent.conf': `[amphora_agent]\namphora_id = ${id}\nagent_server_ca = /etc/octavia/certs/client_ca.pem\nagent_server_cert = /etc/octavia/certs/server.pem\n`,
      '/etc/octavia/certs/client_ca.pem': readFileSync(file('controllers.pem'), 'utf8'), '/etc/octavia/certs/server.pem': readFileSync(file('light-2.pem'), 'utf8'),
    };
    writeFileSync(file('stray.json'), JSON.stringify({ load_balancer_id: null, compute_flavor: null, files }));
    const ask = (cert: string, ...more: string[]) => run('curl', ['-sf', '--cacert', file('agents.pem'), '--cert', file(cert), '--connect-to', `light-2:9449:${first.address}:9449`, ...more]);
    await ask('client.pem', '-X', 'PUT', '-d', `@${file('stray.json')}`, `https://light-2:9449/1.0/amphorae/${id}`);
    expect(await first.namespaces()).toEqual([`octavia-${id}`]);
    await until('it is gone', async () => (await first.namespaces()).length === 0, 90_000);
    await expect(ask('light-3.pem', 'https://light-2:9449/1.0/facts')).rejects.toThrow();
  });

  it('without a host the failure says why of each, and the load balancer comes up when there are hosts again', async () => {
    for (const machine of machines) await machine.cutPower();
    const { id } = await api.object('POST', '/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET, project_id: 'p', flavor_id: flavorId } });
    await until('the reason is told', async () => lines.some((line) => /No host of the light pool takes amphora .*light-2 does not answer.*light-3 does not answer/.test(line)), 90_000);
    await Promise.all(machines.map(startMachine));
    await until('it is ACTIVE', async () => (await api.object('GET', `/lbaas/loadbalancers/${id}`)).provisioning_status === 'ACTIVE', 180_000);
    await remove(id);
    expect(await everyNamespace()).toEqual([0, 0]);
  });
});
