import type { Config } from '../../config/config.ts';
import { reasonOf } from '../../lib/errors.ts';
import { openCloud, type Cloud } from '../../openstack/cloud.ts';
import { numberOf, objectOf, objectsOf, textOf, type JsonObject } from '../../openstack/json.ts';
import { createConfiguredSession } from '../../openstack/keystone/configured-session.ts';
import type { KeystoneSession } from '../../openstack/keystone/keystone-session.ts';
import { createKeystoneTokenValidator } from '../../openstack/keystone/keystone-token-validator.ts';
import { ServiceFailure } from '../../openstack/keystone/service-failure.ts';
import { checkComputeQuota, checkNetworkQuota } from './check-quota.ts';
import { failure, note, ok, type Finding } from './finding.ts';

/** Each service of the cloud as its group of octavia.conf finds it, and everything that octavia.conf names there. */
export async function checkCloud(config: Config): Promise<readonly Finding[]> {
  const { compute_driver: compute, network_driver: network } = config.controller_worker;
  const usesCloud = compute === 'compute_nova_driver' || network === 'allowed_address_pairs_driver' || /^(barbican|castellan)/.test(config.certificates.cert_manager);
  const findings: Finding[] = [];
  if (config.api_settings.auth_strategy === 'keystone') findings.push(await checkTokens(config));
  if (!usesCloud) return findings;
  const session = await openSession(config);
  if ('result' in session) return [...findings, session];
  const cloud = openCloud(config);
  try {
    const { projectId } = await session.identity();
    findings.push(ok('identity', '[service_auth]', `logged in to project ${projectId ?? 'none'}`), await checkEndpoint(session, config));
    if (network === 'allowed_address_pairs_driver') findings.push(...(await look('network', 'Neutron', () => checkNetworks(cloud, config, projectId))));
    if (compute === 'compute_nova_driver') findings.push(...(await look('compute', 'Nova', () => checkCompute(cloud, config))));
    findings.push(...(await checkKeyManager(cloud, config)));
    return findings;
  } finally {
    await Promise.all([cloud.close(), session.close()]);
  }
}

async function openSession(config: Config): Promise<KeystoneSession | Finding> {
  try {
    const session = createConfiguredSession(config, 'service_auth');
    await session.token();
    return session;
  } catch (error) {
    return failure('identity', '[service_auth]', reasonOf(error), 'correct auth_url, username, password, project_name and domains of [service_auth]; the user needs a role in that project (octavia bootstrap gives it)');
  }
}

/** The API's own account, on a token of its own. */
async function checkTokens(config: Config): Promise<Finding> {
  const what = '[keystone_authtoken]';
  let session: KeystoneSession | null = null;
  try {
    session = createConfiguredSession(config, 'keystone_authtoken');
    const token = await session.token();
    if (token !== null && (await createKeystoneTokenValidator(session).validate(token)) === null) return failure('identity', what, 'Keystone does not know its own token', 'look into the log of Keystone');
    return ok('identity', what, 'tokens can be checked');
  } catch (error) {
    return failure('identity', what, reasonOf(error), 'correct auth_url, username, password and project_name of [keystone_authtoken]; to check tokens the user needs the role admin or service');
  } finally {
    await session?.close();
  }
}

async function checkEndpoint(session: KeystoneSession, config: Config): Promise<Finding> {
  const address = { service: 'Octavia', serviceTypes: ['load-balancer'], region: config.nova.region_name };
  try {
    const url = await session.endpoint(address);
    await session.request(address, { method: 'GET', path: '/', accept: [300, 401] });
    return ok('identity', 'endpoint of load balancing', url);
  } catch (error) {
    return note('identity', 'endpoint of load balancing', reasonOf(error), 'start octavia-api, and see that the catalog leads to it (openstack endpoint list --service load-balancer; octavia bootstrap --api-url)');
  }
}

/** What a look at one thing says; a failure of the call is told with its own fix. */
async function look(area: string, what: string, check: () => Promise<Finding | readonly Finding[]>, fix?: string): Promise<readonly Finding[]> {
  try {
    const found = await check();
    return 'result' in found ? [found] : found;
  } catch (error) {
    return [failure(area, what, reasonOf(error), fix ?? fixFor(error))];
  }
}

function fixFor(error: unknown): string {
  if (!(error instanceof ServiceFailure)) return 'correct what octavia.conf names';
  if (error.status === null) return 'see that the service runs, that its region, endpoint_type or endpoint_override in octavia.conf is right (openstack catalog list), and that this host reaches it';
  if (error.status === 401 || error.status === 403) return 'give the user of [service_auth] the role admin in its project, or have the policy of that service allow the call (octavia bootstrap grants it)';
  return error.status >= 500 ? 'look into the log of that service, under the request id in parentheses' : 'correct what octavia.conf names';
}

const NEEDED_EXTENSIONS = ['security-group', 'allowed-address-pairs'];
const USEFUL_EXTENSIONS = ['qos', 'project-id'];

async function checkNetworks(cloud: Cloud, config: Config, projectId: string | null): Promise<readonly Finding[]> {
  const neutron = cloud.service('neutron');
  const reachable = await look('network', 'Neutron', async () => {
    const aliases = (await neutron.list('/extensions', 'extensions')).flatMap(({ alias }) => textOf(alias) ?? []);
    const missing = NEEDED_EXTENSIONS.filter((name) => !aliases.includes(name));
    if (missing.length > 0) return failure('network', 'Neutron', `lacks the extensions ${missing.join(', ')}`, 'enable port security and allowed address pairs in Neutron (ml2 plug-in)');
    const lacking = USEFUL_EXTENSIONS.filter((name) => !aliases.includes(name));
    return lacking.length === 0 ? ok('network', 'Neutron', 'has the extensions needed') : note('network', 'Neutron', `without ${lacking.join(', ')}`);
  });
  if (reachable.some(({ result }) => result === 'failure')) return reachable;
  const { amp_boot_network_list: networks, amp_secgroup_list: groups } = config.controller_worker;
  const found = [...reachable];
  if (networks.length === 0) found.push(failure('network', 'amp_boot_network_list', 'names no network', 'octavia bootstrap makes one and names it'));
  for (const id of networks) found.push(...(await look('network', `network ${id}`, async () => checkNetwork(id, await neutron.object('GET', `/networks/${id}`, 'network', { accept: [404] })))));
  if (groups.length === 0) found.push(note('network', 'amp_secgroup_list', 'names no security group: amphorae get the default one of the project', 'octavia bootstrap makes one'));
  else found.push(...(await look('network', 'amp_secgroup_list', async () => checkGroups(config, await Promise.all(groups.map((id) => neutron.object('GET', `/security-groups/${id}`, 'security_group', { accept: [404] }))), groups))));
  if (projectId !== null) found.push(...(await look('quota', 'Neutron', () => checkNetworkQuota(neutron, projectId))));
  return found;
}

function checkNetwork(id: string, network: JsonObject | null): Finding {
  const what = `network ${id}`;
  if (network === null) return failure('network', what, 'does not exist, or the user of [service_auth] may not see it', '[controller_worker] amp_boot_network_list = ID of the management network');
  if (network['admin_state_up'] !== true) return failure('network', what, 'is disabled', `openstack network set --enable ${id}`);
  if (!Array.isArray(network['subnets']) || network['subnets'].length === 0) return failure('network', what, 'has no subnet', `openstack subnet create --network ${id} --subnet-range CIDR lb-mgmt-subnet`);
  if (!('provider:network_type' in network)) return note('network', what, 'is there, but Neutron does not treat [service_auth] as its administrator: ports of other projects cannot be made', 'give the user the role admin in its project');
  return ok('network', what, textOf(network['name']) ?? id);
}

/** Controllers must reach the agents' port. */
function checkGroups(config: Config, groups: readonly (JsonObject | null)[], ids: readonly string[]): Finding {
  const missing = ids.filter((_id, index) => groups[index] === null);
  const port = config.haproxy_amphora.bind_port;
  if (missing.length > 0) return failure('network', 'amp_secgroup_list', `${missing.join(', ')} does not exist`, '[controller_worker] amp_secgroup_list = ID of lb-mgmt-sec-grp (octavia bootstrap makes it)');
  const isOpen = groups.flatMap((group) => objectsOf(group?.['security_group_rules'])).some((rule) => {
    const [from, to] = [numberOf(rule['port_range_min']), numberOf(rule['port_range_max'])];
    return rule['direction'] === 'ingress' && (rule['protocol'] === 'tcp' || rule['protocol'] === '6' || rule['protocol'] === null) && (from === null || from <= port) && (to === null || to >= port);
  });
  if (isOpen) return ok('network', 'amp_secgroup_list', `lets tcp ${port} in`);
  return failure('network', 'amp_secgroup_list', `lets no tcp ${port} in: controllers cannot reach agents`, `openstack security group rule create --protocol tcp --dst-port ${port} ${ids[0] ?? ''}`);
}

async function checkCompute(cloud: Cloud, config: Config): Promise<readonly Finding[]> {
  const nova = cloud.service('nova');
  const { amp_flavor_id: flavor, amp_ssh_key_name: key, amp_image_tag: tag, amp_image_owner_id: owner, image_driver: images } = config.controller_worker;
  const reachable = await look('compute', 'Nova', async () => {
    await nova.send('GET', '/servers', { query: { all_tenants: 1, limit: 1 } });
    return ok('compute', 'Nova', 'answers, and lets us see all servers');
  });
  const compute = reachable.some(({ result }) => result === 'failure') ? [] : [
    ...(await look('compute', `flavor ${flavor}`, async () => {
      const found = flavor === '' ? null : await nova.object('GET', `/flavors/${encodeURIComponent(flavor)}`, 'flavor', { accept: [404] });
      if (found === null) return failure('compute', `flavor ${flavor}`, 'does not exist, or the project may not use it', '[controller_worker] amp_flavor_id = ID of a flavor (octavia bootstrap makes one); openstack flavor set --project');
      return ok('compute', `flavor ${flavor}`, `${String(found['vcpus'])} vCPU, ${String(found['ram'])} MiB, ${String(found['disk'])} GiB`);
    })),
    ...(key === '' ? [] : await look('compute', `key pair ${key}`, async () => {
      const found = await nova.object('GET', `/os-keypairs/${encodeURIComponent(key)}`, 'keypair', { accept: [404] });
      return found === null ? failure('compute', `key pair ${key}`, 'the user of [service_auth] has none of that name: Nova refuses every amphora', 'octavia bootstrap makes it, or empty [controller_worker] amp_ssh_key_name') : ok('compute', `key pair ${key}`, 'is there');
    })),
    ...(await look('quota', 'Nova', () => checkComputeQuota(nova, config))),
  ];
  const image = images === 'image_noop_driver' ? [] : await look('image', `tag ${tag}`, () => checkImage(cloud, tag, owner));
  const volume = config.controller_worker.volume_driver === 'volume_cinder_driver' ? await look('volume', 'Cinder', async () => {
    await cloud.service('cinder').send('GET', '/limits');
    return ok('volume', 'Cinder', 'answers');
  }) : [];
  return [...reachable, ...compute, ...image, ...volume];
}

async function checkImage(cloud: Cloud, tag: string, owner: string): Promise<Finding> {
  const query = { status: 'active', owner: owner === '' ? null : owner, limit: 2, tag, sort: 'created_at:desc' };
  const [found, second] = objectsOf(objectOf((await cloud.service('glance').send('GET', '/images', { query })).body)['images']);
  if (found === undefined) return failure('image', `tag ${tag}`, `no active image${owner === '' ? '' : ` of project ${owner}`} has it`, 'octavia image build makes one, octavia bootstrap --image FILE uploads it');
  const detail = `${String(found['id'])} (${String(found['name'])})${second === undefined ? '' : ', the newest of several'}`;
  return owner === '' ? note('image', `tag ${tag}`, `${detail}; anybody may tag another one`, '[controller_worker] amp_image_owner_id = ID of the project that owns it') : ok('image', `tag ${tag}`, detail);
}

async function checkKeyManager(cloud: Cloud, { certificates: { cert_manager: manager } }: Config): Promise<readonly Finding[]> {
  if (manager !== 'barbican_cert_manager' && manager !== 'castellan_cert_manager') return [];
  return look('key manager', 'Barbican', async () => {
    await cloud.service(manager === 'barbican_cert_manager' ? 'barbican' : 'castellan').send('GET', '/secrets', { query: { limit: 1 } });
    return ok('key manager', 'Barbican', 'answers');
  }, 'see that Barbican runs and that the user of [service_auth] has the role creator or admin; without Barbican TERMINATED_HTTPS listeners cannot be made: [api_settings] allow_tls_terminated_listeners = False');
}
