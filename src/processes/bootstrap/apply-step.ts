import { createReadStream, existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { objectOf, textOf, type JsonObject } from '../../openstack/json.ts';
import type { ServiceClient } from '../../openstack/service-client.ts';
import { reasonOf } from '../../lib/errors.ts';
import { replaceFile } from '../../lib/replace-file.ts';
import { ensureCertificates } from '../certificates/certificates-command.ts';
import { shareWithGroup } from '../certificates/share-with-group.ts';
import { BootstrapRefused } from './bootstrap-refused.ts';
import type { CloudServices } from './cloud-services.ts';
import { certificatePaths, knownPassword, optionsToSet, type ConfiguredIds, type Setting } from './configuration.ts';
import { setOptions } from './edit-ini.ts';
import { decodePort, DIGEST_PROPERTY } from './observe-cloud.ts';
import type { Step } from './plan.ts';
import type { Present, PresentPort } from './present.ts';
import { createSshKey, sshPublicKey } from './ssh-key.ts';
import { GROUP_NAMES, portName, type GroupName, type Wanted } from './wanted.ts';

/** Ids of what is there and of what was made since. */
export interface Known {
  readonly ids: Map<'project' | 'user' | 'service' | 'network' | 'subnet' | 'flavor' | GroupName, string>;
  readonly roles: Map<string, string>;
  readonly ports: Map<string, PresentPort>;
}

export function knownFrom(present: Present): Known {
  const { projectId, user, serviceId, network, subnet, flavor, groups } = present;
  const found = { project: projectId, user: user?.id, service: serviceId, network: network?.id, subnet: subnet?.id, flavor: flavor?.id, amphora: groups.amphora?.id, health: groups.health?.id };
  const ids: Known['ids'] = new Map();
  for (const name of ['project', 'user', 'service', 'network', 'subnet', 'flavor', 'amphora', 'health'] as const) {
    const id = found[name];
    if (id !== null && id !== undefined) ids.set(name, id);
  }
  return { ids, roles: new Map(present.roles), ports: new Map(present.ports) };
}

/** What the configuration is to name. */
export function configuredIds({ controllers }: Wanted, { ids, ports }: Known): ConfiguredIds {
  const id = (name: Parameters<typeof ids.get>[0]): string => ids.get(name) ?? '';
  return { project: id('project'), network: id('network'), amphoraGroup: id('amphora'), flavor: id('flavor'), addresses: controllers.flatMap((controller) => ports.get(controller)?.address ?? []) };
}

export interface ApplyContext {
  readonly services: CloudServices;
  readonly wanted: Wanted;
  readonly present: Present;
  readonly known: Known;
}

/** Does one step and remembers its id. Throws what the service says. */
export async function applyStep(step: Step, context: ApplyContext): Promise<void> {
  switch (step.kind) {
    case 'secrets': return writeOptions(context.wanted, step.settings);
    case 'configuration': return writeConfiguration(context);
    case 'certificates': return void (await ensureCertificates(certificatePaths(context.wanted).directory));
    case 'project': case 'user': case 'password': case 'role': case 'grant': case 'service': case 'endpoint': case 'endpoint-url': return applyIdentity(step, context);
    case 'network': case 'subnet': case 'group': case 'rule': case 'port': return applyNetwork(step, context);
    case 'key-pair': case 'flavor': case 'flavor-access': return applyCompute(step, context);
    case 'image': return uploadImage(step, context);
    case 'image-properties': return addProperties(step, context.services.glance);
    default: return step satisfies never;
  }
}

type IdentityStep = Extract<Step, { kind: 'project' | 'user' | 'password' | 'role' | 'grant' | 'service' | 'endpoint' | 'endpoint-url' }>;

async function applyIdentity(step: IdentityStep, { services: { keystone }, wanted, present, known }: ApplyContext): Promise<void> {
  const id = (name: 'project' | 'user' | 'service'): string => known.ids.get(name) ?? '';
  const made = async (kind: string, body: object): Promise<string> => idOf(await keystone.object('POST', `/${kind}s`, kind, { body: { [kind]: body } }));
  switch (step.kind) {
    case 'project': return void known.ids.set('project', await made('project', { name: wanted.project, domain_id: present.domainId, description: 'Services of the cloud' }));
    case 'user': return void known.ids.set('user', await made('user', { name: wanted.user, domain_id: present.domainId, default_project_id: id('project'), password: await passwordOf(wanted) }));
    case 'password': return void (await keystone.send('PATCH', `/users/${id('user')}`, { body: { user: { password: await passwordOf(wanted) } } }));
    case 'role': return void known.roles.set(step.name, await made('role', { name: step.name }));
    case 'grant': return void (await keystone.send('PUT', `/projects/${id('project')}/users/${id('user')}/roles/${known.roles.get(step.role)}`));
    case 'service': return void known.ids.set('service', await made('service', { name: 'octavia', type: 'load-balancer', description: 'Load balancing' }));
    case 'endpoint': return void (await made('endpoint', { service_id: id('service'), interface: step.interface, url: step.url, region_id: wanted.region }));
    case 'endpoint-url': return void (await keystone.send('PATCH', `/endpoints/${step.id}`, { body: { endpoint: { url: step.url } } }));
    default: return step satisfies never;
  }
}

type NetworkStep = Extract<Step, { kind: 'network' | 'subnet' | 'group' | 'rule' | 'port' }>;

async function applyNetwork(step: NetworkStep, { services: { neutron }, wanted, known }: ApplyContext): Promise<void> {
  const project_id = known.ids.get('project') ?? '';
  const make = (kind: string, body: object): Promise<JsonObject | null> => neutron.object('POST', `/${kind.replaceAll('_', '-')}s`, kind, { body: { [kind]: { project_id, ...body } } });
  switch (step.kind) {
    case 'network': return void known.ids.set('network', idOf(await make('network', { name: wanted.network, ...providerOf(wanted) })));
    case 'subnet': return void known.ids.set('subnet', idOf(await make('subnet', {
      // Nothing on this network has to leave it.
      name: `${wanted.network}-subnet`, network_id: known.ids.get('network'), cidr: step.cidr, ip_version: step.cidr.includes(':') ? 6 : 4, enable_dhcp: wanted.hasDhcp, gateway_ip: null,
    })));
    case 'group': return void known.ids.set(step.group, idOf(await make('security_group', { name: GROUP_NAMES[step.group] })));
    case 'rule': {
      const { ethertype, protocol, port } = step.rule;
      return void (await make('security_group_rule', { security_group_id: known.ids.get(step.group), direction: 'ingress', ethertype, protocol, port_range_min: port, port_range_max: port }));
    }
    case 'port': {
      const made = await make('port', {
        name: portName(step.controller), network_id: known.ids.get('network'), security_groups: [known.ids.get('health')], device_owner: 'Octavia:health-mgr', 'binding:host_id': step.controller,
      });
      return void known.ports.set(step.controller, decodePort(made ?? {}));
    }
    default: return step satisfies never;
  }
}

function providerOf({ provider }: Wanted): Readonly<Record<string, string | number>> {
  return {
    ...(provider.type !== null && { 'provider:network_type': provider.type }), ...(provider.physicalNetwork !== null && { 'provider:physical_network': provider.physicalNetwork }),
    ...(provider.segment !== null && { 'provider:segmentation_id': provider.segment }),
  };
}

async function applyCompute(step: Extract<Step, { kind: 'key-pair' | 'flavor' | 'flavor-access' }>, { services: { nova }, wanted, known }: ApplyContext): Promise<void> {
  switch (step.kind) {
    case 'key-pair': {
      const body = { name: wanted.keyName, public_key: wanted.publicKey ?? (await makePrivateKey(wanted)), type: 'ssh', user_id: known.ids.get('user') };
      return void (await nova.object('POST', '/os-keypairs', 'keypair', { body: { keypair: body } }));
    }
    case 'flavor': {
      const { name, ramMib, vcpus, diskGib } = wanted.flavor;
      const made = await nova.object('POST', '/flavors', 'flavor', { body: { flavor: { name, ram: ramMib, vcpus, disk: diskGib, 'os-flavor-access:is_public': false } } });
      return void known.ids.set('flavor', idOf(made));
    }
    case 'flavor-access': {
      const path = `/flavors/${encodeURIComponent(known.ids.get('flavor') ?? '')}/action`;
      return void (await nova.send('POST', path, { body: { addTenantAccess: { tenant: known.ids.get('project') } }, accept: [409] }));
    }
    default: return step satisfies never;
  }
}

/** The private key is on the disk before Nova knows the public one; one that is there opens amphorae of today, and stays. */
async function makePrivateKey({ configDir, keyName }: Wanted): Promise<string> {
  const file = join(configDir, `${keyName}.pem`);
  if (existsSync(file)) return publicKeyOf(await readFile(file, 'utf8'), file, keyName);
  const { privatePem, publicKey } = createSshKey(keyName);
  await mkdir(configDir, { recursive: true, mode: 0o750 });
  await replaceFile(file, privatePem, 0o600);
  return publicKey;
}

function publicKeyOf(privatePem: string, file: string, comment: string): string {
  try {
    return sshPublicKey(privatePem, comment);
  } catch (error) {
    throw new BootstrapRefused(`${file} is there and is no key that bootstrap made (${reasonOf(error)}).`, 'give its public half with --public-key, choose another --key-name, or move the file away', error);
  }
}

async function uploadImage({ file, unfinishedId }: Extract<Step, { kind: 'image' }>, { services: { glance }, wanted, known }: ApplyContext): Promise<void> {
  const id = await createImage(glance, wanted, { file, owner: known.ids.get('project') ?? '' });
  await glance.send('PUT', `/images/${id}/file`, { content: { type: 'application/octet-stream', open: () => createReadStream(file.path) } });
  if (unfinishedId !== null) await glance.remove(`/images/${unfinishedId}`);
}

async function createImage(glance: ServiceClient, { imageTag }: Wanted, { file, owner }: { file: Extract<Step, { kind: 'image' }>['file']; owner: string }): Promise<string> {
  const { body } = await glance.send('POST', '/images', {
    body: { ...file.properties, name: `amphora-${file.sha512.slice(0, 12)}`, disk_format: file.format, container_format: 'bare', visibility: 'private', owner, tags: [imageTag], [DIGEST_PROPERTY]: file.sha512 },
  });
  return idOf(objectOf(body));
}

/** Glance has a media type of its own for changes of images, and names properties as JSON pointers do. */
async function addProperties({ imageId, properties }: Extract<Step, { kind: 'image-properties' }>, glance: ServiceClient): Promise<void> {
  const body = Object.entries(properties).map(([name, value]) => ({ op: 'add', path: `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, value }));
  await glance.send('PATCH', `/images/${imageId}`, { body, headers: { 'content-type': 'application/openstack-images-v2.1-json-patch' } });
}

async function passwordOf(wanted: Wanted): Promise<string> {
  // The step `secrets` has written it, or it was there.
  return knownPassword({ ...wanted, givenPassword: null }, await readConfiguration(wanted)) ?? '';
}

async function writeConfiguration({ wanted, known }: ApplyContext): Promise<void> {
  await writeOptions(wanted, optionsToSet(wanted, configuredIds(wanted, known), await readConfiguration(wanted)));
}

async function readConfiguration({ configDir }: Wanted): Promise<string> {
  const file = join(configDir, 'octavia.conf');
  return existsSync(file) ? readFile(file, 'utf8') : '';
}

async function writeOptions(wanted: Wanted, settings: readonly Setting[]): Promise<void> {
  const file = join(wanted.configDir, 'octavia.conf');
  await mkdir(dirname(file), { recursive: true, mode: 0o750 });
  const text = setOptions(await readConfiguration(wanted), settings);
  const former = existsSync(file) ? await stat(file) : null;
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  shareWithGroup(`${file}.new`, wanted.configDir);
  // Services read it as the group or the user that it was given to.
  if (former !== null && process.getuid?.() === 0 && (former.uid !== 0 || former.gid !== 0)) {
    await chown(`${file}.new`, former.uid, former.gid);
    await chmod(`${file}.new`, 0o600 | (former.mode & 0o060));
  }
  await rename(`${file}.new`, file);
}

function idOf(made: JsonObject | null): string {
  return textOf(made?.['id']) ?? '';
}
