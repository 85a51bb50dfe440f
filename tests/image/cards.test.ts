import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AmphoraPaths } from '../../src/amphora/agent/amphora-paths.ts';
import { InterfacePlugger } from '../../src/amphora/agent/interfaces/plug.ts';
import { World } from '../../src/amphora/agent/world.ts';
import { listLinks } from '../../src/lib/linux/ip-batch.ts';
import { run } from '../../src/lib/run.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';

const NETNS = 'amphora-cards';
const [VIP_MAC, FIRST_MAC, SECOND_MAC] = ['02:00:00:00:00:01', '02:00:00:00:00:02', '02:00:00:00:00:03'] as const;

describe('cards plugged into a machine while it runs', () => {
  let directory: string;
  let world: World;
  let plugger: InterfacePlugger;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'octavia-cards-'));
    await run('ip', ['netns', 'add', NETNS]);
    world = new World('/', NETNS);
    const paths = new AmphoraPaths('/', { basePath: directory, baseCertDir: directory, networkDir: join(directory, 'interfaces') });
    plugger = new InterfacePlugger({ paths, world, topology: () => 'SINGLE', log: silentLogger });
  });
  afterAll(async () => {
    world?.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** The kernel calls each of them eth1: the one before has left for the namespace. */
  const card = (mac: string) => run('ip', ['link', 'add', 'eth1', 'address', mac, 'type', 'veth', 'peer', 'name', `p${mac.slice(-2)}`]);
  const names = async () => Object.fromEntries((await listLinks({ netns: NETNS })).filter(({ name }) => name !== 'lo').map(({ name, mac }) => [mac, name]));

  test('each gets its place beside those that are there, though the kernel calls all of them by the same name', async () => {
    await card(VIP_MAC);
    expect(await plugger.plugVip('10.9.0.9', { mac_address: VIP_MAC, subnet_cidr: '10.9.0.0/24', gateway: null, vrrp_ip: '10.9.0.8' })).toBe('eth1');
    await card(FIRST_MAC);
    expect(await plugger.plugNetwork({ mac_address: FIRST_MAC, fixed_ips: [{ ip_address: '10.20.0.5', subnet_cidr: '10.20.0.0/24' }] })).toEqual({ name: 'eth2', isNew: true });
    await card(SECOND_MAC);
    expect(await plugger.plugNetwork({ mac_address: SECOND_MAC, fixed_ips: [{ ip_address: '10.30.0.5', subnet_cidr: '10.30.0.0/24' }] })).toEqual({ name: 'eth3', isNew: true });
    expect(await names()).toEqual({ [VIP_MAC]: 'eth1', [FIRST_MAC]: 'eth2', [SECOND_MAC]: 'eth3' });
    expect(await plugger.interfaceOf('10.30.0.5')).toBe('eth3');
  });
});

describe('cards that are there when a machine starts', () => {
  const REBOOTED = 'amphora-reboot';
  let directory: string;
  const worlds: World[] = [];
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'octavia-cards-'));
  });
  afterAll(async () => {
    for (const world of worlds) world.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** A start: an empty namespace, and all cards outside of it, down, under the names that the kernel gave them. */
  const start = async (cards: Readonly<Record<string, string>>): Promise<InterfacePlugger> => {
    // Virtual cards go with their namespace, but the kernel takes its time: by their other ends they go at once.
    for (const mac of Object.keys(cards)) await run('ip', ['link', 'delete', `q${mac.slice(-2)}`]).catch(() => undefined);
    await run('ip', ['netns', 'delete', REBOOTED]).catch(() => undefined);
    await run('ip', ['netns', 'add', REBOOTED]);
    for (const [mac, name] of Object.entries(cards)) await run('ip', ['link', 'add', name, 'address', mac, 'type', 'veth', 'peer', 'name', `q${mac.slice(-2)}`]);
    const world = new World('/', REBOOTED);
    worlds.push(world);
    const paths = new AmphoraPaths('/', { basePath: directory, baseCertDir: directory, networkDir: join(directory, 'interfaces') });
    return new InterfacePlugger({ paths, world, topology: () => 'SINGLE', log: silentLogger });
  };
  const names = async () => Object.fromEntries((await listLinks({ netns: REBOOTED })).filter(({ name }) => name !== 'lo').map(({ name, mac }) => [mac, name]));

  test('they are found by MAC address whatever the kernel calls them, after reboots too', async () => {
    const first = await start({ [FIRST_MAC]: 'eth6', [VIP_MAC]: 'eth7', [SECOND_MAC]: 'eth8' });
    expect(await first.plugVip('10.9.0.9', { mac_address: VIP_MAC.toUpperCase(), subnet_cidr: '10.9.0.0/24', gateway: null, vrrp_ip: '10.9.0.8' })).toBe('eth1');
    expect(await first.plugNetwork({ mac_address: FIRST_MAC, fixed_ips: [{ ip_address: '10.20.0.5', subnet_cidr: '10.20.0.0/24' }] })).toEqual({ name: 'eth2', isNew: true });
    expect(await names()).toEqual({ [VIP_MAC]: 'eth1', [FIRST_MAC]: 'eth2' });

    worlds.pop()?.close();
    await run('ip', ['link', 'delete', 'eth8']);
    const second = await start({ [SECOND_MAC]: 'eth6', [FIRST_MAC]: 'eth7', [VIP_MAC]: 'eth8' });
    await second.restore();
    expect(await names()).toEqual({ [VIP_MAC]: 'eth1', [FIRST_MAC]: 'eth2' });
    expect(await second.interfaceOf('10.20.0.5')).toBe('eth2');
    // What nobody has asked for yet waits outside, down.
    expect((await run('ip', ['-o', 'link', 'show', 'eth6'])).stdout).toMatch(/state DOWN/);
    expect(await second.plugNetwork({ mac_address: SECOND_MAC, fixed_ips: [{ ip_address: '10.30.0.5', subnet_cidr: '10.30.0.0/24' }] })).toEqual({ name: 'eth3', isNew: true });
  });
});
