import { spawnSync, type ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFloatingIp, updateFloatingIp } from '../../src/drivers/network/local/floating-ips.ts';
import { deleteNetwork } from '../../src/drivers/network/local/networks.ts';
import { createQosPolicy, createQosRule } from '../../src/drivers/network/local/qos-policies.ts';
import { deletePort, updatePort } from '../../src/drivers/network/local/ports.ts';
import { createRule, createSecurityGroup, deleteRule } from '../../src/drivers/network/local/security-groups.ts';
import { tapName } from '../../src/drivers/network/local/fabric/names.ts';
import { removeNetns } from '../../src/lib/linux/netns.ts';
import { ask, canPing, configure, ip, isCutOff, makeHost, makeNet, openFabricWorld, serve, type FabricWorld } from './fabric-world.ts';

let world: FabricWorld;
let children: ChildProcess[];
beforeEach(() => {
  world = openFabricWorld();
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const port of world.records.ports.list()) if (port.pluggedInto !== null) {
    await world.fabric.unplug(port.id);
    await removeNetns(port.pluggedInto);
  }
  for (const floatingIp of world.records.floatingIps.list()) world.records.store.transaction(() => world.records.floatingIps.delete(floatingIp.id));
  for (const port of world.records.ports.list()) deletePort(world.records, port.id, { asOwner: true });
  for (const network of world.records.networks.list()) deleteNetwork(world.records, network.id);
  await world.fabric.settled();
  await world.fabric.close();
});

test('host and namespaces reach each other within and across networks, IPv4 and IPv6', async () => {
  const web = await makeNet(world, ['10.0.10.0/24', 'fd00:10::/64']);
  const client = await makeNet(world, ['10.0.20.0/24', 'fd00:20::/64']);
  const server = await makeHost(world, 's1', web, { portSecurityEnabled: false, securityGroupIds: [] });
  await makeHost(world, 'c1', client, { portSecurityEnabled: false, securityGroupIds: [] });
  for (const { ipAddress } of server.fixedIps) {
    expect(canPing(ipAddress), `host to ${ipAddress}`).toBe(true);
    expect(canPing(ipAddress, 'c1'), `other network to ${ipAddress}`).toBe(true);
  }
});

test('only what a rule allows comes in, changes are live, and replies always pass', async () => {
  const web = await makeNet(world, ['10.0.10.0/24', 'fd00:10::/64']);
  const group = createSecurityGroup(world.records, { name: 'g', projectId: 'p' });
  const server = await makeHost(world, 's1', web, { securityGroupIds: [group.id] });
  await makeHost(world, 'c1', web, { securityGroupIds: [group.id] });
  children.push(serve('s1', 80, 'eighty'), serve('s1', 81, 'other'), serve('c1', 82, 'client'));
  const [v4 = '', v6 = ''] = server.fixedIps.map((fixed) => fixed.ipAddress);

  const rule = createRule(world.records, { securityGroupId: group.id, direction: 'ingress', protocol: 'tcp', portRangeMin: 80, portRangeMax: 80 });
  await world.fabric.settled();
  expect(ask(v4, 80, 'c1')).toBe('eighty');
  expect(ask(v4, 80)).toBe('eighty');
  expect(isCutOff(v4, 81, 'c1')).toBe(true);
  expect(isCutOff(v6, 80, 'c1')).toBe(true);
  expect(canPing(v4, 'c1')).toBe(false);

  createRule(world.records, { securityGroupId: group.id, direction: 'ingress', ethertype: 'IPv6', remoteGroupId: group.id });
  createRule(world.records, { securityGroupId: group.id, direction: 'ingress', protocol: 'icmp', remoteIpPrefix: '10.0.10.0/24' });
  deleteRule(world.records, rule.id);
  await world.fabric.settled();
  expect(ask(v6, 80, 'c1')).toBe('eighty');
  expect(isCutOff(v6, 80)).toBe(true);
  expect(canPing(v4, 'c1')).toBe(true);
  expect(isCutOff(v4, 80, 'c1')).toBe(true);

  const allow = createRule(world.records, { securityGroupId: group.id, direction: 'ingress', protocol: 'tcp', portRangeMin: 79, portRangeMax: 90, remoteIpPrefix: '10.0.10.0/24' });
  await world.fabric.settled();
  expect(ask(v4, 81, 'c1')).toBe('other');
  deleteRule(world.records, allow.id);
});

test('a rule that limits egress keeps a port from opening other connections', async () => {
  const web = await makeNet(world, ['10.0.10.0/24']);
  const open = await makeHost(world, 's1', web, { portSecurityEnabled: false, securityGroupIds: [] });
  const group = createSecurityGroup(world.records, { name: 'g', projectId: 'p' });
  await makeHost(world, 'c1', web, { securityGroupIds: [group.id] });
  children.push(serve('s1', 80, 'eighty'), serve('s1', 81, 'other'));
  const target = open.fixedIps[0]?.ipAddress ?? '';
  expect(ask(target, 81, 'c1')).toBe('other');
  for (const rule of world.records.securityGroupRules.filter((candidate) => candidate.securityGroupId === group.id)) deleteRule(world.records, rule.id);
  createRule(world.records, { securityGroupId: group.id, direction: 'egress', protocol: 'tcp', portRangeMin: 80, portRangeMax: 80 });
  await world.fabric.settled();
  expect(ask(target, 80, 'c1')).toBe('eighty');
  expect(isCutOff(target, 81, 'c1')).toBe(true);
});

test('a floating IP leads to its port from the host, from outside and from the port’s own neighbours', async () => {
  const web = await makeNet(world, ['10.0.10.0/24']);
  const outside = await makeNet(world, ['203.0.113.0/24'], true);
  const server = await makeHost(world, 's1', web, { portSecurityEnabled: false, securityGroupIds: [] });
  await makeHost(world, 'c1', web, { portSecurityEnabled: false, securityGroupIds: [] });
  await makeHost(world, 'o1', outside, { portSecurityEnabled: false, securityGroupIds: [] });
  children.push(serve('s1', 80, 'floating'));
  const floatingIp = createFloatingIp(world.records, { floatingNetworkId: outside.network.id, projectId: 'p', portId: server.id });
  await world.fabric.settled();
  expect(ask(floatingIp.floatingIpAddress, 80)).toBe('floating');
  expect(ask(floatingIp.floatingIpAddress, 80, 'o1')).toBe('floating');
  expect(ask(floatingIp.floatingIpAddress, 80, 'c1')).toBe('floating');
  updateFloatingIp(world.records, floatingIp.id, { portId: null });
  await world.fabric.settled();
  expect(isCutOff(floatingIp.floatingIpAddress, 80)).toBe(true);
});

test('plugging twice is once, elsewhere moves it, unplugging twice is once', async () => {
  const web = await makeNet(world, ['10.0.10.0/24']);
  const port = await makeHost(world, 's1', web, { portSecurityEnabled: false, securityGroupIds: [] });
  await world.fabric.plug('s1', port.id);
  expect(canPing(port.fixedIps[0]?.ipAddress ?? '')).toBe(true);
  ip('netns', 'add', 's2');
  await world.fabric.plug('s2', port.id);
  configure('s2', web, port);
  expect(canPing(port.fixedIps[0]?.ipAddress ?? '')).toBe(true);
  await removeNetns('s1');
  await world.fabric.unplug(port.id);
  await world.fabric.unplug(port.id);
  expect(() => ip('link', 'show', tapName(port.id))).toThrow(/does not exist/);
  await removeNetns('s2');
});

test('deleting a plugged port takes its interface away', async () => {
  const web = await makeNet(world, ['10.0.10.0/24']);
  const port = await makeHost(world, 's1', web, {});
  deletePort(world.records, port.id);
  await world.fabric.settled();
  expect(() => ip('link', 'show', tapName(port.id))).toThrow(/does not exist/);
  await removeNetns('s1');
});

test('restore rebuilds bridges, addresses and wires that vanished and keeps the rest working', async () => {
  const web = await makeNet(world, ['10.0.10.0/24', 'fd00:10::/64']);
  const port = await makeHost(world, 's1', web, { portSecurityEnabled: false, securityGroupIds: [] });
  const kept = await makeHost(world, 's2', web, { portSecurityEnabled: false, securityGroupIds: [] });
  ip('link', 'del', tapName(port.id));
  const bridge = `br${web.network.id.slice(0, 11)}`;
  ip('link', 'del', bridge);
  await world.fabric.restore();
  configure('s1', web, port);
  expect(canPing(port.fixedIps[0]?.ipAddress ?? '')).toBe(true);
  expect(canPing(kept.fixedIps[1]?.ipAddress ?? '')).toBe(true);
});

test('bandwidth limits appear on both ends and go away with the policy', async () => {
  const web = await makeNet(world, ['10.0.10.0/24']);
  const policy = createQosPolicy(world.records, { name: 'slow', projectId: 'p' });
  createQosRule(world.records, policy.id, { kind: 'bandwidth_limit', direction: 'egress', maxKbps: 2000, maxBurstKbps: 0 });
  createQosRule(world.records, policy.id, { kind: 'bandwidth_limit', direction: 'ingress', maxKbps: 3000, maxBurstKbps: 0 });
  const port = await makeHost(world, 's1', web, { qosPolicyId: policy.id });
  const qdiscs = () => [tc('dev', tapName(port.id)), spawnSync('ip', ['netns', 'exec', 's1', 'tc', 'qdisc', 'show', 'dev', 'eth1'], { encoding: 'utf8' }).stdout];
  expect(qdiscs()).toEqual([expect.stringContaining('rate 3Mbit'), expect.stringContaining('rate 2Mbit')]);
  updatePort(world.records, port.id, { qosPolicyId: null });
  await world.fabric.settled();
  expect(qdiscs().join()).not.toContain('tbf');
});

test('a subnet that the host already routes elsewhere is recognised', async () => {
  ip('link', 'add', 'uplink0', 'type', 'bridge');
  ip('addr', 'add', '192.168.77.5/24', 'dev', 'uplink0');
  ip('link', 'set', 'uplink0', 'up');
  expect(await world.fabric.conflictingRoute('192.168.0.0/16')).toBe('192.168.77.0/24 dev uplink0');
  expect(await world.fabric.conflictingRoute('10.0.10.0/24')).toBeNull();
  ip('link', 'del', 'uplink0');
});

function tc(...args: string[]): string {
  return spawnSync('tc', ['qdisc', 'show', ...args], { encoding: 'utf8' }).stdout;
}
