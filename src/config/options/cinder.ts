import { catalogService } from './catalog-service.ts';
import { int, str } from './option.ts';

/** [cinder]: the volume service. */
export const cinderOptions = {
  ...catalogService('cinder'),
  availability_zone: str(null, 'Availability zone of volumes.'),
  volume_size: int(16, 'Size of an amphora\'s volume in gigabytes.', { min: 1 }),
  volume_type: str(null, 'Type of an amphora\'s volume.'),
  volume_create_retry_interval: int(5, 'Seconds between two looks at a new volume.'),
  volume_create_timeout: int(300, 'Seconds until a new volume must be available.'),
  volume_create_max_retries: int(5, 'Attempts to make a volume.'),
};
