import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CommandFailed } from '../../../lib/run.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import { silentLogger } from '../../../telemetry/logger.ts';
import { AmphoraPaths } from '../amphora-paths.ts';
import { World } from '../world.ts';
import { BringUpFailed } from './bring-up.ts';
import { memberInterface, vipInterface } from './interface-file.ts';
import { InterfacePlugger } from './plug.ts';

/** The kernel's interfaces by MAC address; what `ip` refuses is named by a part of the line. */
const kernel = vi.hoisted(() => ({ names: new Map<string, string>(), lines: [] as string[], refused: '' }));
vi.mock('../../../lib/linux/ip-batch.ts', () => ({
  listLinks: async () => [],
  ipJson: async (args: readonly string[]) => (args.includes('address') ? [...kernel.names].map(([address, ifname]) => ({ ifname, address, mtu: 1500, flags: [], addr_info: [] })) : []),
  ipBatch: async (lines: readonly string[]) => {
    for (const line of lines) {
      if (kernel.refused !== '' && line.includes(kernel.refused)) throw new CommandFailed('ip', { exitCode: 1, stdout: '', stderr: `RTNETLINK answers: no ${kernel.refused}`, cause: null });
      kernel.lines.push(line);
      const [, from, to] = /^link set dev (\S+) name (\S+)$/.exec(line) ?? [];
      for (const [mac, name] of kernel.names) if (name === from && to !== undefined) kernel.names.set(mac, to);
    }
  },
}));

const [VIP_MAC, MEMBER_MAC] = ['fa:16:3e:00:00:01', 'fa:16:3e:00:00:02'];
const VIP_BODY = { mac_address: VIP_MAC, subnet_cidr: '10.0.0.0/24', gateway: null, vrrp_ip: '10.0.0.5' };
const MEMBER_BODY = { mac_address: MEMBER_MAC, fixed_ips: [{ ip_address: '10.1.0.5', subnet_cidr: '10.1.0.0/24' }] };

let root: string;
let paths: AmphoraPaths;
const lines: object[] = [];
const told = (fields: object): void => void lines.push(fields);
const log: Logger = { ...silentLogger, error: told, warn: told, info: told };

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'plug-'));
  paths = new AmphoraPaths(root, { basePath: '/var/lib/octavia', baseCertDir: '/var/lib/octavia/certs', networkDir: '/etc/octavia/interfaces' });
  write(paths.pluggedInterfaces, `${VIP_MAC} eth1\n${MEMBER_MAC} eth2\n`);
  write(paths.interfaceFile('eth1'), JSON.stringify(vipInterface({ name: 'eth1', vip: '10.0.0.2', body: VIP_BODY, mtu: null, topology: 'SINGLE' })));
  write(paths.interfaceFile('eth2'), JSON.stringify(memberInterface('eth2', MEMBER_BODY)));
  Object.assign(kernel, { names: new Map([[VIP_MAC, 'x1'], [MEMBER_MAC, 'x2']]), lines: [], refused: '' });
  lines.length = 0;
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, content: string): void {
  mkdirSync(dirname(paths.onHost(path)), { recursive: true });
  writeFileSync(paths.onHost(path), content);
}
const plugger = () => new InterfacePlugger({ paths, world: new World(root, 'amphora'), topology: () => 'SINGLE', log });

test('one interface that cannot be set up at boot is told of and keeps no other back', async () => {
  const one = plugger();
  kernel.refused = '10.0.0.5';
  await one.restore();
  expect(kernel.lines).toContain('address add 10.1.0.5/24 dev eth2');
  expect(one.broken).toEqual({ eth1: expect.stringContaining('no 10.0.0.5') });
  expect(one.servesVip).toBe(false);
  expect(lines).toEqual([{ mac: VIP_MAC, name: 'eth1', reason: expect.stringContaining('no 10.0.0.5') }]);
});

test('a file that cannot be read is such a reason too', async () => {
  write(paths.interfaceFile('eth2'), '{"name": "eth');
  const one = plugger();
  await one.restore();
  expect(one.broken).toEqual({ eth2: expect.stringContaining('JSON') });
  expect(one.servesVip).toBe(true);
  await one.plugNetwork(MEMBER_BODY);
  expect(one.broken).toEqual({});
  expect(JSON.parse(readFileSync(paths.onHost(paths.interfaceFile('eth2')), 'utf8'))).toMatchObject({ name: 'eth2' });
});

test('it is tried again, and told of once for each reason', async () => {
  const one = plugger();
  kernel.refused = '10.0.0.5';
  await one.restore();
  await one.mend();
  expect(lines).toHaveLength(1);
  kernel.refused = '';
  await one.mend();
  expect(one.broken).toEqual({});
  expect(kernel.lines).toContain('address add 10.0.0.5/24 dev eth1');
  expect(lines).toHaveLength(2);
});

test('plugging sets up what is broken instead of calling it plugged, and says why when that fails again', async () => {
  const one = plugger();
  kernel.refused = '10.0.0.5';
  await one.restore();
  await expect(one.plugVip('10.0.0.2', VIP_BODY)).rejects.toThrow(BringUpFailed);
  kernel.refused = '';
  expect(await one.plugVip('10.0.0.2', VIP_BODY)).toBe('eth1');
  expect(await one.plugVip('10.0.0.2', VIP_BODY)).toBeNull();
});

test('a member network keeps the name of its interface, and whatever else is broken is tried again with it', async () => {
  const one = plugger();
  kernel.refused = 'down';
  await one.restore();
  expect(Object.keys(one.broken)).toEqual(['eth1', 'eth2']);
  kernel.refused = '';
  expect(await one.plugNetwork(MEMBER_BODY)).toEqual({ name: 'eth2', isNew: false });
  expect(one.broken).toEqual({});
});

test('an interface that is not there is left to be plugged', async () => {
  kernel.names.delete(MEMBER_MAC);
  const one = plugger();
  await one.restore();
  expect(one.broken).toEqual({});
  expect(lines).toEqual([{ mac: MEMBER_MAC, name: 'eth2', reason: expect.stringContaining(MEMBER_MAC) }]);
});
