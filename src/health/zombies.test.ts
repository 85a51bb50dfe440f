import { expect, it } from 'vitest';
import type { ComputeInstance } from '../drivers/compute/compute-driver.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { createZombies } from './zombies.ts';

const instance = (computeId: string): ComputeInstance => ({ computeId, state: 'active', lbNetworkIp: null, zone: null, imageId: null, flavorId: null, fault: null });

function cloudOf(...there: string[]) {
  const compute = {
    remove: async (computeId: string) => void there.splice(0, there.length, ...there.filter((id) => id !== computeId)),
    findByAmphora: async () => (there[0] === undefined ? null : instance(there[0])),
  };
  return { there, zombies: createZombies({ clock: { now: () => 0 }, log: silentLogger, compute }) };
}

it('removes the machine that the row of a deleted amphora knows, and one that only bears its name', async () => {
  const { there, zombies } = cloudOf('recorded', 'late');
  expect(await zombies.remove('amphora', 'recorded')).toBe(true);
  expect(there).toEqual([]);
});

it('leaves a machine alone that might be another amphora\'s, for its name is short', async () => {
  const removed: string[] = [];
  const compute = { remove: async (computeId: string) => void removed.push(computeId), findByAmphora: async (_id: string, isSure = false) => (isSure ? null : instance('of another')) };
  const zombies = createZombies({ clock: { now: () => 0 }, log: silentLogger, compute });
  expect(await zombies.remove('amphora', 'recorded')).toBe(true);
  expect(removed).toEqual(['recorded']);
});

it('finds the machine of a deleted amphora whose row knows none', async () => {
  const { there, zombies } = cloudOf('late');
  expect(await zombies.remove('amphora', null)).toBe(true);
  expect(there).toEqual([]);
  expect(await cloudOf().zombies.remove('amphora', null)).toBe(false);
});
