import type { ImageDriver } from './image-driver.ts';

/** The no-op images (`image_noop_driver`): every tag is its own image. */
export function createNoopImages(): ImageDriver {
  return { findImage: async (tag) => ({ id: tag, interfacesAtBoot: false }) };
}
