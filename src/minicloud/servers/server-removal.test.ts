import { expect, test, vi } from 'vitest';
import { openNetworkRecords } from '../../drivers/network/local/network-records.ts';
import { openRecordStore } from '../../lib/records/record-store.ts';
import { createServerManager } from './server-manager.ts';
import { openServerRecords } from './server-records.ts';

/** What is left of the server, step by step. */
const left = new Set(['wire', 'daemon', 'namespace']);
const order: string[] = [];
const drop = (part: string) => {
  left.delete(part);
  order.push(part);
};
vi.mock('../../lib/linux/netns.ts', () => ({ ensureNetns: async () => undefined, removeNetns: async () => drop('namespace') }));
vi.mock('../../drivers/compute/namespace/processes.ts', () => ({ killInside: async (netns: string) => { if (netns === 'server-web') drop('daemon'); } }));

test('a server that is deleted leaves nothing running, be it a daemon that left its process group', async () => {
  const records = openNetworkRecords(openRecordStore(':memory:'));
  const servers = openServerRecords(records.store);
  records.store.transaction(() => servers.put({
    id: 's', name: 'web', projectId: 'p', userId: 'u', networkId: 'n', portId: 'gone', runs: { kind: 'command', command: ['nginx'] }, process: null, createdAt: '',
  }));
  const fabric = { plug: async () => undefined, unplug: async () => drop('wire') };
  const manager = createServerManager({ records, fabric, dataDir: '/nowhere', log: { info: () => undefined, warn: () => undefined, error: () => undefined } });
  await manager.remove('web', { projectId: 'p', isAdmin: false, userId: 'u' });
  expect([...left]).toEqual([]);
  expect(order.at(-1)).toBe('namespace');
  expect(manager.list({ projectId: 'p', isAdmin: true, userId: null })).toEqual([]);
});
