import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openNetworkRecords } from '../../drivers/network/local/network-records.ts';
import { createNetwork, createSubnet } from '../../drivers/network/local/networks.ts';
import { openRecordStore } from '../../lib/records/record-store.ts';
import { announceScript, createServerManager, interfaceLines } from './server-manager.ts';

const nothing = async (): Promise<void> => undefined;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

test('addresses are announced on a machine without IPv6 too', () => {
  const settings = mkdtempSync(join(tmpdir(), 'settings-'));
  const file = join(settings, 'ipv4/conf/all/arp_notify');
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '0');
  execFileSync('sh', ['-c', announceScript(settings)], { stdio: 'pipe' });
  expect(readFileSync(file, 'utf8')).toBe('1\n');
  rmSync(settings, { recursive: true });
});

test('the interface of a server that runs is not taken down when the service starts again', () => {
  const subnets = [{ fixed: { ipAddress: '10.0.0.5' }, subnet: { cidr: '10.0.0.0/24', ipVersion: 4 as const, gatewayIp: '10.0.0.1', hostRoutes: [] } }];
  const common = ['addr replace 10.0.0.5/24 dev eth0', 'link set eth0 up', 'route replace default via 10.0.0.1 dev eth0'];
  expect(interfaceLines('eth0', subnets)).toEqual(common);
  expect(interfaceLines('vp1234', subnets)).toEqual(['link set vp1234 down', 'link set vp1234 name eth0', ...common]);
});

test('nobody gets a server on a network that he does not see, be it by its id', async () => {
  const records = openNetworkRecords(openRecordStore(':memory:'));
  const network = createNetwork(records, { projectId: 'owner' });
  createSubnet(records, { networkId: network.id, cidr: '10.0.0.0/24', ipVersion: 4, projectId: 'owner' });
  const servers = createServerManager({ records, fabric: { plug: nothing, unplug: nothing }, dataDir: '/nowhere', log: silent });
  await expect(servers.create({ name: 'web1', network: network.id }, { projectId: 'stranger', isAdmin: false, userId: 'u' })).rejects.toThrow(`Network ${network.id} could not be found.`);
  expect(records.ports.list()).toEqual([]);
});
