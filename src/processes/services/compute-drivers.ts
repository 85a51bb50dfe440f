import type { Config } from '../../config/config.ts';

const LIGHT = 'compute_light_driver';
const NOVA = 'compute_nova_driver';

/**
 * Compute drivers that flavors may choose from, the configured one first; empty without a light pool. Beside a pool that is
 * the standard, Nova is there when [controller_worker] says which image its servers boot from.
 */
export function computeDriversToChoose({ light_pool: pool, controller_worker: worker }: Pick<Config, 'light_pool' | 'controller_worker'>): readonly string[] {
  if (worker.compute_driver === LIGHT) return [LIGHT, ...(worker.amp_image_tag === '' ? [] : [NOVA])];
  return pool.hosts.length === 0 ? [] : [worker.compute_driver, LIGHT];
}
