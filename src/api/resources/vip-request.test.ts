import { afterEach, expect, test } from 'vitest';
import { AddressesExhausted, AddressInUse, PortRefused } from '../../drivers/errors.ts';
import type { NetworkDriver, Subnet } from '../../drivers/network/network-driver.ts';
import { NotImplementedByProvider, type ProviderRegistry } from '../../providers/provider-driver.ts';
import { startTestApi, type TestApi, type TestApiOptions } from '../testing/test-api.ts';

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
