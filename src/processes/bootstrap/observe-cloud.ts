import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { numberOf, objectOf, objectsOf, textOf, textsOf, type JsonObject } from '../../openstack/json.ts';
import type { ServiceClient } from '../../openstack/service-client.ts';
import { BootstrapRefused } from './bootstrap-refused.ts';
import type { CloudServices } from './cloud-services.ts';
import { certificatePaths, knownPassword } from './configuration.ts';
import type { Present, PresentGroup, PresentPort, PresentUser } from './present.ts';
import { GROUP_NAMES, portName, type GroupName, type Rule, type Wanted } from './wanted.ts';

/** Looks at everything that bootstrap could make. Changes nothing. Throws ServiceFailure, and BootstrapRefused when a name is not clear. */
export async function observeCloud(services: CloudServices, wanted: Wanted): Promise<Present> {
  const { keystone, glance, nova } = services;
  const file = join(wanted.configDir, 'octavia.conf');
  const configText = existsSync(file) ? readFileSync(file, 'utf8') : null;
  const domainId = textOf((await oneOf(keystone, 'domain', { name: wanted.domain }, wanted.domain))?.['id']);
  if (domainId === null) throw new BootstrapRefused(`Keystone has no domain ${wanted.domain}.`, 'name the one of the service project with --domain');
  const project = await oneOf(keystone, 'project', { name: wanted.project, domain_id: domainId }, wanted.project);
  const projectId = project === null ? null : String(project['id']);
  const user = await observeUser(services, wanted, { domainId, projectId, configText });
  const catalog = await observeCatalog(keystone, wanted);
  const files = certificatePaths(wanted);
  return {
    domainId, projectId, user, configText, ...catalog,
    roles: new Map((await keystone.list('/roles', 'roles')).map(({ id, name }) => [String(name), String(id)])),
    ...(await observeNetwork(services.neutron, wanted, projectId)),
    keyPair: user === null ? null : await observeKeyPair(nova, wanted.keyName, user.id),
    flavor: await observeFlavor(nova, wanted.flavor.name, projectId),
    ...(projectId === null ? { image: null, unfinishedImageId: null } : await observeImages(glance, wanted.imageTag, projectId)),
    missingCertificates: [files.serverCa, files.serverCaKey, files.serverTrust, files.clientCa, files.clientCertificate].filter((one) => !existsSync(one)),
  };
}

async function observeUser(services: CloudServices, wanted: Wanted, { domainId, projectId, configText }: { domainId: string; projectId: string | null; configText: string | null }): Promise<PresentUser | null> {
  const { keystone } = services;
  const found = await oneOf(keystone, 'user', { name: wanted.user, domain_id: domainId }, wanted.user);
  if (found === null) return null;
  const id = String(found['id']);
  const assignments = projectId === null ? [] : await keystone.list('/role_assignments', 'role_assignments', { query: { 'user.id': id, 'scope.project.id': projectId, include_names: true } });
  const roles = assignments.flatMap(({ role }) => textOf(objectOf(role)['name']) ?? []);
  const password = knownPassword(wanted, configText);
  if (password === null) return { id, roles, isPasswordRight: null };
  // Without a role in the project nobody gets a token for it, whatever the password.
  const project = roles.length === 0 ? null : wanted.project;
  return { id, roles, isPasswordRight: await services.acceptsPassword({ user: wanted.user, password, project, domain: wanted.domain }) };
}

async function observeCatalog(keystone: ServiceClient, wanted: Wanted): Promise<Pick<Present, 'serviceId' | 'endpoints'>> {
  const service = await oneOf(keystone, 'service', { type: 'load-balancer' }, 'load-balancer');
  if (service === null) return { serviceId: null, endpoints: [] };
  const serviceId = String(service['id']);
  const endpoints = await keystone.list('/endpoints', 'endpoints', { query: { service_id: serviceId, region_id: wanted.region } });
  return { serviceId, endpoints: endpoints.map((one) => ({ id: String(one['id']), interface: String(one['interface']), url: String(one['url']) })) };
}

async function observeNetwork(neutron: ServiceClient, wanted: Wanted, projectId: string | null): Promise<Pick<Present, 'network' | 'subnet' | 'groups' | 'ports'>> {
  const nothing = { network: null, subnet: null, groups: { amphora: null, health: null }, ports: new Map<string, PresentPort>() };
  if (projectId === null) return nothing;
  const found = await oneOf(neutron, 'network', { name: wanted.network }, wanted.network);
  const groups = { amphora: await observeGroup(neutron, 'amphora', projectId), health: await observeGroup(neutron, 'health', projectId) };
  if (found === null) return { ...nothing, groups };
  const id = String(found['id']);
  const [subnet] = await neutron.list('/subnets', 'subnets', { query: { network_id: id } });
  const listed = await neutron.list('/ports', 'ports', { query: { network_id: id, name: wanted.controllers.map(portName) } });
  const portOf = (controller: string) => listed.find(({ name }) => name === portName(controller));
  const ports = new Map(wanted.controllers.flatMap((controller) => {
    const port = portOf(controller);
    return port === undefined ? [] : [[controller, decodePort(port)] as const];
  }));
  return { network: { id }, subnet: subnet === undefined ? null : { id: String(subnet['id']), cidr: String(subnet['cidr']) }, groups, ports };
}

/** A port as Neutron answers it. */
export function decodePort(port: JsonObject): PresentPort {
  return { id: String(port['id']), macAddress: String(port['mac_address']), address: textOf(objectsOf(port['fixed_ips'])[0]?.['ip_address']) ?? '' };
}

async function observeGroup(neutron: ServiceClient, group: GroupName, projectId: string): Promise<PresentGroup | null> {
  const found = await oneOf(neutron, 'security-group', { name: GROUP_NAMES[group], project_id: projectId }, GROUP_NAMES[group]);
  return found === null ? null : { id: String(found['id']), rules: objectsOf(found['security_group_rules']).flatMap(decodeRule) };
}

/** Rules for everybody; those for single networks or groups are the operator's own. */
function decodeRule(rule: JsonObject): Rule[] {
  const { direction, ethertype, protocol, port_range_min: from, port_range_max: to, remote_ip_prefix: prefix, remote_group_id: group } = rule;
  const isForAll = group === null && (prefix === null || prefix === '0.0.0.0/0' || prefix === '::/0');
  if (direction !== 'ingress' || !isForAll || from !== to || (ethertype !== 'IPv4' && ethertype !== 'IPv6') || typeof protocol !== 'string') return [];
  return [{ ethertype, protocol, port: numberOf(from) }];
}

async function observeKeyPair(nova: ServiceClient, name: string, userId: string): Promise<Present['keyPair']> {
  const found = await nova.object('GET', `/os-keypairs/${encodeURIComponent(name)}`, 'keypair', { query: { user_id: userId }, accept: [404] });
  return found === null ? null : { publicKey: String(found['public_key']) };
}

async function observeFlavor(nova: ServiceClient, name: string, projectId: string | null): Promise<Present['flavor']> {
  const found = (await nova.list('/flavors/detail', 'flavors', { query: { is_public: 'None' } })).find((one) => one['name'] === name || one['id'] === name);
  if (found === undefined) return null;
  const id = String(found['id']);
  if (found['os-flavor-access:is_public'] !== false) return { id, isUsable: true };
  const access = await nova.list(`/flavors/${encodeURIComponent(id)}/os-flavor-access`, 'flavor_access');
  return { id, isUsable: access.some(({ tenant_id: tenant }) => tenant === projectId) };
}

/** Property of images that bootstrap uploaded: Glance may be set to another digest than ours. */
export const DIGEST_PROPERTY = 'octavia_sha512';

async function observeImages(glance: ServiceClient, tag: string, owner: string): Promise<Pick<Present, 'image' | 'unfinishedImageId'>> {
  const images = await glance.list('/images', 'images', { query: { tag, owner, sort: 'created_at:desc' } });
  const active = images.find(({ status }) => status === 'active');
  const unfinished = images.find((one) => one['status'] === 'queued' && typeof one[DIGEST_PROPERTY] === 'string');
  const digest = active === undefined ? null : textOf(active[DIGEST_PROPERTY]) ?? (active['os_hash_algo'] === 'sha512' ? textOf(active['os_hash_value']) : null);
  const properties = Object.fromEntries(Object.entries(active ?? {}).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
  return { image: active === undefined ? null : { id: String(active['id']), sha512: digest, properties }, unfinishedImageId: textOf(unfinished?.['id']) };
}

/** The only thing of that name; a UUID names it without doubt. */
async function oneOf(service: ServiceClient, kind: string, query: Readonly<Record<string, string>>, name: string): Promise<JsonObject | null> {
  const path = kind === 'security-group' ? '/security-groups' : `/${kind}s`;
  const key = `${kind.replaceAll('-', '_')}s`;
  const isId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(name);
  const found = await service.list(path, key, { query: isId ? { id: name } : query });
  if (found.length > 1) {
    const ids = textsOf(found.map(({ id }) => id));
    throw new BootstrapRefused(`${service.name} has ${found.length} ${kind}s ${name}: ${ids.join(', ')}.`, `delete or rename all but one${kind === 'network' ? ', or give the id of the right one' : ''}`);
  }
  return found[0] ?? null;
}
