import { afterEach, expect, test } from 'vitest';
import { AddressesExhausted, AddressInUse, PortRefused } from '../../drivers/errors.ts';
import type { NetworkDriver, Subnet } from '../../drivers/network/network-driver.ts';
import { NotImplementedByProvider, type ProviderRegistry } from '../../providers/provider-driver.ts';
import { ADMIN, startTestApi, type TestApi, type TestApiOptions } from '../testing/test-api.ts';

const NET = 'aaaaaaaa-0000-4000-8000-000000000000';
const [FIRST, SECOND, SIXTH] = ['1', '2', '6'].map((last) => `bbbbbbbb-0000-4000-8000-00000000000${last}`) as [string, string, string];
const CIDRS: Readonly<Record<string, string>> = { [FIRST]: '192.0.2.0/24', [SECOND]: '198.51.100.0/24', [SIXTH]: '2001:db8::/64' };

let api: TestApi;
afterEach(() => api.close());

/** A network with two subnets of IPv4 and one of IPv6, as `order` lists them. */
function realNetwork(order: readonly string[] = [FIRST, SECOND, SIXTH], free: Readonly<Record<string, number>> = {}): Partial<NetworkDriver> {
  const subnet = (id: string): Subnet => {
    const cidr = CIDRS[id];
    if (cidr === undefined) throw new Error('no such subnet');
    return { id, name: id, networkId: NET, projectId: null, ipVersion: cidr.includes(':') ? 6 : 4, cidr, gatewayIp: null, hostRoutes: [] };
  };
  return {
    getNetwork: async (id) => ({ id, name: id, projectId: null, mtu: 1500, subnetIds: order, portSecurityEnabled: true, isExternal: false }),
    getSubnet: async (id) => subnet(id),
    countFreeAddresses: async () => new Map(order.map((id) => [id, free[id] ?? 100])),
  };
}

async function create(options: TestApiOptions, loadbalancer: object) {
  api = await startTestApi(options);
  const { status, json } = await api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer });
  return [status, status === 201 ? json.loadbalancer.vip_subnet_id : json.faultstring];
}

test.each([
  ['its subnet', { vip_subnet_id: FIRST, vip_address: '198.51.100.9' }, `VIP address 198.51.100.9 does not belong to subnet ${FIRST} (192.0.2.0/24).`],
  ['its subnet, beside the network', { vip_network_id: NET, vip_subnet_id: FIRST, vip_address: '198.51.100.9' }, `VIP address 198.51.100.9 does not belong to subnet ${FIRST} (192.0.2.0/24).`],
  ['a subnet of another family', { vip_subnet_id: SIXTH, vip_address: '198.51.100.9' }, `VIP address 198.51.100.9 does not belong to subnet ${SIXTH} (2001:db8::/64).`],
  ['the subnet of an additional VIP', { vip_subnet_id: FIRST, additional_vips: [{ subnet_id: SECOND, ip_address: '192.0.2.9' }] }, `VIP address 192.0.2.9 does not belong to subnet ${SECOND} (198.51.100.0/24).`],
  ['every subnet of the network', { vip_network_id: NET, vip_address: '203.0.113.9' }, 'Supplied network does not contain a subnet for VIP address specified.'],
])('an address outside of %s is refused', async (_what, body, text) => {
  expect(await create({ network: realNetwork() }, body)).toEqual([400, `Validation failure: ${text}`]);
});

test('addresses within their subnets are taken', async () => {
  const body = { vip_network_id: NET, vip_subnet_id: FIRST, vip_address: '192.0.2.9', additional_vips: [{ subnet_id: SIXTH, ip_address: '2001:DB8::9' }] };
  expect(await create({ network: realNetwork() }, body)).toEqual([201, FIRST]);
});

const PORT = 'dddddddd-0000-4000-8000-000000000001';
const ownPort = (...fixedIps: readonly (readonly [string, string])[]): Partial<NetworkDriver> => ({
  ...realNetwork(),
  getPort: async (id) => ({
    id, name: '', networkId: NET, projectId: null, macAddress: '', deviceId: '', deviceOwner: '', status: 'DOWN', adminStateUp: true, qosPolicyId: null, securityGroupIds: [],
    allowedAddressPairs: [], vnicType: 'normal', fixedIps: fixedIps.map(([subnetId, ipAddress]) => ({ subnetId, ipAddress })),
  }),
});

test.each([
  ['the address that is named', { vip_subnet_id: FIRST, vip_address: '192.0.2.8' }, [201, '192.0.2.8']],
  ['the first of its subnet else', { vip_subnet_id: FIRST }, [201, '192.0.2.7']],
  ['additional ones that it has', { vip_subnet_id: FIRST, additional_vips: [{ subnet_id: SIXTH, ip_address: '2001:DB8::9' }] }, [201, '192.0.2.7']],
  ['none in a subnet where it has none', { vip_subnet_id: SECOND, vip_address: '198.51.100.9' }, [400, 'Validation failure: No VIP address found on the specified VIP port within the specified subnet.']],
  ['no additional one that it lacks', { vip_subnet_id: FIRST, additional_vips: [{ subnet_id: SECOND }] }, [400, `Validation failure: The specified VIP port has no address in subnet ${SECOND} for an additional VIP.`]],
  ['no other additional one', { vip_subnet_id: FIRST, additional_vips: [{ subnet_id: SIXTH, ip_address: '2001:db8::a' }] }, [400, `Validation failure: The specified VIP port has no address 2001:db8::a in subnet ${SIXTH} for an additional VIP.`]],
])('a port of the user gives %s', async (_what, body, expected) => {
  api = await startTestApi({ network: ownPort([FIRST, '192.0.2.7'], [FIRST, '192.0.2.8'], [SIXTH, '2001:db8::9']) });
  const { status, json } = await api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_port_id: PORT, ...body } });
  expect([status, status === 201 ? json.loadbalancer.vip_address : json.faultstring]).toEqual(expected);
});

test('a port of the user is the VIP of one load balancer at a time', async () => {
  api = await startTestApi({ network: ownPort([FIRST, '192.0.2.7']) });
  const post = () => api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_port_id: PORT } });
  const [taken, refused] = (await Promise.all([post(), post()])).toSorted((one, other) => one.status - other.status);
  const id = taken?.json.loadbalancer.id;
  expect([taken?.status, refused?.status, refused?.json.faultstring]).toEqual([201, 400, `Validation failure: Port ${PORT} is already the VIP port of load balancer ${id}.`]);
  await api.settle();
  expect((await api.call('DELETE', `/v2/lbaas/loadbalancers/${id}`)).status).toBe(204);
  expect((await post()).status).toBe(400);
  await api.settle();
  expect((await post()).status).toBe(201);
});

const CONFLICT = 'The VIP IP address is already in use: ';
test.each([
  ['a taken address', new AddressInUse('192.0.2.1', 'n'), 409, `${CONFLICT}IP address 192.0.2.1 already allocated in network n.`],
  ['a full subnet', new AddressesExhausted('subnet s'), 409, `${CONFLICT}No more IP addresses available on subnet s.`],
  ['a quota that is met', new PortRefused('Neutron', { kind: 'conflict', reason: "Quota exceeded for resources: ['port']." }), 409, `${CONFLICT}Quota exceeded for resources: ['port'].`],
  ['a port that cannot be', new PortRefused('Neutron', { kind: 'invalid', reason: 'No such thing.' }), 400, 'Validation failure: The VIP port cannot be made: No such thing.'],
  ['any other failure', new Error('Neutron is away.'), 500, "Provider 'PROVIDER' reports error: Neutron is away."],
])('%s is answered alike, whether the provider makes the port or Octavia does', async (_what, error, status, text) => {
  const network = { ...realNetwork(), allocateVip: async () => { throw error; } };
  expect(await create({ network }, { vip_subnet_id: FIRST })).toEqual([status, text.replace('PROVIDER', 'amphora')]);
  await api.close();
  const leavesPorts = async () => { throw new NotImplementedByProvider('no VIP ports'); };
  const providers = (builtIn: ProviderRegistry) => ({ ...builtIn, capabilities: (name: string) => ({ ...builtIn.capabilities(name), createVipPort: leavesPorts }) });
  expect(await create({ network, providers }, { vip_subnet_id: FIRST })).toEqual([status, text.replace('PROVIDER', 'octavia')]);
});

test.each([
  ['the first of IPv4, though one of IPv6 comes before it', [SIXTH, SECOND, FIRST], {}, SECOND],
  ['one of IPv6 where no other has room', [FIRST, SIXTH], { [FIRST]: 1 }, SIXTH],
  ['one with an address for VIP and amphora', [FIRST, SECOND], { [FIRST]: 1, [SECOND]: 2 }, SECOND],
])('of a network without a subnet the VIP gets %s', async (_what, order, free, chosen) => {
  expect(await create({ network: realNetwork(order, free) }, { vip_network_id: NET })).toEqual([201, chosen]);
});

test('two amphorae need a third address', async () => {
  const config = { controller_worker: { loadbalancer_topology: 'ACTIVE_STANDBY' } } as const;
  const network = realNetwork([FIRST, SECOND], { [FIRST]: 2, [SECOND]: 3 });
  expect(await create({ network, config }, { vip_network_id: NET })).toEqual([201, SECOND]);
});

test('a network without room, or without a subnet, is refused', async () => {
  expect(await create({ network: realNetwork([FIRST, SIXTH], { [FIRST]: 1, [SIXTH]: 1 }) }, { vip_network_id: NET }))
    .toEqual([400, 'Validation failure: Subnet(s) in the supplied network do not contain enough available IPs.']);
  await api.close();
  expect(await create({ network: realNetwork([]) }, { vip_network_id: NET })).toEqual([400, 'Validation failure: Supplied network does not contain a subnet.']);
});

const OTHER_NET = 'cccccccc-0000-4000-8000-000000000000';
const DENIED = [400, 'Validation failure: Supplied VIP network_id is not allowed by the configuration of this deployment.'];
test.each([
  ['a denied network', { denylist_vip_networks: [NET.toUpperCase()] }, null, DENIED],
  ['a denied network that is valid, too', { denylist_vip_networks: [NET], valid_vip_networks: [NET] }, [NET], DENIED],
  ['a network the zone allows in place of the operator’s list', { valid_vip_networks: [OTHER_NET] }, [NET], [201, FIRST]],
  ['a network that only the operator’s list has', { valid_vip_networks: [NET] }, [OTHER_NET], DENIED],
  ['a network of the operator’s list, as the zone says nothing', { valid_vip_networks: [NET] }, [], [201, FIRST]],
])('%s', async (_what, networking, ofZone, expected) => {
  api = await startTestApi({ network: realNetwork(), config: { networking } });
  if (ofZone !== null) await makeZone(ofZone);
  const { status, json } = await api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: FIRST, ...(ofZone !== null && { availability_zone: 'z' }) } });
  expect([status, status === 201 ? json.loadbalancer.vip_subnet_id : json.faultstring]).toEqual(expected);
});

async function makeZone(networks: readonly string[]): Promise<void> {
  const profile = { name: 'p', provider_name: 'amphora', availability_zone_data: JSON.stringify({ compute_zone: 'z', ...(networks.length > 0 && { valid_vip_networks: networks }) }) };
  const { json } = await api.call('POST', '/v2/lbaas/availabilityzoneprofiles', { availability_zone_profile: profile }, ADMIN);
  const zone = await api.call('POST', '/v2/lbaas/availabilityzones', { availability_zone: { name: 'z', availability_zone_profile_id: json.availability_zone_profile.id } }, ADMIN);
  expect(zone.status).toBe(201);
}

test('a flavor with an SR-IOV VIP: its port is direct, and takes no security groups of the user', async () => {
  api = await startTestApi({ network: realNetwork() });
  const profile = await api.call('POST', '/v2/lbaas/flavorprofiles', { flavorprofile: { name: 'p', provider_name: 'amphora', flavor_data: '{"sriov_vip": true}' } }, ADMIN);
  const flavor = await api.call('POST', '/v2/lbaas/flavors', { flavor: { name: 'f', flavor_profile_id: profile.json.flavorprofile.id } }, ADMIN);
  const body = { vip_subnet_id: FIRST, flavor_id: flavor.json.flavor.id };
  const post = (loadbalancer: object) => api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer });
  const refused = await post({ ...body, vip_sg_ids: [NET] });
  expect([refused.status, refused.json.faultstring]).toEqual([400, 'Validation failure: VIP Security Groups are not allowed with VNIC direct type']);
  const { loadbalancer } = (await post(body)).json;
  expect(loadbalancer.vip_vnic_type).toBe('direct');
  await api.settle();
  expect((await api.call('GET', `/v2/lbaas/loadbalancers/${loadbalancer.id}`)).json.loadbalancer.vip_vnic_type).toBe('direct');
  expect((await post({ vip_subnet_id: FIRST })).json.loadbalancer.vip_vnic_type).toBe('normal');
  const later = await api.call('PUT', `/v2/lbaas/loadbalancers/${loadbalancer.id}`, { loadbalancer: { vip_sg_ids: [NET] } });
  expect([later.status, later.json.faultstring]).toEqual([400, 'Validation failure: VIP Security Groups are not allowed with VNIC direct type']);
});
