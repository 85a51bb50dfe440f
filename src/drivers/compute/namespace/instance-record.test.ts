import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readInstances, writeInstance, type InstanceRecord } from './instance-record.ts';

test('a record that a power cut left empty is a leftover, and keeps nobody from starting', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'instances-'));
  const record: InstanceRecord = { amphoraId: 'whole', loadBalancerId: null, netns: 'octavia-whole', lbNetworkIp: '127.16.0.1', createdAt: '', ports: [], hostBootId: 'b', flavorId: null };
  for (const name of ['whole', 'empty', 'none']) mkdirSync(join(directory, name));
  await writeInstance(join(directory, 'whole'), record);
  writeFileSync(join(directory, 'empty', 'instance.json'), '');
  const found = await readInstances(directory);
  expect(found.records).toEqual([record]);
  expect(found.leftovers.toSorted()).toEqual(['empty', 'none']);
  rmSync(directory, { recursive: true });
});
