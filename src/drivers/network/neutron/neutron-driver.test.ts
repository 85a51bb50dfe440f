import { afterEach, describe, expect, it } from 'vitest';
import type { Amphora, Listener, LoadBalancerGraph } from '../../../model/graph.ts';
import { startScriptedCloud, type Script, type ScriptedCloud } from '../../../openstack/testing/scripted-cloud.ts';
import type { ServiceClient } from '../../../openstack/service-client.ts';
import { AddressInUse, ResourceNotFound } from '../../errors.ts';
import type { NetworkDriver, VipRequest } from '../network-driver.ts';
import { createNeutronDriver } from './neutron-driver.ts';
import { createFakeNeutron, type FakeNeutron } from './testing/fake-neutron.ts';

const LB = 'aaaaaaaa-0000-4000-8000-000000000001';
const AMPHORAE = ['bbbbbbbb-0000-4000-8000-000000000001', 'bbbbbbbb-0000-4000-8000-000000000002'] as const;
let scripted: ScriptedCloud | undefined;
afterEach(async () => { await scripted?.stop(); scripted = undefined; });

interface World { readonly fake: FakeNeutron; readonly driver: NetworkDriver; readonly calls: string[]; readonly fresh: () => NetworkDriver; readonly neutron: ServiceClient }

async function world(wrap: (script: Script) => Script = (script) => script, fake: FakeNeutron = createFakeNeutron()): Promise<World> {
  fake.add('networks', { id: 'net', mtu: 1450 });
  fake.add('subnets', { id: 'sub4', network_id: 'net', cidr: '10.0.0.0/24', ip_version: 4, gateway_ip: '10.0.0.1' });
  fake.add('networks', { id: 'members', mtu: 1400 });
  fake.add('subnets', { id: 'm1', network_id: 'members', cidr: '10.1.0.0/24', ip_version: 4 });
  fake.add('subnets', { id: 'm2', network_id: 'members', cidr: '10.2.0.0/24', ip_version: 4 });
  scripted = await startScriptedCloud(wrap(fake.script));
  const neutron = scripted.cloud.service('neutron');
  const fresh = () => createNeutronDriver({ neutron, bootNetworkIds: ['mgmt'] });
  return { fake, driver: fresh(), calls: scripted.calls, fresh, neutron };
}

const request = (fields: Partial<VipRequest> = {}): VipRequest =>
  ({ loadBalancerId: LB, projectId: 'demo', networkId: 'net', subnetId: 'sub4', ipAddress: null, portId: null, qosPolicyId: null, securityGroupIds: [], additional: [], ...fields });

function graph(vip: Partial<LoadBalancerGraph['vip']>, fields: Partial<LoadBalancerGraph> = {}): LoadBalancerGraph {
  return {
    id: LB, projectId: 'demo', name: null, enabled: true, provisioningStatus: 'PENDING_UPDATE', operatingStatus: 'ONLINE', topology: 'ACTIVE_STANDBY', provider: 'amphora',
    flavorId: null, flavor: {}, availabilityZoneName: null, availabilityZone: {}, serverGroupId: null, additionalVips: [], vrrpGroup: null,
    amphorae: AMPHORAE.map((id) => ({ id, vrrpPortId: null }) as Amphora), listeners: [], pools: [], ...fields,
    vip: { ipAddress: '10.0.0.11', portId: null, subnetId: 'sub4', networkId: 'net', qosPolicyId: null, octaviaOwned: true, vnicType: 'normal', securityGroupIds: [], ...vip },
  };
}
const listener = (fields: Partial<Listener>): Listener => ({ id: 'l', protocol: 'HTTP', protocolPort: 80, allowedCidrs: [], provisioningStatus: 'ACTIVE', peerPort: 1025, ...fields }) as Listener;
const ingress = (fake: FakeNeutron) => fake.rows['security-group-rules'].filter(({ direction }) => direction === 'ingress')
  .map((rule) => [rule['protocol'], rule['port_range_min'], rule['remote_ip_prefix']].join(' ')).toSorted();

describe('the VIP in Neutron', () => {
  it('its port has the name, device and owner of the original and is left down', async () => {
    const { driver, fake } = await world();
    const vip = await driver.allocateVip(request({ ipAddress: '10.0.0.99' }));
    expect(vip).toMatchObject({ ipAddress: '10.0.0.99', subnetId: 'sub4', networkId: 'net', octaviaOwned: true });
    expect(fake.rows.ports).toMatchObject([{ id: vip.portId, name: `octavia-lb-${LB}`, device_id: `lb-${LB}`, device_owner: 'Octavia', admin_state_up: false, project_id: 'demo' }]);
  });

  it('additional VIPs are addresses of the same port, in the order they were asked for', async () => {
    const { driver, fake } = await world();
    fake.add('subnets', { id: 'sub6', network_id: 'net', cidr: 'fd10::/64', ip_version: 6, ipv6_address_mode: 'slaac' });
    fake.add('subnets', { id: 'subB', network_id: 'net', cidr: '10.9.0.0/24', ip_version: 4 });
    const vip = await driver.allocateVip(request({ additional: [{ subnetId: 'sub6', ipAddress: null, portId: null }, { subnetId: 'subB', ipAddress: '10.9.0.7', portId: null }] }));
    expect(vip.additional).toMatchObject([{ subnetId: 'sub6', portId: vip.portId }, { subnetId: 'subB', ipAddress: '10.9.0.7' }]);
    expect(fake.rows.ports).toHaveLength(1);
  });

  it('a taken address and a missing port are told apart', async () => {
    const { driver } = await world();
    await driver.allocateVip(request({ ipAddress: '10.0.0.99' }));
    await expect(driver.allocateVip(request({ loadBalancerId: 'other', ipAddress: '10.0.0.99' }))).rejects.toThrow(AddressInUse);
    await expect(driver.allocateVip(request({ portId: 'nowhere' }))).rejects.toThrow(ResourceNotFound);
  });

  it.each([
    [409, 'IpAddressGenerationFailure', { code: 'addresses-exhausted', retry: 'wait' }], [409, 'OverQuota', { kind: 'conflict', reason: 'because', retry: 'wait' }],
    [409, 'SomethingNew', { kind: 'conflict', reason: 'because', retry: 'retry' }], [400, 'InvalidIpForNetwork', { kind: 'invalid', reason: 'because', retry: 'fatal' }],
    [403, 'PolicyNotAuthorized', { status: 403 }],
  ])('%d %s', async (status, type, expected) => {
    const { driver } = await world((script) => (call) => (call.method === 'POST' ? { status, body: { NeutronError: { type, message: 'because' } } } : script(call)));
    await expect(driver.allocateVip(request())).rejects.toMatchObject(expected);
  });

  it('a port whose answer got lost does not stay', async () => {
    let isLost = false;
    const { driver, fake } = await world((script) => (call) => {
      const answer = script(call);
      if (call.method !== 'POST' || isLost) return answer;
      isLost = true;
      return { status: 500, body: { NeutronError: { type: 'X', message: 'lost' } } };
    });
    await expect(driver.allocateVip(request())).rejects.toThrow(/lost/);
    expect(fake.rows.ports).toEqual([]);
  });

  it('a user\'s own port is adopted, guarded, and given back as it was', async () => {
    const { driver, fake, fresh } = await world();
    const own = fake.add('ports', { network_id: 'net', device_id: '', security_groups: ['mine'], fixed_ips: [{ subnet_id: 'sub4', ip_address: '10.0.0.50' }], allowed_address_pairs: [] });
    const vip = await driver.allocateVip(request({ portId: own.id, subnetId: null }));
    expect(vip).toMatchObject({ portId: own.id, ipAddress: '10.0.0.50', octaviaOwned: false });
    const loadBalancer = graph({ portId: own.id, ipAddress: '10.0.0.50', octaviaOwned: false });
    await driver.ensureSecurityGroup(loadBalancer);
    expect(own['security_groups']).toEqual(['mine', fake.rows['security-groups'][0]?.id]);
    await fresh().removeVip(loadBalancer);
    await fresh().removeSecurityGroup(LB);
    expect(own['security_groups']).toEqual(['mine']);
    expect([fake.rows.ports.length, fake.rows['security-groups'].length]).toEqual([1, 0]);
  });

  it('has one security group, however many ask for it at the same time', async () => {
    const { driver, fake } = await world();
    const { portId } = await driver.allocateVip(request());
    const loadBalancer = graph({ portId });
    await Promise.all([driver.ensureSecurityGroup(loadBalancer), ...AMPHORAE.map((id) => driver.ensureVrrpPort(loadBalancer, id, true))]);
    const [group, ...others] = fake.rows['security-groups'];
    expect(others).toEqual([]);
    expect(ingress(fake)).toEqual(expect.arrayContaining([expect.stringMatching(/^(vrrp|112) /)]));
    expect(fake.rows.ports.map((port) => port['security_groups'])).toEqual([[group?.id], [group?.id], [group?.id]]);
  });

  it('does without security groups where Neutron has none', async () => {
    const { driver, fake, fresh, calls } = await world((script) => script, createFakeNeutron(['allowed-address-pairs']));
    const { portId, ipAddress } = await driver.allocateVip(request());
    const loadBalancer = graph({ portId, ipAddress });
    await driver.ensureSecurityGroup(loadBalancer);
    await driver.ensureVrrpPort(loadBalancer, AMPHORAE[0]);
    await fresh().ensureVrrpPort(loadBalancer, AMPHORAE[0]);
    expect(fake.rows.ports.map(({ name }) => name)).toEqual([`octavia-lb-${LB}`, `octavia-lb-vrrp-${AMPHORAE[0]}`]);
    expect(calls.filter((call) => call.startsWith('PUT'))).toEqual([]);
    await fresh().removeVip(loadBalancer);
    await fresh().removeSecurityGroup(LB);
  });

  it('another project\'s group of the same name is neither used nor removed', async () => {
    const { driver, fake, fresh } = await world();
    const foreign = fake.add('security-groups', { name: `lb-${LB}`, project_id: 'stranger' });
    fake.add('ports', { network_id: 'net', security_groups: [foreign.id], fixed_ips: [] });
    const { portId } = await driver.allocateVip(request());
    await driver.ensureSecurityGroup(graph({ portId }));
    expect(fake.rows['security-groups']).toMatchObject([{ id: foreign.id }, { name: `lb-${LB}`, project_id: 'service-project' }]);
    expect(fake.rows.ports.find(({ id }) => id === portId)?.['security_groups']).toEqual([fake.rows['security-groups'][1]?.id]);
    expect(fake.rows['security-group-rules'].filter(({ security_group_id: id }) => id === foreign.id)).toEqual([]);
    await fresh().removeVip(graph({ portId }));
    await fresh().removeSecurityGroup(LB);
    expect(fake.rows['security-groups']).toEqual([foreign]);
  });

  it('another project\'s port of the same device is neither adopted nor removed', async () => {
    const { driver, fake } = await world();
    const foreign = fake.add('ports', { network_id: 'net', device_id: `lb-${LB}`, project_id: 'stranger', security_groups: [], fixed_ips: [{ subnet_id: 'sub4', ip_address: '10.0.0.77' }] });
    const before = await driver.allocateVip(request());
    await driver.removePort(before.portId);
    const after = await driver.ensureVip(graph({ portId: before.portId, ipAddress: before.ipAddress }));
    expect(after.ipAddress).toBe(before.ipAddress);
    await driver.removeVip(graph({ portId: after.portId, ipAddress: before.ipAddress }));
    expect(fake.rows.ports).toEqual([foreign]);
  });

  it('a deleted port comes back with the same addresses', async () => {
    const { driver, fake } = await world();
    const before = await driver.allocateVip(request());
    await driver.removePort(before.portId);
    const after = await driver.ensureVip(graph({ portId: before.portId, ipAddress: before.ipAddress }));
    expect(after).toMatchObject({ ipAddress: before.ipAddress, octaviaOwned: true });
    expect(fake.rows.ports.map(({ id }) => id)).toEqual([after.portId]);
  });

  it('so does one with an address of an automatic subnet, which follows from the port\'s MAC address alone', async () => {
    const { driver, fake } = await world();
    fake.add('subnets', { id: 'sub6', network_id: 'net', cidr: 'fd10::/64', ip_version: 6, ipv6_address_mode: 'slaac' });
    const before = await driver.allocateVip(request({ subnetId: 'sub6', additional: [{ subnetId: 'sub4', ipAddress: null, portId: null }] }));
    await driver.removePort(before.portId);
    const additionalVips = before.additional.map((extra) => ({ ...extra }));
    const after = await driver.ensureVip(graph({ portId: before.portId, ipAddress: before.ipAddress, subnetId: 'sub6' }, { additionalVips }));
    expect(after).toEqual({ ...before, portId: after.portId, additional: [{ ...before.additional[0], portId: after.portId }] });
    expect(fake.rows.ports.map(({ id }) => id)).toEqual([after.portId]);
  });
});

describe('security group and amphora ports in Neutron', () => {
  it('rules follow listeners, CIDRs and topology, and only what differs is written', async () => {
    const { driver, fake, calls } = await world();
    const { portId } = await driver.allocateVip(request());
    await driver.ensureSecurityGroup(graph({ portId }));
    expect(ingress(fake)).toEqual(['112  ', '51  ', 'tcp 1025 ']);
    expect(fake.rows.ports[0]?.['security_groups']).toEqual([fake.rows['security-groups'][0]?.id]);
    await driver.ensureSecurityGroup(graph({ portId }, { listeners: [listener({}), listener({ id: 'u', protocol: 'UDP', protocolPort: 53, allowedCidrs: ['192.0.2.0/24'] })] }));
    expect(ingress(fake)).toEqual(['112  ', '51  ', 'tcp 1025 ', 'tcp 80 ', 'udp 53 192.0.2.0/24']);
    calls.length = 0;
    await driver.ensureSecurityGroup(graph({ portId }, { listeners: [listener({ allowedCidrs: ['10.0.0.0/8'] })] }));
    expect(calls.map((call) => call.split('/')[0])).toEqual(['GET ', 'POST ', 'DELETE ', 'DELETE ']);
    expect(ingress(fake)).toEqual(['112  ', '51  ', 'tcp 1025 ', 'tcp 80 10.0.0.0/8']);
  });

  it('a listener that changes leaves the VIP the groups that its user gave it; the load balancer itself brings ours back', async () => {
    const { fresh, driver, fake, neutron } = await world();
    const { portId } = await driver.allocateVip(request());
    await driver.ensureSecurityGroup(graph({ portId }));
    const groups = () => fake.rows.ports.find(({ id }) => id === portId)?.['security_groups'];
    const ours = groups();
    await neutron.send('PUT', `/ports/${portId}`, { body: { port: { security_groups: ['own-group'] } } });
    for (const one of [driver, fresh()]) await one.ensureSecurityGroup(graph({ portId }, { listeners: [listener({ provisioningStatus: 'PENDING_UPDATE' })] }));
    expect(groups()).toEqual(['own-group']);
    await fresh().ensureSecurityGroup(graph({ portId }, { listeners: [listener({})] }));
    expect(groups()).toEqual(ours);
  });

  it('the VIP gets other groups of its load balancer while a listener changes, also after an attempt that failed half-way', async () => {
    let refused = '';
    const { driver, fake } = await world((script) => (call) => (call.method === 'PUT' && call.url.endsWith(`/ports/${refused}`) ? { status: 500, body: {} } : script(call)));
    const { portId } = await driver.allocateVip(request());
    const { port: { id: vrrpPortId } } = await driver.ensureVrrpPort(graph({ portId }), AMPHORAE[0]);
    const amphorae = [{ id: AMPHORAE[0], vrrpPortId } as Amphora];
    await driver.ensureSecurityGroup(graph({ portId }, { amphorae }));
    const changed = graph({ portId, securityGroupIds: ['given'] }, { amphorae, listeners: [listener({ provisioningStatus: 'PENDING_DELETE' })] });
    refused = vrrpPortId;
    await expect(driver.ensureSecurityGroup(changed)).rejects.toThrow('500');
    refused = '';
    await driver.ensureSecurityGroup(changed);
    const wanted = ['given', fake.rows['security-groups'][0]?.id];
    expect([portId, vrrpPortId].map((id) => fake.rows.ports.find((port) => port.id === id)?.['security_groups'])).toEqual([wanted, wanted]);
  });

  it('a VRRP port has everything from its birth: pairs, groups, policy, vNIC', async () => {
    const { driver, fake, calls } = await world();
    const { portId } = await driver.allocateVip(request());
    const loadBalancer = graph({ portId, qosPolicyId: 'q', vnicType: 'direct', securityGroupIds: ['user-group'] });
    await driver.ensureSecurityGroup(loadBalancer);
    calls.length = 0;
    const [one] = await Promise.all(AMPHORAE.map((id) => driver.ensureVrrpPort(loadBalancer, id)));
    await driver.applyQos(one?.port.id ?? '', 'q');
    expect(one).toMatchObject({ network: { mtu: 1450 }, subnets: [{ id: 'sub4', cidr: '10.0.0.0/24' }], port: { vnicType: 'direct' } });
    expect(fake.rows.ports[1]).toMatchObject({
      name: `octavia-lb-vrrp-${AMPHORAE[0]}`, allowed_address_pairs: [{ ip_address: '10.0.0.11' }], security_groups: ['user-group', fake.rows['security-groups'][0]?.id],
      qos_policy_id: 'q', 'binding:vnic_type': 'direct', device_id: '',
    });
    expect(calls.filter((call) => call.startsWith('GET')).toSorted()).toEqual([
      'GET /neutron/v2.0/networks/net', ...AMPHORAE.map((id) => `GET /neutron/v2.0/ports?name=octavia-lb-vrrp-${id}`), 'GET /neutron/v2.0/subnets?network_id=net',
    ]);
    expect(calls).toHaveLength(6);
  });

  it('a policy is written where the port has another one, after a restart too, and nothing where Neutron knows no policies', async () => {
    const { driver, fake, fresh, calls } = await world();
    const port = (id: string, fields = {}) => fake.add('ports', { id, network_id: 'net', fixed_ips: [], ...fields });
    port('plain', { qos_policy_id: null });
    const limited = port('limited', { qos_policy_id: 'old' });
    await driver.applyQos('plain', null);
    await driver.applyQos('limited', 'old');
    expect(calls.filter((call) => call.startsWith('PUT'))).toEqual([]);
    await fresh().applyQos('limited', 'new');
    expect(limited['qos_policy_id']).toBe('new');
    await fresh().applyQos('limited', null);
    expect(limited['qos_policy_id']).toBeNull();
    await fresh().applyQos('deleted by hand', null);
    await expect(fresh().applyQos('deleted by hand', 'new')).rejects.toThrow(ResourceNotFound);
    await scripted?.stop();

    const bare = await world((script) => script, createFakeNeutron(['allowed-address-pairs']));
    for (const id of ['a', 'b']) bare.fake.add('ports', { id, network_id: 'net', fixed_ips: [] });
    for (const id of ['a', 'b']) await bare.driver.applyQos(id, null);
    expect(bare.calls).toEqual(['GET /neutron/v2.0/extensions']);
    await expect(bare.driver.applyQos('a', 'q')).rejects.toThrow('qos_policy_id');
  });

  it('ports of a new amphora are not looked for, unless a first attempt failed', async () => {
    let isBroken = true;
    const { neutron, calls, driver, fake } = await world((script) => (call) => {
      const answer = script(call);
      if (call.method !== 'POST' || !call.url.endsWith('/ports') || !isBroken) return answer;
      isBroken = false;
      return { status: 500, body: { message: 'lost' } };
    });
    await driver.ensureSecurityGroup(graph({}));
    const retrying = createNeutronDriver({ neutron, bootNetworkIds: ['mgmt'], retries: { max_retries: 2, retry_interval: 0, retry_backoff: 0, retry_max: 0 } });
    await retrying.ensureVrrpPort(graph({}), AMPHORAE[0], true);
    expect(fake.rows.ports).toHaveLength(1);
    calls.length = 0;
    await retrying.ensureVrrpPort(graph({}), AMPHORAE[1], true);
    expect(calls).toEqual(['POST /neutron/v2.0/ports']);
  });

  it('member ports gain and lose subnets and keep the addresses they have', async () => {
    const { driver, fake } = await world();
    const first = await driver.ensureMemberPort(graph({}), AMPHORAE[0], 'members', ['m1'], 'normal');
    const both = await driver.ensureMemberPort(graph({}), AMPHORAE[0], 'members', ['m1', 'm2'], 'normal');
    expect(both.port.fixedIps).toMatchObject([first.port.fixedIps[0] ?? {}, { subnetId: 'm2' }]);
    expect(both.subnets.map(({ id }) => id)).toEqual(['m1', 'm2']);
    const second = await driver.ensureMemberPort(graph({}), AMPHORAE[0], 'members', ['m2'], 'normal');
    expect(second.port.fixedIps).toEqual([both.port.fixedIps[1]]);
    expect(fake.rows.ports).toHaveLength(1);
  });

  it('ports that Nova made for the server are found, those it boots with are left alone', async () => {
    const { driver, fake } = await world();
    fake.add('ports', { name: `octavia-lb-vrrp-${AMPHORAE[0]}`, network_id: 'net', device_id: 'server', fixed_ips: [] });
    const nameless = fake.add('ports', { name: '', network_id: 'members', device_id: 'server', fixed_ips: [{ subnet_id: 'm1', ip_address: '10.1.0.5' }] });
    fake.add('ports', { name: '', network_id: 'mgmt', device_id: 'server', fixed_ips: [] });
    expect((await driver.listAmphoraPorts(AMPHORAE[0])).map(({ networkId }) => networkId).toSorted()).toEqual(['members', 'net']);
    expect((await driver.ensureMemberPort(graph({}), AMPHORAE[0], 'members', ['m1'], 'normal')).port.id).toBe(nameless.id);
  });

  it('a user\'s port with the name of an amphora\'s leads to no port of another server', async () => {
    const { driver, fake } = await world();
    const bait = fake.add('ports', { name: `octavia-lb-vrrp-${AMPHORAE[0]}`, network_id: 'net', device_id: 'strangers-server', project_id: 'user', fixed_ips: [] });
    const own = fake.add('ports', { name: `octavia-lb-vrrp-${AMPHORAE[0]}`, network_id: 'net', device_id: 'server', fixed_ips: [] });
    const nameless = fake.add('ports', { name: '', network_id: 'members', device_id: 'server', fixed_ips: [{ subnet_id: 'm1', ip_address: '10.1.0.5' }] });
    const strangers = fake.add('ports', { name: 'db', network_id: 'members', device_id: 'strangers-server', project_id: 'stranger', fixed_ips: [{ subnet_id: 'm1', ip_address: '10.1.0.6' }] });
    const known = graph({}, { amphorae: AMPHORAE.map((id) => ({ id, vrrpPortId: null, computeId: 'server' }) as Amphora) });
    expect((await driver.ensureMemberPort(known, AMPHORAE[0], 'members', ['m1'], 'normal')).port.id).toBe(nameless.id);
    const ids = (await driver.listAmphoraPorts(AMPHORAE[0], 'all', 'server')).map(({ id }) => id);
    expect(ids.toSorted()).toEqual([bait.id, own.id, nameless.id].toSorted());
    expect(ids).not.toContain(strangers.id);
  });

  it('a member port is Nova\'s where it makes one, found again when its answer got lost, with addresses on every subnet asked for', async () => {
    const { fake, neutron } = await world();
    fake.add('ports', { name: `octavia-lb-vrrp-${AMPHORAE[0]}`, network_id: 'net', device_id: 'server', fixed_ips: [] });
    const asked: string[] = [];
    const attachNetwork = async (computeId: string, networkId: string) => {
      asked.push(`${computeId} ${networkId}`);
      const { id } = fake.add('ports', { name: '', network_id: networkId, device_id: computeId, mac_address: 'fa:16:3e:00:00:09', fixed_ips: [{ subnet_id: 'm2', ip_address: '10.2.0.9' }] });
      if (asked.length === 1) throw new Error('the answer got lost');
      return { portId: id, macAddress: 'fa:16:3e:00:00:09', fixedIps: [{ subnetId: 'm2', ipAddress: '10.2.0.9' }] };
    };
    const driver = createNeutronDriver({ neutron, bootNetworkIds: ['mgmt'], attachNetwork });
    const loadBalancer = graph({}, { amphorae: AMPHORAE.map((id, index) => ({ id, vrrpPortId: null, computeId: index === 0 ? 'server' : 'other' }) as Amphora) });
    await expect(driver.ensureMemberPort(loadBalancer, AMPHORAE[0], 'members', ['m1'], 'normal')).rejects.toThrow('lost');
    expect(await driver.ensureMemberPort(loadBalancer, AMPHORAE[0], 'members', ['m1'], 'normal')).toMatchObject({ port: { deviceId: 'server', fixedIps: [{ subnetId: 'm1' }] }, subnets: [{ id: 'm1' }] });
    const { port } = await driver.ensureMemberPort(loadBalancer, AMPHORAE[1], 'members', ['m2'], 'normal');
    expect(port).toMatchObject({ deviceId: 'other', macAddress: 'fa:16:3e:00:00:09', fixedIps: [{ subnetId: 'm2', ipAddress: '10.2.0.9' }] });
    expect((await driver.ensureMemberPort(loadBalancer, AMPHORAE[1], 'members', ['m2'], 'normal')).port.id).toBe(port.id);
    expect(asked).toEqual(['server members', 'other members']);
    expect((await driver.ensureMemberPort(loadBalancer, AMPHORAE[1], 'net', ['sub4'], 'direct')).port.name).toBe(`octavia-lb-member-${AMPHORAE[1]}`);
  });

  it('whichever call of a new amphora with Nova\'s member port fails or loses its answer, doing it again makes nothing twice, and its removal leaves nothing', async () => {
    for (const kind of ['refused', 'lost'] as const) {
      for (let failing = 1, isOver = false; !isOver; failing += 1) {
        let count = 0;
        const fails = (): boolean => (count += 1) === failing;
        const { fake, neutron, calls } = await world((script) => (call) => {
          if (call.url.includes('/extensions') || !fails()) return script(call);
          if (kind === 'lost') void script(call);
          return { status: 500, body: { message: 'broken' } };
        });
        const attachNetwork = async (computeId: string, networkId: string) => {
          const isBroken = fails();
          if (isBroken && kind === 'refused') throw new Error('broken');
          const { id } = fake.add('ports', { name: '', network_id: networkId, device_id: computeId, device_owner: 'compute:az1', mac_address: 'fa:16:3e:00:00:09', security_groups: ['default'], fixed_ips: [{ subnet_id: 'm1', ip_address: '10.1.0.9' }] });
          if (isBroken) throw new Error('lost');
          return { portId: id, macAddress: 'fa:16:3e:00:00:09', fixedIps: [{ subnetId: 'm1', ipAddress: '10.1.0.9' }] };
        };
        const retries = { max_retries: 2, retry_interval: 0, retry_backoff: 0, retry_max: 0 };
        const fresh = () => createNeutronDriver({ neutron, bootNetworkIds: ['mgmt'], attachNetwork, retries });
        const [amphora] = AMPHORAE;
        const loadBalancer = graph({}, { amphorae: [{ id: amphora, vrrpPortId: null, computeId: 'server' } as Amphora] });
        // A run that failed is followed by one to which the amphora is not new.
        const run = async (isNew: boolean) => {
          const driver = fresh();
          const { port } = await driver.ensureVrrpPort(loadBalancer, amphora, isNew);
          Object.assign(fake.rows.ports.find(({ id }) => id === port.id) ?? {}, { device_id: 'server' });
          await driver.ensureMemberPort(loadBalancer, amphora, 'members', ['m1'], 'normal', isNew);
        };
        await run(true).catch(() => run(false));
        expect([kind, failing, fake.rows.ports.map(({ network_id: network }) => network)]).toEqual([kind, failing, ['net', 'members']]);
        const remove = async () => {
          const driver = fresh();
          const left = await driver.listAmphoraPorts(amphora, 'ours');
          // Nova takes its own away with the server.
          for (const port of fake.rows.ports.filter(({ name }) => name === '')) fake.rows.ports.splice(fake.rows.ports.indexOf(port), 1);
          for (const { id } of left) await driver.removePort(id);
        };
        await remove().catch(remove);
        await fresh().removeSecurityGroup(LB);
        expect([kind, failing, fake.rows.ports, fake.rows['security-groups']]).toEqual([kind, failing, [], []]);
        expect(calls.filter((call) => call.startsWith('DELETE /neutron/v2.0/ports')).length).toBeLessThanOrEqual(2);
        isOver = count < failing;
        await scripted?.stop();
        scripted = undefined;
      }
    }
  });

  it('whichever call fails or loses its answer, doing it again ends in the same place and nothing is left over', async () => {
    for (const kind of ['refused', 'lost'] as const) {
      for (let failing = 1, isOver = false; !isOver; failing += 1) {
        let count = 0;
        const { fake, fresh } = await world((script) => (call) => {
          if (call.url.includes('/extensions')) return script(call);
          count += 1;
          if (count !== failing) return script(call);
          if (kind === 'lost') void script(call);
          return { status: 500, body: { message: 'broken' } };
        });
        const again = async <T>(work: () => Promise<T>): Promise<T> => {
          try {
            return await work();
          } catch {
            return work();
          }
        };
        const vip = await again(() => fresh().allocateVip(request()));
        const loadBalancer = graph({ portId: vip.portId, ipAddress: vip.ipAddress }, { listeners: [listener({})] });
        await again(() => fresh().ensureSecurityGroup(loadBalancer));
        await again(() => fresh().ensureVrrpPort(loadBalancer, AMPHORAE[0]));
        await again(() => fresh().ensureMemberPort(loadBalancer, AMPHORAE[0], 'members', ['m1'], 'normal'));
        expect([kind, failing, fake.rows.ports.length, fake.rows['security-groups'].length, ingress(fake).length]).toEqual([kind, failing, 3, 1, 4]);
        await again(async () => {
          const driver = fresh();
          for (const { id } of await driver.listAmphoraPorts(AMPHORAE[0])) await driver.removePort(id);
        });
        await again(() => fresh().removeVip(loadBalancer));
        await again(() => fresh().removeSecurityGroup(LB));
        expect([kind, failing, fake.rows.ports, fake.rows['security-groups']]).toEqual([kind, failing, [], []]);
        isOver = count < failing;
        await scripted?.stop();
        scripted = undefined;
      }
    }
  });
});
