import { describe, expect, it } from 'vitest';
import { ResourceNotFound } from '../errors.ts';
import type { Port } from '../network/network-driver.ts';
import { createComputeChoice } from './compute-choice.ts';
import type { ComputeDriver } from './compute-driver.ts';
import { createNoopCompute } from './noop.ts';

function world() {
  const calls: string[] = [];
  const owners = new Map<string, string>();
  const spy = (name: string, more: Partial<ComputeDriver> = {}): ComputeDriver => {
    const noop = createNoopCompute();
    return {
      ...noop,
      ensure: (request) => { calls.push(`${name} ensure ${request.amphoraId}`); return noop.ensure(request); },
      get: (id) => { calls.push(`${name} get ${id}`); return noop.get(id); },
      findByAmphora: (id) => { calls.push(`${name} find ${id}`); return noop.findByAmphora(id); },
      attachPort: async (id) => void calls.push(`${name} attach ${id}`),
      detachPort: async (id) => void calls.push(`${name} detach ${id}`),
      remove: async (id) => void calls.push(`${name} remove ${id}`),
      ensureServerGroup: async (id) => { calls.push(`${name} group ${id}`); return id; },
      validateFlavor: async (id) => void calls.push(`${name} flavor ${id}`),
      ...more,
    };
  };
  const zoneOf = (zone: string) => async (asked: string) => { if (asked !== zone) throw new ResourceNotFound('Zone', asked); };
  const drivers = new Map([
    ['nova', spy('nova', { listLost: async () => ['n'], validateAvailabilityZone: zoneOf('az1'), attachNetwork: async () => ({ portId: 'made', macAddress: '', fixedIps: [] }) })],
    ['light', spy('light', { readsBootFiles: true, listLost: async () => ['l'], validateAvailabilityZone: zoneOf('east'), findServerGroup: async () => 'g' })],
  ]);
  return { calls, owners, driver: createComputeChoice({ drivers, unnoted: 'nova', ownerOf: async (id) => owners.get(id) ?? null }) };
}
const request = (amphoraId: string, flavor = {}) => ({ amphoraId, loadBalancerId: 'lb', name: '', files: {}, flavor, availabilityZone: {}, serverGroupId: null });
const port = { id: 'p' } as Port;

describe('several compute drivers as one', () => {
  it('the flavor chooses where a new amphora is booted, the first driver does where it says nothing', async () => {
    const { calls, driver } = world();
    await driver.ensure(request('1'));
    await driver.ensure(request('2', { compute_driver: 'light' }));
    await driver.ensureServerGroup('lb', { compute_driver: 'light' });
    await driver.ensureServerGroup('lb', {});
    await driver.validateFlavor('2x1024', { compute_driver: 'light' });
    expect(calls).toEqual(['nova ensure 1', 'light ensure 2', 'light group lb', 'nova group lb', 'light flavor 2x1024']);
    await expect(driver.ensure(request('3', { compute_driver: 'other' }))).rejects.toThrow(ResourceNotFound);
  });

  it('what is there already belongs to the driver that has it, whatever the flavor says by now', async () => {
    const { calls, owners, driver } = world();
    owners.set('2', 'light');
    await driver.ensure(request('2', { compute_driver: 'nova' }));
    for (const id of ['1', '2']) {
      await driver.get(id);
      await driver.findByAmphora(id);
      await driver.attachPort(id, port);
      await driver.detachPort(id, 'p');
      await driver.remove(id);
    }
    const each = (name: string, id: string) => ['get', 'find', 'attach', 'detach', 'remove'].map((call) => `${name} ${call} ${id}`);
    expect(calls).toEqual(['light ensure 2', ...each('nova', '1'), ...each('light', '2')]);
    expect(await driver.attachNetwork?.('1', 'net')).toMatchObject({ portId: 'made' });
    expect(await driver.attachNetwork?.('2', 'net')).toBeNull();
  });

  it('lost amphorae, server groups and zones are those of all', async () => {
    const { driver } = world();
    expect(await driver.listLost?.()).toEqual(['n', 'l']);
    expect(await driver.findServerGroup?.('lb')).toBe('g');
    await driver.validateAvailabilityZone('az1');
    await driver.validateAvailabilityZone('east');
    await expect(driver.validateAvailabilityZone('north')).rejects.toThrow(ResourceNotFound);
    expect(driver.readsBootFiles).toBe(true);
  });
});
