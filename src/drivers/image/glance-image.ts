import { textOf } from '../../openstack/json.ts';
import { createRecent } from '../../openstack/recent.ts';
import type { ServiceClient } from '../../openstack/service-client.ts';
import { ResourceNotFound } from '../errors.ts';
import { INTERFACES_AT_BOOT, type Image, type ImageDriver } from './image-driver.ts';

/** A pair that boots together asks once; an image that was just uploaded is taken soon. */
const FRESH_MS = 5000;

/** Images of Glance (`image_glance_driver`), by tag and owner; the newest wins. */
export function createGlanceImages(glance: ServiceClient, now?: () => number): ImageDriver {
  const images = createRecent<Image>(FRESH_MS, now === undefined ? {} : { now });
  const ask = async (tag: string, owner: string | null): Promise<Image> => {
    // One more than is needed, as the original does: who reads Glance's log sees whether a tag is ambiguous.
    const [newest] = await glance.list('/images', 'images', { query: { status: 'active', owner: owner === '' ? null : owner, limit: 2, tag, sort: 'created_at:desc' }, onePage: true });
    const id = textOf(newest?.['id']);
    if (newest === undefined || id === null) throw new ResourceNotFound('Active image with tag', tag);
    return { id, interfacesAtBoot: textOf(newest[INTERFACES_AT_BOOT])?.toLowerCase() === 'true' };
  };
  return { findImage: (tag, ownerId) => images.get(`${tag} ${ownerId ?? ''}`, () => ask(tag, ownerId)) };
}
