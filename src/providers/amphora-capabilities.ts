import { ResourceNotFound } from '../drivers/errors.ts';
import { reasonOf } from '../lib/errors.ts';
import type { AmphoraProviderServices } from './amphora-services.ts';
import { createAmphoraVipPort } from './amphora-vip-port.ts';
import { AMPHORA_AVAILABILITY_ZONE_SCHEMA, amphoraFlavorSchema, checkCapabilities, describeCapabilities } from './capability-schema.ts';
import { ProviderError, type ProviderCapabilities } from './provider-driver.ts';

/** VIP ports, and flavor and availability zone data of the amphora provider: the schema first, then whether the named cloud objects exist. */
export function createAmphoraCapabilities(services: AmphoraProviderServices): ProviderCapabilities {
  const { network, compute, image, volume } = services;
  const flavorSchema = amphoraFlavorSchema(services.computeDrivers);
  return {
    createVipPort: (loadBalancerId, projectId, vip, additional) => createAmphoraVipPort(network, { loadBalancerId, projectId, vip, additional }),
    async getSupportedFlavorMetadata() { return describeCapabilities(flavorSchema); },
    async validateFlavor(flavor) {
      checkCapabilities(flavorSchema, flavor);
      const computeFlavor = text(flavor['compute_flavor']);
      if (computeFlavor !== null) {
        const computeDriver = text(flavor['compute_driver']);
        await ask(computeFlavor, () => compute.validateFlavor(computeFlavor, computeDriver === null ? {} : { compute_driver: computeDriver }));
      }
      const imageTag = text(flavor['amp_image_tag']);
      if (imageTag !== null && image !== undefined) {
        await ask(imageTag, () => image.validateTag(imageTag), `Failed to find an image with tag ${imageTag} due to: `);
      }
    },
    async getSupportedAvailabilityZoneMetadata() { return describeCapabilities(AMPHORA_AVAILABILITY_ZONE_SCHEMA); },
    async validateAvailabilityZone(zone) {
      checkCapabilities(AMPHORA_AVAILABILITY_ZONE_SCHEMA, zone);
      const computeZone = text(zone['compute_zone']);
      if (computeZone !== null) await ask(computeZone, () => compute.validateAvailabilityZone(computeZone));
      const volumeZone = text(zone['volume_zone']);
      if (volumeZone !== null && volume !== undefined) await ask(volumeZone, () => volume.validateAvailabilityZone(volumeZone));
      const vipNetworks = zone['valid_vip_networks'];
      for (const id of [...(Array.isArray(vipNetworks) ? vipNetworks : []), zone['management_network']]) {
        const networkId = text(id);
        if (networkId !== null) await ask(networkId, () => network.getNetwork(networkId));
      }
    },
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** What the original's drivers say of an object that is not there, by the words of ours. */
const MISSING: Readonly<Record<string, (id: string) => string>> = {
  'Compute flavor': (id) => `Nova flavor ${id} not found.`,
  'Compute availability zone': (id) => `Nova availability zone ${id} not found.`,
  'Volume availability zone': (id) => `Cinder availability zone ${id} not found.`,
  'Active image with tag': (id) => `Failed to retrieve image with ${id} tag.`,
  Network: (id) => `network not found (network id: ${id}).`,
};

/** Looks `id` up. The original turns every failure, "not found" included, into a provider error. */
async function ask(id: string, lookUp: () => Promise<unknown>, prefix = ''): Promise<void> {
  try {
    await lookUp();
  } catch (error) {
    const reason = reasonOf(error);
    const words = error instanceof ResourceNotFound ? Object.entries(MISSING).find(([what]) => reason === `${what} ${id} not found.`)?.[1] : undefined;
    throw new ProviderError(`${prefix}${words?.(id) ?? reason}`, error);
  }
}
