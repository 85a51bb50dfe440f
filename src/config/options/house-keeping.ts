import { int } from './option.ts';

/** [house_keeping]: purging old rows and renewing amphora certificates. */
export const houseKeepingOptions = {
  cleanup_interval: int(30, 'Seconds between two clean-ups of the database.'),
  amphora_expiry_age: int(604800, 'Seconds a deleted amphora\'s row is kept.'),
  load_balancer_expiry_age: int(604800, 'Seconds a deleted load balancer\'s row is kept.'),
  event_expiry_age: int(7776000, 'Seconds an event (who did what, with which outcome) is kept.', { min: 0, isAddition: true }),
  spare_amphora_pool_size: int(0, 'Amphorae kept booted and unused, so that creation and failover need not wait for a boot; the original had it until Wallaby.', { min: 0, isAddition: true }),
  cert_interval: int(3600, 'Seconds between two looks for certificates that end.'),
  cert_expiry_buffer: int(1209600, 'Seconds before its end at which a certificate is renewed.'),
  cert_rotate_threads: int(10, 'Certificates renewed at the same time.'),
};
