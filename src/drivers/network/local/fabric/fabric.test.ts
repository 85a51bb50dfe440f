import { beforeEach, expect, test, vi } from 'vitest';
import { openRecordStore } from '../../../../lib/records/record-store.ts';
import { openNetworkRecords, type NetworkRecords } from '../network-records.ts';
import { createNetwork } from '../networks.ts';
import { openLinuxFabric } from './fabric.ts';

const broken = new Set<string>();
const built: string[] = [];
vi.mock('./bridge.ts', () => ({
  ensureBridge: async ({ networkId }: { networkId: string }) => {
    await new Promise((resolve) => setImmediate(resolve));
    if (broken.has(networkId)) throw new Error('IPv6 is disabled on this device');
    built.push(networkId);
  },
  removeBridge: async () => undefined,
  conflictingHostRoute: async () => null,
}));
vi.mock('../../../../lib/linux/nft.ts', () => ({ nftApply: async () => undefined }));

let records: NetworkRecords;
beforeEach(() => {
  broken.clear();
  built.length = 0;
  records = openNetworkRecords(openRecordStore(':memory:'));
});

test('a start goes on when this machine cannot have one of the networks, and tries that one again', async () => {
  const [bad, good] = [createNetwork(records, { projectId: 'p' }), createNetwork(records, { projectId: 'p' })];
  broken.add(bad.id);
  const warnings: string[] = [];
  const fabric = openLinuxFabric(records, { warn: (fields) => void warnings.push(JSON.stringify(fields)) });
  await fabric.restore();
  expect(built).toEqual([good.id]);
  expect(warnings).toEqual([JSON.stringify({ part: `network ${bad.id}`, reason: 'IPv6 is disabled on this device' })]);
  broken.clear();
  await fabric.settled();
  expect(built).toEqual([good.id, bad.id]);
  await fabric.close();
});

test('who makes a network that cannot be built is told, who makes another one is not', async () => {
  const fabric = openLinuxFabric(records, { warn: () => undefined });
  const bad = createNetwork(records, { projectId: 'p' });
  broken.add(bad.id);
  await expect(fabric.settled()).rejects.toThrow(/IPv6 is disabled/);
  createNetwork(records, { projectId: 'other' });
  await expect(fabric.settled()).resolves.toBeUndefined();
  await fabric.close();
});
