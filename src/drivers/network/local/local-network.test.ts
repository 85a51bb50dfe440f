import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { openRecordStore } from '../../../lib/records/record-store.ts';
import { parseIp } from '../../../model/ip.ts';
import { usedAddresses } from './allocate-address.ts';
import { createFloatingIp, deleteFloatingIp, updateFloatingIp } from './floating-ips.ts';
import { NetworkFault } from './network-faults.ts';
import { openNetworkRecords, type NetworkRecords } from './network-records.ts';
import { createNetwork, createSubnet, deleteNetwork, deleteSubnet, updateSubnet } from './networks.ts';
import { createPort, deletePort, updatePort } from './ports.ts';
import { addInterface, createRouter, deleteRouter, removeInterface } from './routers.ts';
import { createRule, createSecurityGroup, deleteSecurityGroup } from './security-groups.ts';

let records: NetworkRecords;
beforeEach(() => { records = openNetworkRecords(openRecordStore(':memory:')); });

function net(cidr = '10.0.0.0/29', options: { external?: boolean; ipv6AddressMode?: 'slaac' } = {}) {
  const network = createNetwork(records, { projectId: 'p', isExternal: options.external ?? false });
  const subnet = createSubnet(records, {
    networkId: network.id, cidr, ipVersion: cidr.includes(':') ? 6 : 4, projectId: 'p', ...(options.ipv6AddressMode && { ipv6AddressMode: options.ipv6AddressMode }),
  });
  return { network, subnet };
}

function fault(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof NetworkFault) return `${error.status} ${error.type}`;
    throw error;
  }
  return 'none';
}

describe('addresses', () => {
  test.each(['0.0.0.0/0', '::/0', '127.5.0.0/16', '126.0.0.0/7', '224.1.0.0/24', 'ff02::/64', '::1/128'])('a subnet %s, which no interface can have, is refused', (cidr) => {
    expect(fault(() => net(cidr))).toBe('400 InvalidInput');
  });

  test('no two ports ever hold the same address, and every address of the pool can be used', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.constant('add'), fc.nat(9)), { maxLength: 60 }), (steps) => {
      records = openNetworkRecords(openRecordStore(':memory:'));
      const { network, subnet } = net('10.9.0.0/28');
      for (const step of steps) {
        const ports = records.ports.list();
        if (step === 'add') {
          const outcome = fault(() => createPort(records, { networkId: network.id, projectId: 'p' }));
          expect(outcome).toBe(ports.length < 13 ? 'none' : '409 IpAddressGenerationFailure');
        } else {
          const victim = ports[Number(step) % Math.max(ports.length, 1)];
          if (victim) deletePort(records, victim.id);
        }
        const held = records.ports.list().flatMap((port) => port.fixedIps.map((fixed) => fixed.ipAddress));
        expect(new Set(held).size).toBe(held.length);
        expect(held).not.toContain(subnet.gatewayIp);
      }
    }), { numRuns: 40 });
  });

  test('an address just freed is not the next one handed out', () => {
    const { network } = net('10.0.0.0/24');
    const first = createPort(records, { networkId: network.id, projectId: 'p' });
    deletePort(records, first.id);
    expect(createPort(records, { networkId: network.id, projectId: 'p' }).fixedIps[0]?.ipAddress).not.toBe(first.fixedIps[0]?.ipAddress);
  });

  test('a port gets one address of each IP version and its SLAAC addresses', () => {
    const { network, subnet } = net('10.0.0.0/24');
    createSubnet(records, { networkId: network.id, cidr: 'fd01::/64', ipVersion: 6, projectId: 'p' });
    createSubnet(records, { networkId: network.id, cidr: 'fd02::/64', ipVersion: 6, projectId: 'p', ipv6AddressMode: 'slaac' });
    const port = createPort(records, { networkId: network.id, projectId: 'p', macAddress: 'fa:16:3e:67:ec:68' });
    expect(port.fixedIps.map((fixed) => fixed.ipAddress)).toEqual(['10.0.0.2', 'fd01::2', 'fd02::f816:3eff:fe67:ec68']);
    const single = createPort(records, { networkId: network.id, projectId: 'p', macAddress: 'fa:16:3e:00:00:01', fixedIps: [{ subnetId: subnet.id }] });
    expect(single.fixedIps.map((fixed) => parseIp(fixed.ipAddress)?.version)).toEqual([4, 6]);
  });

  test.each([
    ['taken', '10.0.0.2', '409 IpAddressAlreadyAllocated'],
    ['the gateway', '10.0.0.1', '409 IpAddressAlreadyAllocated'],
    ['outside', '10.0.1.2', '400 InvalidIpForNetwork'],
    ['the broadcast address', '10.0.0.7', '400 InvalidIpForSubnet'],
    ['free', '10.0.0.4', 'none'],
  ])('asking for an address that is %s', (_what, ipAddress, outcome) => {
    const { network } = net();
    createPort(records, { networkId: network.id, projectId: 'p', fixedIps: [{ ipAddress: '10.0.0.2' }] });
    expect(fault(() => createPort(records, { networkId: network.id, projectId: 'p', fixedIps: [{ ipAddress }] }))).toBe(outcome);
  });

  test('changing fixed IPs by subnet keeps the address the port had', () => {
    const { network, subnet } = net('10.0.0.0/24');
    const port = createPort(records, { networkId: network.id, projectId: 'p', fixedIps: [{ ipAddress: '10.0.0.77' }] });
    expect(updatePort(records, port.id, { fixedIps: [{ subnetId: subnet.id }] }).fixedIps).toEqual(port.fixedIps);
    expect(updatePort(records, port.id, { fixedIps: [{ subnetId: subnet.id }, { subnetId: subnet.id }] }).fixedIps).toHaveLength(2);
  });

  test('a refused change leaves the port as it was', () => {
    const { network } = net();
    const port = createPort(records, { networkId: network.id, projectId: 'p' });
    expect(fault(() => updatePort(records, port.id, { fixedIps: [{ ipAddress: '10.9.9.9' }] }))).toBe('400 InvalidIpForNetwork');
    expect(records.ports.get(port.id)).toEqual(port);
    expect([...usedAddresses(records, port.fixedIps[0]?.subnetId ?? '')]).toEqual(port.fixedIps.map((fixed) => fixed.ipAddress));
  });
});

describe('what is in use stays', () => {
  test('networks with ports, subnets with addresses, groups on ports, routers with interfaces', () => {
    const { network, subnet } = net('10.0.0.0/24');
    const group = createSecurityGroup(records, { name: 'g', projectId: 'p' });
    const port = createPort(records, { networkId: network.id, projectId: 'p', securityGroupIds: [group.id] });
    const router = createRouter(records, { projectId: 'p' });
    const onRouter = addInterface(records, router.id, { subnetId: subnet.id });
    expect(onRouter.fixedIps[0]?.ipAddress).toBe(subnet.gatewayIp);
    expect(fault(() => deleteNetwork(records, network.id))).toBe('409 NetworkInUse');
    expect(fault(() => deleteSubnet(records, subnet.id))).toBe('409 SubnetInUse');
    expect(fault(() => deleteSecurityGroup(records, group.id))).toBe('409 SecurityGroupInUse');
    expect(fault(() => deleteRouter(records, router.id))).toBe('409 RouterInUse');
    expect(fault(() => deletePort(records, onRouter.id))).toBe('409 ServicePortInUse');
    removeInterface(records, router.id, { subnetId: subnet.id });
    deleteRouter(records, router.id);
    deletePort(records, port.id);
    deleteSecurityGroup(records, group.id);
    deleteNetwork(records, network.id);
    expect(records.subnets.list()).toEqual([]);
  });

  test('floating IPs: one per fixed address, released with their port, gone with their address', () => {
    const inside = net('10.0.0.0/24');
    const outside = net('203.0.113.0/24', { external: true });
    const port = createPort(records, { networkId: inside.network.id, projectId: 'p' });
    expect(fault(() => createFloatingIp(records, { floatingNetworkId: inside.network.id, projectId: 'p' }))).toBe('400 BadRequest');
    const first = createFloatingIp(records, { floatingNetworkId: outside.network.id, projectId: 'p', portId: port.id });
    expect(first.fixedIpAddress).toBe(port.fixedIps[0]?.ipAddress);
    const second = createFloatingIp(records, { floatingNetworkId: outside.network.id, projectId: 'p' });
    expect(fault(() => updateFloatingIp(records, second.id, { portId: port.id }))).toBe('409 FloatingIPPortAlreadyAssociated');
    deletePort(records, port.id);
    expect(records.floatingIps.get(first.id)).toMatchObject({ portId: null, fixedIpAddress: null });
    deleteFloatingIp(records, first.id);
    deleteFloatingIp(records, second.id);
    expect(records.ports.list()).toEqual([]);
  });
});

describe('subnets', () => {
  test.each([
    [{ cidr: '10.0.0.0/33' }, '400 InvalidInput'],
    [{ cidr: '10.0.0.0/25' }, '400 InvalidInput'],
    [{ cidr: '10.1.0.0/24', gatewayIp: '10.2.0.1' }, '400 InvalidInput'],
    [{ cidr: '10.1.0.0/24', allocationPools: [{ start: '10.1.0.9', end: '10.1.0.5' }] }, '400 InvalidAllocationPool'],
    [{ cidr: '10.1.0.0/24', allocationPools: [{ start: '10.1.0.9', end: '10.1.1.5' }] }, '400 OutOfBoundsAllocationPool'],
    [{ cidr: '10.1.0.0/24', allocationPools: [{ start: '10.1.0.1', end: '10.1.0.5' }] }, '409 GatewayConflictWithAllocationPools'],
    [{ cidr: '10.1.0.0/24', allocationPools: [{ start: '10.1.0.9', end: '10.1.0.20' }, { start: '10.1.0.20', end: '10.1.0.30' }] }, '409 OverlappingAllocationPools'],
    [{ cidr: '10.1.0.0/24', gatewayIp: null, allocationPools: [{ start: '10.1.0.1', end: '10.1.0.5' }] }, 'none'],
    [{ cidr: '10.1.0.0/24', hostRoutes: [{ destination: '10.2.0.0/16', nexthop: '10.1.0.9' }] }, 'none'],
    [{ cidr: '10.1.0.0/24', hostRoutes: [{ destination: 'office', nexthop: '10.1.0.9' }] }, '400 InvalidInput'],
    [{ cidr: '10.1.0.0/24', hostRoutes: [{ destination: 'fd00::/64', nexthop: 'fd01::1' }] }, '400 InvalidInput'],
    [{ cidr: '10.1.0.0/24', hostRoutes: [{ destination: '10.2.0.0/16', nexthop: '10.1.0.9 dev eth0\nlink del eth0' }] }, '400 InvalidInput'],
  ])('%j answers %s', (spec, outcome) => {
    const { network } = net('10.0.0.0/24');
    expect(fault(() => createSubnet(records, { networkId: network.id, ipVersion: 4, projectId: 'p', ...spec }))).toBe(outcome);
  });

  test('a change takes no routes that no interface can have either', () => {
    const { subnet } = net('10.0.0.0/24');
    expect(fault(() => updateSubnet(records, subnet.id, { hostRoutes: [{ destination: '10.2.0.0/16', nexthop: 'gateway' }] }))).toBe('400 InvalidInput');
    expect(updateSubnet(records, subnet.id, { hostRoutes: [{ destination: '10.2.0.7/16', nexthop: '10.0.0.9' }] }).hostRoutes).toEqual([{ destination: '10.2.0.0/16', nexthop: '10.0.0.9' }]);
  });

  test('a gateway cannot be moved onto an address in use', () => {
    const { network, subnet } = net('10.0.0.0/24');
    createPort(records, { networkId: network.id, projectId: 'p', fixedIps: [{ ipAddress: '10.0.0.9' }] });
    expect(fault(() => updateSubnet(records, subnet.id, { gatewayIp: '10.0.0.9' }))).toBe('409 GatewayIpInUse');
  });
});

describe('security group rules', () => {
  const base = { direction: 'ingress' } as const;
  test.each([
    [{ ...base, protocol: 'tcp', portRangeMin: 80, portRangeMax: 80 }, '409 SecurityGroupRuleExists'],
    [{ ...base, protocol: '6', portRangeMin: 80, portRangeMax: 80, remoteIpPrefix: '0.0.0.0/0' }, '409 SecurityGroupRuleExists'],
    [{ ...base, protocol: 'tcp', portRangeMin: 80, portRangeMax: 80, remoteIpPrefix: '10.0.0.0/8' }, 'none'],
    [{ ...base, protocol: 'tcp', portRangeMin: 80, portRangeMax: 79 }, '400 SecurityGroupInvalidPortRange'],
    [{ ...base, portRangeMin: 80, portRangeMax: 80 }, '400 SecurityGroupProtocolRequiredWithPorts'],
    [{ ...base, protocol: 'nonsense' }, '400 SecurityGroupRuleInvalidProtocol'],
    [{ ...base, protocol: '112' }, 'none'],
    [{ ...base, protocol: 'icmp', portRangeMin: 8, portRangeMax: 0 }, 'none'],
    [{ ...base, protocol: 'icmp', portRangeMin: 256 }, '400 SecurityGroupInvalidIcmpValue'],
    [{ ...base, protocol: 'vrrp', portRangeMin: 1, portRangeMax: 1 }, '400 SecurityGroupInvalidProtocolForPort'],
    [{ ...base, remoteIpPrefix: 'fd00::/8' }, '400 SecurityGroupRuleParameterConflict'],
    [{ ...base, ethertype: 'IPv6', remoteIpPrefix: 'fd00::/8' }, 'none'],
  ] as const)('%j answers %s', (spec, outcome) => {
    const group = createSecurityGroup(records, { name: 'g', projectId: 'p' });
    createRule(records, { securityGroupId: group.id, direction: 'ingress', protocol: 'tcp', portRangeMin: 80, portRangeMax: 80 });
    expect(fault(() => createRule(records, { securityGroupId: group.id, ...spec }))).toBe(outcome);
  });
});
