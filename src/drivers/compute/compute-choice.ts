import type { FlavorData } from '../../model/graph.ts';
import { ResourceNotFound } from '../errors.ts';
import type { ComputeDriver } from './compute-driver.ts';

export interface ComputeChoiceOptions {
  /** Drivers by their names in octavia.conf; the first is for flavors that name none. */
  readonly drivers: ReadonlyMap<string, ComputeDriver>;
  /** Name of the driver that has the instance, as far as that is noted; null leaves it to the one that notes nothing. */
  readonly ownerOf: (computeId: string) => Promise<string | null>;
  /** Name of the driver whose instances nobody notes. */
  readonly unnoted: string;
}

/**
 * Several compute drivers as one: flavors choose where amphorae are booted (`compute_driver`), and whatever is there
 * already is left to the driver that has it, whatever the flavor says by then.
 */
export function createComputeChoice({ drivers, ownerOf, unnoted }: ComputeChoiceOptions): ComputeDriver {
  const all = [...drivers.values()];
  const [standard] = drivers.keys();
  const named = (name: string): ComputeDriver => {
    const driver = drivers.get(name);
    if (driver === undefined) throw new ResourceNotFound('Compute driver', name);
    return driver;
  };
  const forFlavor = (flavor: FlavorData | undefined): ComputeDriver => named(flavor?.compute_driver ?? standard ?? '');
  const having = async (computeId: string): Promise<ComputeDriver> => named((await ownerOf(computeId)) ?? unnoted);
  return {
    readsBootFiles: all.some(({ readsBootFiles }) => readsBootFiles !== false),
    takesInterfacesAtBoot: (flavor) => drivers.get(flavor.compute_driver ?? standard ?? '')?.takesInterfacesAtBoot?.(flavor) ?? false,
    async ensure(request) {
      const owner = await ownerOf(request.amphoraId);
      return (owner === null ? forFlavor(request.flavor) : named(owner)).ensure(request);
    },
    get: async (computeId) => (await having(computeId)).get(computeId),
    async listActive(instances) {
      const owners = await Promise.all(instances.map(async (one) => ({ one, driver: await having(one.computeId) })));
      const lists = await Promise.all(all.map(async (driver) => {
        const own = owners.filter((owner) => owner.driver === driver).map(({ one }) => one);
        return own.length === 0 ? [] : ((await driver.listActive?.(own)) ?? []);
      }));
      return lists.flat();
    },
    findByAmphora: async (amphoraId, isSure) => (await having(amphoraId)).findByAmphora(amphoraId, isSure),
    attachPort: async (computeId, port) => (await having(computeId)).attachPort(computeId, port),
    attachNetwork: async (computeId, networkId) => (await (await having(computeId)).attachNetwork?.(computeId, networkId)) ?? null,
    detachPort: async (computeId, portId) => (await having(computeId)).detachPort(computeId, portId),
    remove: async (computeId) => (await having(computeId)).remove(computeId),
    ensureServerGroup: async (loadBalancerId, flavor, isNew) => forFlavor(flavor).ensureServerGroup(loadBalancerId, flavor, isNew),
    removeServerGroup: async (serverGroupId) => {
      for (const driver of all) await driver.removeServerGroup(serverGroupId);
    },
    async findServerGroup(loadBalancerId) {
      for (const driver of all) {
        const found = (await driver.findServerGroup?.(loadBalancerId)) ?? null;
        if (found !== null) return found;
      }
      return null;
    },
    listLost: async () => (await Promise.all(all.map(async (driver) => (await driver.listLost?.()) ?? []))).flat(),
    validateFlavor: async (flavorId, flavor) => forFlavor(flavor).validateFlavor(flavorId, flavor),
    /** A zone may be for either. */
    async validateAvailabilityZone(zone) {
      for (const [index, driver] of all.entries()) {
        try {
          return await driver.validateAvailabilityZone(zone);
        } catch (error) {
          if (!(error instanceof ResourceNotFound) || index === all.length - 1) throw error;
        }
      }
    },
  };
}
