import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAuthority } from '../../src/drivers/certs/authority.ts';
import { freePort } from '../../src/lib/testing/free-port.ts';
import { callerOf, type Caller } from '../interop/rest.ts';
import { openWorld, type World } from '../interop/world.ts';
import { until } from '../harness/until.ts';
import { startKeystone, type Keystone } from '../services/keystone.ts';
import { PASSWORD } from '../services/keystone-directory.ts';
import { createOurSchema } from '../services/octavia-processes.ts';
import { startOpenStack, type OpenStackServices } from '../services/openstack/start-openstack.ts';
import { createAmphorae, type Amphorae } from './amphorae.ts';

/** A whole cloud: the real services with Octavia's processes on top, and our agents in its servers. */
export interface OpenStackWorld {
  readonly world: World;
  readonly keystone: Keystone;
  readonly cloud: OpenStackServices;
  readonly amphorae: Amphorae;
  readonly apiUrl: string;
  /** `[database] connection` of Octavia. */
  readonly database: string;
  /** What octavia.conf says of this cloud, for another Octavia on it. */
  readonly options: Options;
  /** As a member of project demo. Throws unless it is a success. */
  call(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
  asAdmin(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
  /** Makes a load balancer of the member's. */
  create(fields: object): Promise<LoadBalancer>;
  /** Deletes it with all it has, and waits until nothing of it is left anywhere. */
  remove(id: string): Promise<void>;
  /** Looks until the load balancer has one of these statuses (or is gone, for DELETED); returns the one it has. */
  settled(id: string, ...statuses: readonly string[]): Promise<string>;
  /** Everything in the cloud that a load balancer could have left, by kind. */
  leftovers(): Promise<Readonly<Record<string, readonly string[]>>>;
  workerLog(): string;
  /** Ends Octavia's processes; the cloud stays. */
  stopOctavia(): Promise<void>;
  stop(): Promise<void>;
}

export interface LoadBalancer { readonly id: string; readonly vip_address: string; readonly vip_port_id: string; readonly additional_vips: readonly { readonly ip_address: string }[] }

export const NOTHING = { ports: [], groups: [], servers: [], serverGroups: [] };

export type Options = Readonly<Record<string, Readonly<Record<string, string | number>>>>;

/** `interfacesAtBoot`: see CloudKind. */
export async function openOpenStackWorld(more: Options = {}, { interfacesAtBoot = true } = {}): Promise<OpenStackWorld> {
  const world = await openWorld();
  try {
    return await furnish(world, more, interfacesAtBoot);
  } catch (error) {
    await world.stop();
    throw error;
  }
}

async function furnish(world: World, more: Options, interfacesAtBoot: boolean): Promise<OpenStackWorld> {
  const newDatabase = () => world.mariaDb.newDatabase();
  const keystone = await startKeystone(world.directory, await newDatabase());
  world.onStop('Keystone', () => keystone.stop());
  const cloud = await startOpenStack({ directory: world.directory, keystoneUrl: keystone.url, transportUrl: world.transportUrl, newDatabase, onStop: (name, stop) => world.onStop(name, stop) }, keystone, { interfacesAtBoot });
  const amphorae = createAmphorae(join(world.directory, 'amphorae'), 'lb-mgmt');
  world.onStop('amphorae', () => amphorae.stop());
  cloud.proxy.onAnswer = (call) => amphorae.see(call);
  const apiPort = await freePort();
  const options = merged(cloudOptions(world, keystone, cloud), more);
  const database = await newDatabase();
  const configFile = world.conf('octavia', {
    database, apiPort, keystone: { url: keystone.url, user: 'octavia', password: PASSWORD }, more: options,
  });
  await writeClientCertificate(world.directory);
  await createOurSchema(configFile);
  const daemons = await Promise.all((['api', 'worker', 'health-manager'] as const).map((name) => world.start(name, configFile)));
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const member = callerOf(apiUrl, { 'x-auth-token': await keystone.token('member') });
  const administrator = callerOf(apiUrl, { 'x-auth-token': await keystone.token('admin') });
  const adminToken = await keystone.token('admin');
  const callAs = (caller: Caller) => async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const answer = await caller.call(method, path, body);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.text === '' ? {} : (JSON.parse(answer.text) as Record<string, unknown>);
  };
  const call = callAs(member);
  const leftovers = () => listLeftovers(cloud, adminToken);
  const settled = async (id: string, ...statuses: readonly string[]): Promise<string> => {
    let status = '';
    await until(`load balancer ${id} is ${statuses.join(' or ')}`, async () => {
      const answer = await member.call('GET', `/lbaas/loadbalancers/${id}`);
      status = answer.status === 404 ? 'DELETED' : (JSON.parse(answer.text) as { loadbalancer: { provisioning_status: string } }).loadbalancer.provisioning_status;
      return statuses.includes(status);
    }, 150_000);
    return status;
  };
  return {
    world, keystone, cloud, amphorae, apiUrl, database, options, call, settled, leftovers,
    asAdmin: callAs(administrator),
    create: async (fields) => (await call('POST', '/lbaas/loadbalancers', { loadbalancer: fields }))['loadbalancer'] as LoadBalancer,
    async remove(id) {
      await call('DELETE', `/lbaas/loadbalancers/${id}?cascade=true`);
      await settled(id, 'DELETED');
      let left: object = {};
      // Nova deletes servers after it has answered.
      await until('nothing is left', async () => JSON.stringify(left = await leftovers()) === JSON.stringify(NOTHING), 60_000).catch((error: unknown) => {
        throw new Error(`${String(error)}: ${JSON.stringify(left)}`);
      });
    },
    workerLog: () => daemons[1]?.printed() ?? '',
    async stopOctavia() {
      for (const daemon of daemons) await daemon.stop();
    },
    stop: () => world.stop(),
  };
}

function cloudOptions(world: World, keystone: Keystone, { objects }: OpenStackServices): Options {
  return {
    controller_worker: {
      amphora_driver: 'amphora_haproxy_rest_driver', compute_driver: 'compute_nova_driver', network_driver: 'allowed_address_pairs_driver', image_driver: 'image_glance_driver',
      amp_boot_network_list: objects.managementNetwork, amp_secgroup_list: objects.managementGroup, amp_flavor_id: objects.flavor, amp_image_tag: 'amphora',
      amp_image_owner_id: keystone.directory.projects['service'] ?? '', loadbalancer_topology: 'SINGLE', amp_active_wait_sec: 1, amp_active_retries: 120,
    },
    certificates: { cert_manager: 'barbican_cert_manager', region_name: 'RegionOne' },
    nova: { region_name: 'RegionOne', enable_anti_affinity: 'True' },
    glance: { region_name: 'RegionOne' },
    neutron: { region_name: 'RegionTwo' },
    // Answers that a test keeps back must be given up before its own patience ends.
    service_auth: { timeout: 25 },
    haproxy_amphora: { client_cert: join(world.directory, 'client.pem'), server_ca: join(world.directory, 'ca.pem'), connection_max_retries: 60, connection_retry_interval: 1 },
  };
}

function merged(one: Options, other: Options): Options {
  const groups = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...groups].map((group) => [group, { ...one[group], ...other[group] }]));
}

/** What Octavia shows its agents, from the authority of the test's octavia.conf. */
async function writeClientCertificate(directory: string): Promise<void> {
  const read = (name: string) => readFileSync(join(directory, name), 'utf8');
  const authority = await loadAuthority(read('ca.pem'), read('ca.key'), { passphrase: 'interop' });
  const { certificatePem, privateKeyPem } = await authority.issue('controller', 86_400);
  writeFileSync(join(directory, 'client.pem'), certificatePem + privateKeyPem);
}

async function listLeftovers({ urls }: OpenStackServices, token: string): Promise<Record<string, readonly string[]>> {
  const list = async (url: string, key: string): Promise<Record<string, unknown>[]> => {
    const response = await fetch(url, { headers: { 'x-auth-token': token } });
    return ((await response.json()) as Record<string, Record<string, unknown>[]>)[key] ?? [];
  };
  const [ports, groups, servers, serverGroups] = await Promise.all([
    list(`${urls.neutron}/v2.0/ports`, 'ports'), list(`${urls.neutron}/v2.0/security-groups`, 'security_groups'),
    list(`${urls.nova}/servers?all_tenants=1`, 'servers'), list(`${urls.nova}/os-server-groups?all_projects=1`, 'server_groups'),
  ]);
  const names = (rows: readonly Record<string, unknown>[]) => rows.map((row) => String(row['name'] || row['id']));
  return { ports: names(ports), groups: names(groups).filter((name) => name.startsWith('lb-') && name !== 'lb-mgmt'), servers: names(servers), serverGroups: names(serverGroups) };
}
