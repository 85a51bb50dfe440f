import { textOf } from '../../../src/openstack/json.ts';
import type { Keystone } from '../keystone.ts';

/** What load balancers need to be there. */
export interface CloudObjects {
  readonly vipNetwork: string;
  readonly vipSubnet: string;
  readonly vipSubnet6: string;
  readonly memberNetwork: string;
  readonly memberSubnet: string;
  /** In 127/8: whatever plays the agent of a fake server can listen on the very address that Neutron gave it. */
  readonly managementNetwork: string;
  readonly managementGroup: string;
  readonly image: string;
  readonly flavor: string;
}

type Services = Readonly<Record<'neutron' | 'nova' | 'glance', string>>;

/** `imageProperties`: of the amphora image. */
export async function populateCloud(urls: Services, keystone: Keystone, imageProperties: Readonly<Record<string, string>>): Promise<CloudObjects> {
  const token = await keystone.token('admin');
  const call = async (method: string, url: string, body?: unknown, type = 'application/json'): Promise<Record<string, Record<string, string>>> => {
    const content = body === undefined ? {} : { body: type === 'application/json' ? JSON.stringify(body) : (body as Uint8Array<ArrayBuffer>) };
    const response = await fetch(url, { method, headers: { 'x-auth-token': token, 'content-type': type }, ...content });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, Record<string, string>>);
  };
  const projects = keystone.directory.projects;
  const make = async (kind: string, fields: object) => (await call('POST', `${urls.neutron}/v2.0/${kind.replaceAll('_', '-')}s`, { [kind]: fields }))[kind]?.['id'] ?? '';
  const network = (name: string, project: string) => make('network', { name, project_id: projects[project] });
  const subnet = (name: string, networkId: string, cidr: string, more: object = {}) =>
    make('subnet', { name, network_id: networkId, cidr, ip_version: cidr.includes(':') ? 6 : 4, ...more });
  const [vipNetwork, memberNetwork, managementNetwork] = [await network('web', 'demo'), await network('back', 'demo'), await network('lb-mgmt', 'service')];
  await subnet('lb-mgmt', managementNetwork, '127.16.0.0/22', { enable_dhcp: false, gateway_ip: null });
  const managementGroup = await make('security_group', { name: 'lb-mgmt', project_id: projects['service'] });
  const automatic = { ipv6_address_mode: 'slaac', ipv6_ra_mode: 'slaac', project_id: projects['demo'] };
  const objects = {
    vipNetwork, memberNetwork, managementNetwork, managementGroup,
    vipSubnet: await subnet('web', vipNetwork, '10.10.0.0/24', { project_id: projects['demo'] }),
    vipSubnet6: await subnet('web6', vipNetwork, 'fd10::/64', automatic),
    memberSubnet: await subnet('back', memberNetwork, '10.20.0.0/24', { project_id: projects['demo'] }),
  };
  const flavor = { flavor: { name: 'amphora', id: 'amphora', ram: 64, vcpus: 1, disk: 1, 'os-flavor-access:is_public': true } };
  await call('POST', `${urls.nova}/flavors`, flavor);
  const image: Record<string, unknown> = await call('POST', `${urls.glance}/v2/images`, {
    name: 'amphora', container_format: 'bare', disk_format: 'raw', visibility: 'public', tags: ['amphora'], owner: projects['service'], ...imageProperties,
  });
  const imageId = textOf(image['id']) ?? '';
  await call('PUT', `${urls.glance}/v2/images/${imageId}/file`, new Uint8Array(65_536), 'application/octet-stream');
  return { ...objects, image: imageId, flavor: 'amphora' };
}
