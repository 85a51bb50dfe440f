import { describe, expect, it } from 'vitest';
import type { Port } from '../../network/network-driver.ts';
import { ResourceNotFound } from '../../errors.ts';
import type { BootRequest, ComputeDriver } from '../compute-driver.ts';
import { createLightCompute, type LightComputeOptions } from './light-compute.ts';
import { LightHostRefused, LightHostUnreachable, type LightHost } from './light-host.ts';
import type { Placement, Placements } from './placements.ts';

/** A host in memory; `mode` decides what becomes of calls that change something. */
interface FakeHost extends LightHost { mode: 'up' | 'down' | 'refuses' | 'loses answers'; readonly amphorae: Map<string, { ports: Set<string>; ageSeconds: number }>; readonly calls: string[] }

function fakeHost(name: string, zone: string | null = null, capacity = 10): FakeHost {
  const answer = <T>(call: string, work: () => T): Promise<T> => {
    if (fake.mode === 'down') return Promise.reject(new LightHostUnreachable(name, call, 'ECONNREFUSED'));
    if (fake.mode === 'refuses') return Promise.reject(new LightHostRefused(name, call, 500, 'no space left'));
    fake.calls.push(call);
    const result = work();
    return fake.mode === 'loses answers' ? Promise.reject(new LightHostUnreachable(name, call, 'timeout')) : Promise.resolve(result);
  };
  const look = (amphoraId: string) => ({ amphoraId, state: 'active' as const, lbNetworkIp: `${name}-address`, computeFlavor: null, ageSeconds: fake.amphorae.get(amphoraId)?.ageSeconds ?? 0 });
  const fake: FakeHost = {
    name, zone, mode: 'up', amphorae: new Map(), calls: [],
    facts: () => (fake.mode === 'down' ? answer('facts', () => ({ name, capacity, amphorae: 0 })) : Promise.resolve({ name, capacity, amphorae: 0 })),
    list: () => answer('list', () => ({ amphorae: [...fake.amphorae.keys()].map(look), lost: [] })),
    find: (id) => answer('find', () => (fake.amphorae.has(id) ? look(id) : null)),
    boot: (id) => answer(`boot ${id}`, () => {
      if (!fake.amphorae.has(id)) fake.amphorae.set(id, { ports: new Set(), ageSeconds: 0 });
      return look(id);
    }),
    attach: (id, { port, mtu, vifType }) => answer(`attach ${port.id} ${mtu} ${vifType}`, () => void fake.amphorae.get(id)?.ports.add(port.id)),
    detach: (id, portId) => answer(`detach ${portId}`, () => void fake.amphorae.get(id)?.ports.delete(portId)),
    remove: (id) => answer(`remove ${id}`, () => void fake.amphorae.delete(id)),
    close: async () => undefined,
  };
  return fake;
}

/** Placements in memory; amphorae of the database by id, with their load balancer. */
function memory(database: Map<string, string>): Placements & { readonly rows: Map<string, Placement> } {
  const rows = new Map<string, Placement>();
  return {
    rows,
    find: async (id) => rows.get(id) ?? null,
    list: async () => [...rows.values()],
    hostsOfPeers: async (lb, id) => [...rows.values()].filter((row) => row.amphoraId !== id && row.state !== 'doomed' && database.get(row.amphoraId) === lb).map(({ host }) => host),
    place: async (amphoraId, host) => void rows.set(amphoraId, { amphoraId, host, state: 'placed' }),
    async noteBooted(amphoraId, host) {
      const row = rows.get(amphoraId);
      if (row?.host !== host || row.state === 'doomed') return false;
      rows.set(amphoraId, { amphoraId, host, state: 'booted' });
      return true;
    },
    async doom(amphoraId) {
      const row = rows.get(amphoraId);
      if (row) rows.set(amphoraId, { ...row, state: 'doomed' });
    },
    async forget(amphoraId, host) { if (rows.get(amphoraId)?.host === host) rows.delete(amphoraId); },
    async adopt(amphoraId, host) {
      if (!database.has(amphoraId)) return false;
      rows.set(amphoraId, { amphoraId, host, state: 'booted' });
      return true;
    },
  };
}

function world(options: Partial<LightComputeOptions> & { hosts?: FakeHost[] } = {}) {
  const hosts = options.hosts ?? [fakeHost('a', 'east'), fakeHost('b', 'west')];
  const database = new Map<string, string>();
  const placements = memory(database);
  const bound: string[] = [];
  let clock = 0;
  const driver: ComputeDriver = createLightCompute({
    placements, isApartForced: false, portActiveTimeoutMs: 5000, orphanGraceSeconds: 300, zone: null, log: { info: () => undefined, warn: () => undefined },
    monotonicMs: () => (clock += 20_000),
    ports: {
      bind: async (portId, networkId, owner) => { bound.push(`bind ${portId} ${networkId} ${owner.host} ${owner.deviceId} ${owner.deviceOwner}`); return { vifType: 'ovs', mtu: 1450 }; },
      untilActive: async (portId, ms) => void bound.push(`wait ${portId} ${ms}`),
    },
    ...options, hosts,
  });
  const boot = (amphoraId: string, fields: Partial<BootRequest> = {}) => {
    database.set(amphoraId, 'lb');
    return driver.ensure({ amphoraId, loadBalancerId: 'lb', name: amphoraId, files: {}, flavor: {}, availabilityZone: {}, serverGroupId: null, ...fields });
  };
  const [a, b] = hosts;
  if (a === undefined) throw new Error('no host');
  return { a, b: b ?? a, placements, database, bound, driver, boot };
}
const port = { id: 'p1', networkId: 'n1', adminStateUp: true } as Port;

describe('amphorae on a pool of hosts', () => {
  it('a pair that is booted at once is spread, twice is once, and each is told of where it is', async () => {
    const { driver, boot, a, b } = world();
    const [one, two] = await Promise.all([boot('1'), boot('2')]);
    expect([one, two].map(({ zone }) => zone).toSorted()).toEqual(['east', 'west']);
    expect(await boot('1')).toEqual(one);
    expect([...a.amphorae.keys(), ...b.amphorae.keys()].toSorted()).toEqual(['1', '2']);
    expect(await driver.get('2')).toEqual(two);
    expect(await driver.findByAmphora('3')).toBeNull();
  });

  it('one that its host has lost is booted again there, and its ports are plugged again', async () => {
    const { driver, boot, a } = world({ hosts: [fakeHost('a')] });
    await boot('1');
    await driver.attachPort('1', port);
    a.amphorae.clear();
    expect(await driver.get('1')).toMatchObject({ state: 'gone' });
    await boot('1');
    await driver.attachPort('1', port);
    expect([...(a.amphorae.get('1')?.ports ?? [])]).toEqual(['p1']);
  });

  it('a host that fails is left for another one, and what it made in spite of that is removed later', async () => {
    const { driver, boot, a, b, placements } = world();
    a.mode = 'loses answers';
    expect((await boot('1')).zone).toBe('west');
    expect([[...a.amphorae.keys()], [...b.amphorae.keys()], placements.rows.get('1')?.host]).toEqual([['1'], ['1'], 'b']);
    a.mode = 'up';
    a.amphorae.set('1', { ports: new Set(), ageSeconds: 60 });
    expect(await driver.listLost?.()).toEqual([]);
    expect([[...a.amphorae.keys()], [...b.amphorae.keys()], placements.rows.get('1')?.host]).toEqual([[], ['1'], 'b']);
  });

  it('when no host takes it the failure says why of each', async () => {
    const { boot, a, b } = world();
    [a.mode, b.mode] = ['down', 'refuses'];
    await expect(boot('1')).rejects.toThrow(/No host .* amphora 1: a does not answer .*ECONNREFUSED.*; b failed .*no space left/);
  });

  it('apart by force: the second amphora waits for a second host', async () => {
    const { boot, b } = world({ isApartForced: true });
    b.mode = 'down';
    await boot('1');
    await expect(boot('2')).rejects.toThrow(/a has the other amphora/);
    b.mode = 'up';
    expect((await boot('2')).zone).toBe('west');
  });

  it('a zone is honoured, and known by name', async () => {
    const { driver, boot } = world();
    expect((await boot('1', { availabilityZone: { compute_zone: 'west' } })).zone).toBe('west');
    await expect(boot('2', { availabilityZone: { compute_zone: 'north' } })).rejects.toThrow(/not in zone north/);
    await driver.validateAvailabilityZone('east');
    await expect(driver.validateAvailabilityZone('north')).rejects.toThrow(ResourceNotFound);
    await expect(driver.validateFlavor('m1.small')).rejects.toThrow(ResourceNotFound);
  });

  it('a port is bound to the host, plugged there with the MTU and awaited; once', async () => {
    const { driver, boot, a, bound } = world();
    await boot('1');
    await driver.attachPort('1', port);
    await driver.attachPort('1', port);
    expect(bound).toEqual(['bind p1 n1 a 1 compute:east', 'wait p1 5000']);
    expect(a.calls).toEqual(['boot 1', 'attach p1 1450 ovs']);
    await driver.detachPort('1', 'p1');
    await driver.attachPort('1', port);
    expect(a.calls.slice(2)).toEqual(['detach p1', 'attach p1 1450 ovs']);
    await expect(driver.attachPort('9', port)).rejects.toThrow(ResourceNotFound);
  });

  it('a dead host holds up neither removal nor failover, and is told when it is back', async () => {
    const { driver, boot, a, placements } = world();
    await boot('1');
    a.mode = 'down';
    await expect(driver.get('1')).rejects.toThrow(LightHostUnreachable);
    await driver.remove('1');
    expect(placements.rows.get('1')?.state).toBe('doomed');
    expect((await driver.get('1')).state).toBe('gone');
    expect((await boot('2')).zone).toBe('west');
    a.mode = 'up';
    await driver.listLost?.();
    expect([a.amphorae.size, placements.rows.has('1')]).toEqual([0, false]);
  });

  it('a host that refuses to remove is no success', async () => {
    const { driver, boot, a, placements } = world();
    await boot('1');
    a.mode = 'refuses';
    await expect(driver.remove('1')).rejects.toThrow(/no space left/);
    a.mode = 'up';
    await driver.remove('1');
    await driver.remove('1');
    expect([a.amphorae.size, placements.rows.size]).toEqual([0, 0]);
  });

  it('one that was never used on a host that does not answer counts as gone; one that runs is never made twice', async () => {
    const { driver, boot, a, b } = world();
    await boot('1');
    a.mode = 'down';
    expect((await driver.findByAmphora('1'))?.state).toBe('gone');
    await expect(boot('1')).rejects.toThrow(LightHostUnreachable);
    expect(b.amphorae.size).toBe(0);
  });

  it('lost ones are told; unknown ones of ours are taken over, others removed when they are old', async () => {
    const { driver, boot, a, b, database, placements } = world();
    await boot('1');
    a.amphorae.clear();
    database.set('ours', 'lb');
    for (const [id, ageSeconds] of [['ours', 900], ['young', 10], ['old', 900]] as const) b.amphorae.set(id, { ports: new Set(), ageSeconds });
    expect(await driver.listLost?.()).toEqual(['1']);
    expect([...b.amphorae.keys()]).toEqual(['ours', 'young']);
    expect(placements.rows.get('ours')).toEqual({ amphoraId: 'ours', host: 'b', state: 'booted' });
  });

  it('one that its host cannot remove keeps neither the others from going nor lost ones from being told', async () => {
    const { driver, boot, a, placements } = world({ hosts: [fakeHost('a')] });
    for (const id of ['1', '2', '3']) await boot(id);
    a.amphorae.delete('3');
    await placements.doom('1');
    await placements.doom('2');
    const original = { ...a };
    a.remove = (id) => (id === '1' ? Promise.reject(new LightHostRefused('a', `remove ${id}`, 500, 'device or resource busy')) : original.remove(id));
    expect(await driver.listLost?.()).toEqual(['3']);
    expect([...a.amphorae.keys()]).toEqual(['1']);
    expect([...placements.rows.keys()]).toEqual(['1', '3']);
  });

  it('whichever step a crash comes after, booting again and removing leave nothing on any host', async () => {
    for (const crash of ['placed', 'booted on the host'] as const) {
      const { driver, boot, a, b, placements } = world();
      await placements.place('1', 'b');
      if (crash === 'booted on the host') b.amphorae.set('1', { ports: new Set(), ageSeconds: 0 });
      expect((await boot('1')).zone).toBe('west');
      await driver.remove('1');
      expect([a.amphorae.size, b.amphorae.size, placements.rows.size], crash).toEqual([0, 0, 0]);
    }
  });
});
