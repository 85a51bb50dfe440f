import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseComputeFlavor } from './compute-flavor.ts';
import { createControlGroups } from './control-groups.ts';
import { findControllers, type Controllers } from './find-controllers.ts';

const V1 = `30 20 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
31 20 0:27 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
32 20 0:28 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;
const V2 = '30 20 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';

describe('where groups may be made', () => {
  test.each([
    ['version 1: inside our own group, for each resource', V1, '4:memory:/job/7\n1:cpu,cpuacct:/\n0::/\n', { cpu: [1, '/sys/fs/cgroup/cpu,cpuacct'], memory: [1, '/sys/fs/cgroup/memory/job/7'] }],
    ['version 1 in a container that shows its own group only', V1.replace('0:27 /', '0:27 /job/7'), '4:memory:/job/7\n', { cpu: [1, '/sys/fs/cgroup/cpu,cpuacct'], memory: [1, '/sys/fs/cgroup/memory'] }],
    ['version 2: beside our own group', V2, '0::/system.slice/octavia.service\n', { cpu: [2, '/sys/fs/cgroup/system.slice'], memory: [2, '/sys/fs/cgroup/system.slice'] }],
    ['version 2 as the whole tree', V2, '0::/\n', { cpu: [2, '/sys/fs/cgroup'], memory: [2, '/sys/fs/cgroup'] }],
    ['none', '22 1 8:1 / / rw - ext4 /dev/sda1 rw\n', '', { cpu: null, memory: null }],
  ] as const)('%s', (_, mounts, own, expected) => {
    const shown = (found: Controllers['cpu']) => found && [found.version, found.directory];
    const { cpu, memory } = findControllers(mounts, own);
    expect({ cpu: shown(cpu), memory: shown(memory) }).toEqual(expected);
  });
});

describe('groups of an amphora', () => {
  const base = mkdtempSync(join(tmpdir(), 'octavia-groups-'));
  const warnings: unknown[] = [];
  const log = { warn: (fields: object) => void warnings.push(fields) };
  afterAll(() => rmSync(base, { recursive: true }));
  const at = (name: string, version: 1 | 2) => ({ version, directory: join(base, name) });

  test('hold the limits in the files of version 1', async () => {
    mkdirSync(join(base, 'cpu'));
    mkdirSync(join(base, 'memory'));
    const groups = createControlGroups({ log, controllers: { cpu: at('cpu', 1), memory: at('memory', 1) } });
    const made = await groups.ensure('a', parseComputeFlavor('0.5x64'));
    expect(made).toEqual([join(base, 'cpu/octavia-a'), join(base, 'memory/octavia-a')]);
    expect(['cpu/octavia-a/cpu.cfs_quota_us', 'cpu/octavia-a/cpu.cfs_period_us', 'memory/octavia-a/memory.limit_in_bytes'].map((file) => readFileSync(join(base, file), 'utf8')))
      .toEqual(['50000', '100000', '67108864']);
    expect(await groups.ensure('b', parseComputeFlavor('0x64'))).toEqual([join(base, 'memory/octavia-b')]);
  });

  test('hold the limits in the files of version 2, which lets the controllers through first', async () => {
    mkdirSync(join(base, 'unified'));
    const groups = createControlGroups({ log, controllers: { cpu: at('unified', 2), memory: at('unified', 2) } });
    expect(await groups.ensure('a', parseComputeFlavor('2x1024'))).toEqual([join(base, 'unified/octavia-a')]);
    expect(['octavia-a/cpu.max', 'octavia-a/memory.max', 'cgroup.subtree_control'].map((file) => readFileSync(join(base, 'unified', file), 'utf8')))
      .toEqual(['200000 100000', '1073741824', '+memory']);
  });

  test('are left out with a warning where nothing is writable, and removing none is success', async () => {
    const groups = createControlGroups({ log, controllers: { cpu: at('nowhere', 2), memory: null } });
    expect(await groups.ensure('a', parseComputeFlavor('1x64'))).toEqual([]);
    expect(warnings).toHaveLength(1);
    await groups.remove('a');
    expect(existsSync(join(base, 'nowhere'))).toBe(false);
  });
});

test.each(['', 'm1.small', '2', '2x', 'x64', '-1x64', '1x64x1', '1e3x64', '1x64 '])('%j is no compute flavor', (id) => {
  expect(() => parseComputeFlavor(id)).toThrow(/not found/);
});
