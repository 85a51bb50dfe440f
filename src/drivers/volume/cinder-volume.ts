import { setTimeout as sleep } from 'node:timers/promises';
import { objectOf, textOf } from '../../openstack/json.ts';
import type { ServiceClient } from '../../openstack/service-client.ts';
import { DriverFailure, ResourceNotFound } from '../errors.ts';
import type { VolumeDriver } from './volume-driver.ts';

/** `[cinder]`; times in seconds. */
export interface CinderSettings {
  readonly volume_size: number;
  readonly volume_type: string | null;
  readonly availability_zone: string | null;
  readonly volume_create_retry_interval: number;
  readonly volume_create_timeout: number;
  readonly volume_create_max_retries: number;
}

type Wait = (ms: number, signal: AbortSignal | undefined) => Promise<void>;

/** Volumes of Cinder (`volume_cinder_driver`), found by their names. `wait` is for tests. */
export function createCinderVolumes(cinder: ServiceClient, settings: CinderSettings, wait: Wait = pause): VolumeDriver {
  const find = async (name: string) => (await cinder.list('/volumes/detail', 'volumes', { query: { name } })).find(({ status }) => status !== 'deleting') ?? null;
  const create = async (name: string, imageId: string, zone: string | null) => (await cinder.object('POST', '/volumes', 'volume', {
    body: {
      volume: {
        name, imageRef: imageId, size: settings.volume_size, ...(settings.volume_type !== null && { volume_type: settings.volume_type }),
        ...((zone ?? settings.availability_zone) !== null && { availability_zone: zone ?? settings.availability_zone }),
      },
    },
  })) ?? {};
  const removeVolume = async (volumeId: string): Promise<void> => void (await cinder.remove(`/volumes/${volumeId}`));
  /** False when it never will be. Throws when it takes too long: Cinder deletes none that it works on, and the next attempt may find it ready. */
  const untilAvailable = async (name: string, id: string, signal: AbortSignal | undefined): Promise<boolean> => {
    const looks = Math.max(1, Math.ceil(settings.volume_create_timeout / Math.max(1, settings.volume_create_retry_interval)));
    let status: string | null = null;
    for (let look = 0; look < looks; look += 1) {
      status = textOf((await cinder.object('GET', `/volumes/${id}`, 'volume', { accept: [404] }))?.['status']);
      if (status === 'available') return true;
      if (status === null || status.startsWith('error')) return false;
      await wait(settings.volume_create_retry_interval * 1000, signal);
    }
    throw new DriverFailure('Cinder', 'create volume', `Volume ${name} (${id}) is still ${status} after ${settings.volume_create_timeout} s.`);
  };
  return {
    async ensureVolume(name, imageId, zone, signal) {
      for (let attempt = 1; ; attempt += 1) {
        const volume = (await find(name)) ?? (await create(name, imageId, zone));
        const id = textOf(volume['id']) ?? '';
        if (await untilAvailable(name, id, signal)) return id;
        await removeVolume(id);
        if (attempt >= settings.volume_create_max_retries) throw new DriverFailure('Cinder', 'create volume', `Volume ${name} did not become available.`);
      }
    },
    findVolume: async (name) => textOf((await find(name))?.['id']),
    removeVolume,
    async imageOf(volumeId) {
      const volume = await cinder.object('GET', `/volumes/${volumeId}`, 'volume', { accept: [404] });
      return textOf(objectOf(volume?.['volume_image_metadata'])['image_id']);
    },
    async validateAvailabilityZone(zone) {
      const known = (await cinder.list('/os-availability-zone', 'availabilityZoneInfo')).some(({ zoneName }) => zoneName === zone);
      if (!known) throw new ResourceNotFound('Volume availability zone', zone);
    },
  };
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal });
}
