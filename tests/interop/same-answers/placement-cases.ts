import { exchange, single, type Case } from './exchange.ts';

const NIL = '00000000-0000-0000-0000-000000000000';
const UNKNOWN = '11111111-2222-4333-8444-555555555555';

interface ProfileWords {
  readonly path: string;
  readonly root: string;
  readonly data: string;
  readonly used: string;
  readonly free: string;
  readonly settings: readonly string[];
}

const flavorProfiles: ProfileWords = {
  path: '/lbaas/flavorprofiles', root: 'flavorprofile', data: 'flavor_data', used: '$flavor-profile', free: '$free-flavor-profile',
  settings: [
    '{"loadbalancer_topology": "ACTIVE_STANDBY"}', '{"loadbalancer_topology": "TRIPLE"}', '{"loadbalancer_topology": 5}', '{"colour": "red"}', '{"compute_flavor": "1"}', '{"compute_flavor": 1}', '{"amp_image_tag": "amphora"}',
    '{"amp_image_tag": null}', '{"loadbalancer_topology": "SINGLE", "colour": "red", "size": 1}', '{"sriov_vip": true}',
  ],
};
const zoneProfiles: ProfileWords = {
  path: '/lbaas/availabilityzoneprofiles', root: 'availability_zone_profile', data: 'availability_zone_data', used: '$zone-profile', free: '$free-zone-profile',
  settings: [
    '{"compute_zone": "nova"}', '{"compute_zone": 5}', '{"colour": "red"}', '{"management_network": "11111111-2222-4333-8444-555555555555"}', '{"management_network": "x"}',
    '{"valid_vip_networks": ["11111111-2222-4333-8444-555555555555"]}', '{"valid_vip_networks": ["x"]}', '{"valid_vip_networks": "11111111-2222-4333-8444-555555555555"}', '{"volume_zone": "nova"}',
  ],
};

const broken = ['', '{', '[]', '"x"', '5', 'null', '{}', '{"a": }', "{'a': 1}"] as const;

function profileCases({ path, root, data, used, free, settings }: ProfileWords): readonly Case[] {
  const create = (fields: object) => single('POST', path, { [root]: { name: 'n', provider_name: 'amphora', [data]: '{}', ...fields } });
  const update = (id: string, fields: object) => single('PUT', `${path}/${id}`, { [root]: fields });
  return [
    ...[...settings, ...broken].flatMap((text) => [create({ [data]: text }), update(free, { [data]: text })]), ...settings.slice(0, 4).map((text) => create({ provider_name: 'noop_driver', [data]: text })),
    create({ provider_name: 'octavia' }), create({ provider_name: 'unheard-of' }), create({ provider_name: 'x'.repeat(256) }), create({ name: 'x'.repeat(256) }), create({ [data]: 'x'.repeat(4097) }), create({ colour: 1 }), create({ id: UNKNOWN }),
    ...['name', 'provider_name', data].flatMap((name) => [create({ [name]: null }), create({ [name]: 5 }), single('POST', path, { [root]: Object.fromEntries(Object.entries({ name: 'n', provider_name: 'amphora', [data]: '{}' }).filter(([key]) => key !== name)) }), update(free, { [name]: null })]),
    update(free, {}), update(free, { name: 'renamed' }), update(free, { provider_name: 'noop_driver' }), update(free, { provider_name: 'noop_driver', [data]: '{}' }), update(free, { provider_name: 'unheard-of', [data]: '{}' }), update(free, { provider_name: 'unheard-of' }), update(free, { id: UNKNOWN }),
    update(used, { name: 'renamed' }), update(used, { [data]: '{}' }), update(used, { provider_name: 'amphora' }), update(UNKNOWN, { name: 'x' }), update(UNKNOWN, { [data]: '{}' }), update(NIL, { name: 'x' }),
    single('GET', path), ...[used, UNKNOWN, NIL, 'no-uuid', `${used}?fields=name`].map((id) => single('GET', `${path}/${id}`)), single('GET', `${path}?name=x`), single('GET', `${path}?provider_name=noop_driver&fields=name`), single('GET', `${path}?colour=1`),
    ...[used, free, UNKNOWN, NIL, 'no-uuid'].map((id) => single('DELETE', `${path}/${id}`)), single('DELETE', path), single('POST', path, {}),
  ];
}

const flavor = (fields: object) => single('POST', '/lbaas/flavors', { flavor: { name: 'n', flavor_profile_id: '$flavor-profile', ...fields } });
const changeFlavor = (id: string, fields: object) => single('PUT', `/lbaas/flavors/${id}`, { flavor: fields });
const flavors: readonly Case[] = [
  flavor({}), flavor({ description: 'd', enabled: false }), flavor({ name: 'flavor' }), flavor({ name: null }), flavor({ name: '' }), flavor({ name: 'x'.repeat(256) }), flavor({ description: 'x'.repeat(256) }), flavor({ description: null }), flavor({ enabled: null }), flavor({ enabled: 'no' }),
  flavor({ flavor_profile_id: UNKNOWN }), flavor({ flavor_profile_id: NIL }), flavor({ flavor_profile_id: 'no-uuid' }), flavor({ flavor_profile_id: null }), flavor({ colour: 1 }), single('POST', '/lbaas/flavors', { flavor: { name: 'n' } }), single('POST', '/lbaas/flavors', { flavor: { flavor_profile_id: '$flavor-profile' } }),
  changeFlavor('$flavor', {}), changeFlavor('$flavor', { name: 'm', description: 'd', enabled: false }), changeFlavor('$flavor', { name: 'free-flavor' }), changeFlavor('$flavor', { name: null }), changeFlavor('$flavor', { description: null }), changeFlavor('$flavor', { enabled: null }),
  changeFlavor('$flavor', { flavor_profile_id: '$free-flavor-profile' }), changeFlavor(UNKNOWN, { name: 'm' }), changeFlavor(UNKNOWN, {}), changeFlavor(NIL, { name: 'm' }),
  single('GET', '/lbaas/flavors'), ...['$flavor', UNKNOWN, NIL, 'no-uuid', '$flavor?fields=name&fields=enabled'].map((id) => single('GET', `/lbaas/flavors/${id}`)), single('GET', '/lbaas/flavors?enabled=false'), single('GET', '/lbaas/flavors?enabled=True&fields=name'), single('GET', '/lbaas/flavors?flavor_profile_id=$noop-flavor-profile'), single('GET', '/lbaas/flavors?name=flavor&sort=name:desc'),
  ...['$flavor', '$free-flavor', '$disabled-flavor', UNKNOWN, NIL, 'no-uuid'].map((id) => single('DELETE', `/lbaas/flavors/${id}`)), single('DELETE', '/lbaas/flavors'),
];

const zone = (fields: object) => single('POST', '/lbaas/availabilityzones', { availability_zone: { name: 'n', availability_zone_profile_id: '$zone-profile', ...fields } });
const changeZone = (id: string, fields: object) => single('PUT', `/lbaas/availabilityzones/${id}`, { availability_zone: fields });
const zones: readonly Case[] = [
  zone({}), zone({ description: 'd', enabled: false }), zone({ name: 'zone' }), zone({ name: null }), zone({ name: '' }), zone({ name: 'x'.repeat(256) }), zone({ description: null }), zone({ enabled: null }), zone({ availability_zone_profile_id: UNKNOWN }), zone({ availability_zone_profile_id: NIL }), zone({ availability_zone_profile_id: 'no-uuid' }),
  zone({ colour: 1 }), single('POST', '/lbaas/availabilityzones', { availability_zone: { name: 'n' } }), zone({ name: 'a b' }),
  changeZone('zone', {}), changeZone('zone', { description: 'd', enabled: false }), changeZone('zone', { name: 'm' }), changeZone('zone', { description: null }), changeZone('zone', { enabled: null }), changeZone('zone', { availability_zone_profile_id: '$zone-profile' }), changeZone('unheard-of', { description: 'd' }), changeZone('unheard-of', {}), changeZone(NIL, { description: 'd' }),
  single('GET', '/lbaas/availabilityzones'), ...['zone', 'unheard-of', NIL, 'zone?fields=name'].map((id) => single('GET', `/lbaas/availabilityzones/${id}`)), single('GET', '/lbaas/availabilityzones?enabled=false'), single('GET', '/lbaas/availabilityzones?name=zone'), single('GET', '/lbaas/availabilityzones?id=zone'),
  ...['zone', 'free-zone', 'unheard-of', NIL].map((id) => single('DELETE', `/lbaas/availabilityzones/${id}`)), single('DELETE', '/lbaas/availabilityzones'),
];

const lb = (fields: object) => single('POST', '/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: '$subnet', vip_address: '192.0.2.200', project_id: '$project', ...fields } });
const used: readonly Case[] = [
  ...['$flavor', '$disabled-flavor', '$noop-flavor', UNKNOWN, NIL, 'no-uuid'].map((flavor_id) => lb({ flavor_id })), ...['zone', 'disabled-zone', 'noop-zone', 'unheard-of', NIL, ''].map((availability_zone) => lb({ availability_zone })),
  lb({ provider: 'noop_driver', flavor_id: '$flavor' }), lb({ provider: 'noop_driver', flavor_id: '$noop-flavor', availability_zone: 'noop-zone' }), lb({ provider: 'noop_driver', availability_zone: 'zone' }), lb({ provider: 'octavia', flavor_id: '$flavor' }), lb({ provider: 'unheard-of' }), lb({ provider: '' }),
  single('PUT', '/lbaas/loadbalancers/$placed', { loadbalancer: { flavor_id: '$free-flavor' } }), single('PUT', '/lbaas/loadbalancers/$placed', { loadbalancer: { availability_zone: 'free-zone' } }), single('GET', '/lbaas/loadbalancers/$placed'),
  { name: 'a flavor can go with its last load balancer', exchanges: [exchange('DELETE', '/lbaas/loadbalancers/$placed'), exchange('DELETE', '/lbaas/flavors/$flavor'), exchange('DELETE', '/lbaas/availabilityzones/zone')] },
];

const providers: readonly Case[] = [
  single('GET', '/lbaas/providers'), single('GET', '/lbaas/providers?fields=name'), single('GET', '/lbaas/providers?name=amphora'), single('GET', '/lbaas/providers?colour=1'), single('GET', '/lbaas/providers?limit=1'), single('GET', '/lbaas/providers/amphora'), single('POST', '/lbaas/providers', {}), single('DELETE', '/lbaas/providers/amphora'),
  ...['amphora', 'octavia', 'noop_driver', 'unheard-of'].flatMap((name) => ['flavor_capabilities', 'availability_zone_capabilities'].map((kind) => single('GET', `/lbaas/providers/${name}/${kind}`))),
  single('GET', '/lbaas/providers/amphora/flavor_capabilities?fields=name'), single('GET', '/lbaas/providers/amphora/flavor_capabilities?name=compute_flavor'), single('GET', '/lbaas/providers/amphora/flavor_capabilities?name=x'), single('GET', '/lbaas/providers/amphora/flavor_capabilities?colour=x'), single('GET', '/lbaas/providers/amphora/other'),
  single('GET', '/lbaas/providers/amphora/availability_zone_capabilities?fields=name'), single('POST', '/lbaas/providers/amphora/flavor_capabilities', {}),
];

const AMPHORAE = '/octavia/amphorae';
const amphorae: readonly Case[] = [
  single('GET', AMPHORAE), ...['$amphora-master', '$amphora-broken', '$amphora-spare', UNKNOWN, 'no-uuid', '$amphora-master?fields=id&fields=role'].map((id) => single('GET', `${AMPHORAE}/${id}`)),
  ...['status=ERROR', 'role=MASTER', 'loadbalancer_id=$lb', 'project_id=$project', 'project_id=unheard-of', 'cached_zone=nova', 'vrrp_ip=192.0.2.21', 'colour=1', 'cert_busy=false', 'fields=id', 'limit=1', 'sort=status:desc', 'sort=role:asc', 'compute_flavor=m1.small', 'image_id=x'].map((query) => single('GET', `${AMPHORAE}?${query}`)),
  ...['$amphora-master', '$amphora-broken', '$amphora-spare', UNKNOWN].flatMap((id) => [single('GET', `${AMPHORAE}/${id}/stats`), single('PUT', `${AMPHORAE}/${id}/config`), single('PUT', `${AMPHORAE}/${id}/failover`), single('DELETE', `${AMPHORAE}/${id}`)]),
  single('GET', `${AMPHORAE}/$amphora-master/config`), single('GET', `${AMPHORAE}/$amphora-master/failover`), single('PUT', `${AMPHORAE}/$amphora-master/stats`), single('POST', AMPHORAE, {}), single('PUT', `${AMPHORAE}/$amphora-master`, { amphora: {} }), single('GET', `${AMPHORAE}/$amphora-master/other`), single('PUT', `${AMPHORAE}/$amphora-master/failover`, {}), single('PUT', `${AMPHORAE}/$amphora-master/failover`, 'x'),
  single('GET', '/lbaas/amphorae'), single('GET', '/amphorae'), single('DELETE', AMPHORAE),
];

export const placementCases: readonly Case[] = [...profileCases(flavorProfiles), ...profileCases(zoneProfiles), ...flavors, ...zones, ...used, ...providers, ...amphorae];
