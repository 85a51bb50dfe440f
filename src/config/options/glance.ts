import { catalogService } from './catalog-service.ts';

/** [glance]: the image service. */
export const glanceOptions = catalogService('glance');
