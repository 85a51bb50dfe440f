import { beforeEach, describe, expect, test } from 'vitest';
import { openRecordStore } from '../../../lib/records/record-store.ts';
import type { Amphora, Listener, LoadBalancerGraph } from '../../../model/graph.ts';
import { AddressesExhausted, AddressInUse, PortRefused, ResourceNotFound } from '../../errors.ts';
import type { NetworkDriver, VipRequest } from '../network-driver.ts';
import { createLocalNetworkDriver } from './local-network-driver.ts';
import { openNetworkRecords, portKey, type NetworkRecords } from './network-records.ts';
import { createNetwork, createSubnet } from './networks.ts';
import { createPort, deletePort, updatePort } from './ports.ts';
import { createSecurityGroup, rulesOf } from './security-groups.ts';
import { createQosPolicy } from './qos-policies.ts';

const LB = 'aaaaaaaa-0000-4000-8000-000000000001';
const AMP = 'bbbbbbbb-0000-4000-8000-000000000001';

let records: NetworkRecords;
let driver: NetworkDriver;
let networkId: string;
let subnetId: string;
beforeEach(() => {
  records = openNetworkRecords(openRecordStore(':memory:'));
  driver = createLocalNetworkDriver({ records, fabric: { settled: async () => undefined }, serviceProjectId: 'service' });
  networkId = createNetwork(records, { projectId: 'demo' }).id;
  subnetId = createSubnet(records, { networkId, cidr: '10.0.10.0/24', ipVersion: 4, projectId: 'demo' }).id;
});

function request(fields: Partial<VipRequest> = {}): VipRequest {
  return { loadBalancerId: LB, projectId: 'demo', networkId, subnetId, ipAddress: null, portId: null, qosPolicyId: null, securityGroupIds: [], additional: [], ...fields };
}

function graph(vip: Partial<LoadBalancerGraph['vip']>, fields: Partial<LoadBalancerGraph> = {}): LoadBalancerGraph {
  return {
    id: LB, projectId: 'demo', name: null, enabled: true, provisioningStatus: 'PENDING_UPDATE', operatingStatus: 'ONLINE', topology: 'ACTIVE_STANDBY', provider: 'amphora',
    flavorId: null, flavor: {}, availabilityZoneName: null, availabilityZone: {}, serverGroupId: null, additionalVips: [], vrrpGroup: null,
    amphorae: [{ id: AMP } as Amphora], listeners: [], pools: [], ...fields,
    vip: { ipAddress: '10.0.10.2', portId: null, subnetId, networkId, qosPolicyId: null, octaviaOwned: true, vnicType: 'normal', securityGroupIds: [], ...vip },
  };
}

function listener(fields: Partial<Listener>): Listener {
  return { id: 'l', protocol: 'HTTP', protocolPort: 80, allowedCidrs: [], provisioningStatus: 'ACTIVE', peerPort: 1025, ...fields } as Listener;
}

describe('VIP', () => {
  test('the port is named, owned and left down as the original does', async () => {
    const vip = await driver.allocateVip(request());
    expect(vip).toMatchObject({ ipAddress: '10.0.10.2', subnetId, networkId, octaviaOwned: true, additional: [] });
    expect(records.ports.get(vip.portId)).toMatchObject({ name: `octavia-lb-${LB}`, deviceId: `lb-${LB}`, deviceOwner: 'Octavia', adminStateUp: false, projectId: 'demo' });
  });

  test('a listener for everybody on a port of the peers needs no second rule', async () => {
    const { portId } = await driver.allocateVip(request());
    await driver.ensureSecurityGroup(graph({ portId }, { listeners: [listener({ protocol: 'TCP', protocolPort: 1025, allowedCidrs: ['0.0.0.0/0', '192.0.2.0/24'] })] }));
    const [group] = records.securityGroupsNamed(`lb-${LB}`);
    const ingress = rulesOf(records, group?.id ?? '').filter(({ direction, protocol }) => direction === 'ingress' && protocol === 'tcp');
    expect(ingress).toMatchObject([{ portRangeMin: 1025 }, { portRangeMin: 1025 }]);
  });

  test('a listener that changes leaves the VIP the groups that its user gave it; the load balancer itself brings its own', async () => {
    const { portId } = await driver.allocateVip(request());
    await driver.ensureVrrpPort(graph({ portId }), AMP);
    await driver.ensureSecurityGroup(graph({ portId }));
    const ours = records.securityGroupsNamed(`lb-${LB}`)[0]?.id;
    const groups = () => [portId, ...records.portsBy(portKey.name(`octavia-lb-vrrp-${AMP}`)).map(({ id }) => id)].map((id) => records.ports.get(id)?.securityGroupIds);
    const own = createSecurityGroup(records, { name: 'own', projectId: 'demo' });
    updatePort(records, portId, { securityGroupIds: [own.id] });
    const listeners = [listener({ provisioningStatus: 'PENDING_UPDATE' })];
    await driver.ensureSecurityGroup(graph({ portId }, { listeners }));
    expect(groups()).toEqual([[own.id], [ours]]);
    const given = createSecurityGroup(records, { name: 'given', projectId: 'demo' });
    await driver.ensureSecurityGroup(graph({ portId, securityGroupIds: [given.id] }, { listeners }));
    expect(groups()).toEqual([[given.id, ours], [given.id, ours]]);
    await driver.ensureSecurityGroup(graph({ portId }));
    expect(groups()).toEqual([[ours], [ours]]);
  });

  test('another project\'s group of the same name is neither used nor removed', async () => {
    const foreign = createSecurityGroup(records, { name: `lb-${LB}`, projectId: 'stranger' });
    const guarded = createPort(records, { networkId, projectId: 'stranger', securityGroupIds: [foreign.id] });
    const { portId } = await driver.allocateVip(request());
    await driver.ensureSecurityGroup(graph({ portId }, { listeners: [listener({})] }));
    expect(rulesOf(records, foreign.id).filter(({ direction }) => direction === 'ingress')).toEqual([]);
    expect(records.ports.get(portId)?.securityGroupIds).toEqual(records.securityGroupsNamed(`lb-${LB}`).filter(({ projectId }) => projectId === 'service').map(({ id }) => id));
    await driver.removeVip(graph({ portId }));
    await driver.removeSecurityGroup(LB);
    expect(records.securityGroupsNamed(`lb-${LB}`)).toEqual([foreign]);
    expect(records.ports.get(guarded.id)?.securityGroupIds).toEqual([foreign.id]);
  });

  test('another project\'s port of the same device is neither adopted nor removed', async () => {
    const foreign = createPort(records, { networkId, projectId: 'stranger', deviceId: `lb-${LB}`, deviceOwner: 'Octavia' });
    const before = await driver.allocateVip(request());
    await driver.removePort(before.portId);
    const after = await driver.ensureVip(graph({ portId: before.portId, ipAddress: before.ipAddress }));
    expect(after).toMatchObject({ ipAddress: before.ipAddress, portId: expect.not.stringMatching(foreign.id) });
    await driver.removePort(after.portId);
    await driver.removeVip(graph({ portId: after.portId }));
    expect(records.ports.get(foreign.id)).toEqual(foreign);
  });

  test('asking twice gives the same port', async () => {
    expect(await driver.allocateVip(request())).toEqual(await driver.allocateVip(request()));
  });

  test('a taken address, a full subnet and a missing network are told apart', async () => {
    await driver.allocateVip(request({ ipAddress: '10.0.10.9' }));
    const other = { loadBalancerId: 'aaaaaaaa-0000-4000-8000-000000000002' };
    await expect(driver.allocateVip(request({ ...other, ipAddress: '10.0.10.9' }))).rejects.toThrow(AddressInUse);
    await expect(driver.allocateVip(request({ ...other, networkId: 'nowhere' }))).rejects.toThrow(ResourceNotFound);
    const tiny = createSubnet(records, { networkId, cidr: '10.0.11.0/30', ipVersion: 4, projectId: 'demo' });
    createPort(records, { networkId, projectId: 'demo', fixedIps: [{ subnetId: tiny.id }] });
    await expect(driver.allocateVip(request({ ...other, subnetId: tiny.id }))).rejects.toThrow(AddressesExhausted);
    await expect(driver.allocateVip(request({ ...other, additional: [{ subnetId: tiny.id, ipAddress: null, portId: null }] }))).rejects.toThrow(AddressesExhausted);
  });

  test('an address that a port cannot have is refused as an invalid port', async () => {
    const refusal = { kind: 'invalid', reason: 'IP address 192.0.2.1 is not a valid IP for the specified subnet.' };
    await expect(driver.allocateVip(request({ ipAddress: '192.0.2.1' }))).rejects.toMatchObject(refusal);
    await expect(driver.allocateVip(request({ ipAddress: '192.0.2.1' }))).rejects.toThrow(PortRefused);
  });

  test('additional VIPs share the port, also when both are of one subnet', async () => {
    const v6 = createSubnet(records, { networkId, cidr: 'fd00:10::/64', ipVersion: 6, projectId: 'demo' });
    const vip = await driver.allocateVip(request({ additional: [{ subnetId: v6.id, ipAddress: null, portId: null }, { subnetId, ipAddress: '10.0.10.44', portId: null }] }));
    expect(vip.additional.map(({ portId, subnetId: id, ipAddress }) => [portId, id, ipAddress])).toEqual([[vip.portId, v6.id, 'fd00:10::2'], [vip.portId, subnetId, '10.0.10.44']]);
    expect(vip.ipAddress).not.toBe('10.0.10.44');
  });

  test('a deleted VIP port comes back with its address', async () => {
    const vip = await driver.allocateVip(request({ ipAddress: '10.0.10.9' }));
    deletePort(records, vip.portId);
    const again = await driver.ensureVip(graph({ ipAddress: '10.0.10.9', portId: vip.portId }));
    expect(again).toMatchObject({ ipAddress: '10.0.10.9', octaviaOwned: true });
    expect(await driver.ensureVip(graph({ ipAddress: '10.0.10.9', portId: vip.portId }))).toEqual(again);
  });

  test('a user’s port is adopted, keeps its groups and outlives the load balancer without ours', async () => {
    const own = createSecurityGroup(records, { name: 'own', projectId: 'demo' });
    const port = createPort(records, { networkId, projectId: 'demo', securityGroupIds: [own.id] });
    const vip = await driver.allocateVip(request({ portId: port.id, subnetId: null }));
    expect(vip).toMatchObject({ portId: port.id, octaviaOwned: false, ipAddress: port.fixedIps[0]?.ipAddress });
    const lb = graph({ portId: port.id, octaviaOwned: false });
    await driver.ensureSecurityGroup(lb);
    expect(records.ports.get(port.id)?.securityGroupIds).toEqual([own.id, records.securityGroupsNamed(`lb-${LB}`)[0]?.id]);
    await driver.removeVip(lb);
    await driver.removeSecurityGroup(LB);
    expect(records.ports.get(port.id)?.securityGroupIds).toEqual([own.id]);
    expect(records.securityGroups.find((group) => group.name === `lb-${LB}`)).toBeUndefined();
  });
});

describe('amphora ports', () => {
  test('the VRRP port may use every VIP and has the group; twice is once', async () => {
    const vip = await driver.allocateVip(request());
    const lb = graph({ portId: vip.portId });
    const { port, subnets, network } = await driver.ensureVrrpPort(lb, AMP);
    expect(port).toMatchObject({ name: `octavia-lb-vrrp-${AMP}`, deviceOwner: 'Octavia', allowedAddressPairs: [{ ipAddress: vip.ipAddress }], projectId: 'service' });
    expect(subnets.map((subnet) => subnet.id)).toEqual([subnetId]);
    expect(network.subnetIds).toEqual([subnetId]);
    expect((await driver.ensureVrrpPort(lb, AMP)).port.id).toBe(port.id);
    expect((await driver.listAmphoraPorts(AMP)).map((found) => found.id)).toEqual([port.id]);
    await driver.removePort(port.id);
    await driver.removePort(port.id);
    expect(await driver.listAmphoraPorts(AMP)).toEqual([]);
  });

  test('a member port follows the subnets asked for and keeps the addresses that stay', async () => {
    const other = createNetwork(records, { projectId: 'demo' });
    const [first, second] = ['10.1.0.0/24', '10.2.0.0/24'].map((cidr) => createSubnet(records, { networkId: other.id, cidr, ipVersion: 4, projectId: 'demo' }).id);
    const one = (await driver.ensureMemberPort(graph({}), AMP, other.id, [first ?? ''], 'normal')).port;
    const two = (await driver.ensureMemberPort(graph({}), AMP, other.id, [first ?? '', second ?? ''], 'normal')).port;
    expect(two.id).toBe(one.id);
    expect(two.fixedIps[0]).toEqual(one.fixedIps[0]);
    expect(two.fixedIps).toHaveLength(2);
    expect((await driver.ensureMemberPort(graph({}), AMP, other.id, [second ?? ''], 'normal')).port.fixedIps).toEqual([two.fixedIps[1]]);
  });
});

describe('security group', () => {
  const ingress = (): readonly string[] => {
    const group = records.securityGroups.find((candidate) => candidate.name === `lb-${LB}`);
    return rulesOf(records, group?.id ?? '').filter((rule) => rule.direction === 'ingress').map((rule) => [rule.ethertype, rule.protocol, rule.portRangeMin ?? '', rule.remoteIpPrefix ?? ''].join(' ').trim()).sort();
  };

  test('has a rule per listener, CIDR, peer port and VRRP, and only those', async () => {
    const listeners = [
      listener({}), listener({ protocol: 'UDP', protocolPort: 53, peerPort: 1026, allowedCidrs: ['10.0.0.0/8', 'fd00::/8'] }), listener({ protocol: 'SCTP', protocolPort: 9, provisioningStatus: 'PENDING_DELETE', peerPort: 1027 }),
    ];
    await driver.ensureSecurityGroup(graph({}, { listeners }));
    expect(ingress()).toEqual(['IPv4 112', 'IPv4 51', 'IPv4 tcp 1025', 'IPv4 tcp 1026', 'IPv4 tcp 80', 'IPv4 udp 53 10.0.0.0/8', 'IPv6 udp 53 fd00::/8']);
    await driver.ensureSecurityGroup(graph({}, { topology: 'SINGLE', listeners: [listener({ peerPort: null })] }));
    expect(ingress()).toEqual(['IPv4 tcp 80']);
  });

  test('a user’s own groups go onto the ports and listener rules stay out of ours', async () => {
    const own = createSecurityGroup(records, { name: 'own', projectId: 'demo' });
    const vip = await driver.allocateVip(request({ securityGroupIds: [own.id] }));
    const lb = graph({ portId: vip.portId, securityGroupIds: [own.id] }, { listeners: [listener({})] });
    const { port } = await driver.ensureVrrpPort(lb, AMP);
    expect(ingress()).toEqual(['IPv4 112', 'IPv4 51', 'IPv4 tcp 1025']);
    const group = records.securityGroups.find((candidate) => candidate.name === `lb-${LB}`);
    expect(records.ports.get(port.id)?.securityGroupIds).toEqual([own.id, group?.id]);
    expect(records.ports.get(vip.portId)?.securityGroupIds).toEqual([own.id, group?.id]);
  });

  test('brings the VIP’s QoS policy to the VRRP ports, and takes it away', async () => {
    const policy = createQosPolicy(records, { name: 'slow', projectId: 'demo' });
    const vip = await driver.allocateVip(request());
    const { port } = await driver.ensureVrrpPort(graph({ portId: vip.portId }), AMP);
    await driver.ensureSecurityGroup(graph({ portId: vip.portId, qosPolicyId: policy.id }));
    expect(records.ports.get(port.id)?.qosPolicyId).toBe(policy.id);
    await driver.ensureSecurityGroup(graph({ portId: vip.portId }));
    expect(records.ports.get(port.id)?.qosPolicyId).toBeNull();
  });
});

test('a stranger’s objects stay invisible to a caller, shared ones do not', async () => {
  const caller = { projectId: 'other' };
  await expect(driver.getNetwork(networkId, caller)).rejects.toThrow(ResourceNotFound);
  await expect(driver.getSubnet(subnetId, caller)).rejects.toThrow(ResourceNotFound);
  expect((await driver.getSubnet(subnetId, { projectId: 'other', isAdmin: true })).id).toBe(subnetId);
  expect((await driver.getSubnet(subnetId, { projectId: 'demo' })).id).toBe(subnetId);
  expect((await driver.getSubnet(subnetId)).id).toBe(subnetId);
  const shared = createNetwork(records, { projectId: 'demo', shared: true });
  const sharedSubnet = createSubnet(records, { networkId: shared.id, cidr: '10.5.0.0/24', ipVersion: 4, projectId: 'demo' });
  expect((await driver.getSubnet(sharedSubnet.id, caller)).id).toBe(sharedSubnet.id);
});

test('free addresses are counted per subnet', async () => {
  createPort(records, { networkId, projectId: 'demo' });
  expect(await driver.countFreeAddresses(networkId)).toEqual(new Map([[subnetId, 252]]));
});
