import { int } from './option.ts';

/** [compute]: retries of calls to the compute service. */
export const computeOptions = {
  max_retries: int(15, 'Attempts of an action at the compute service.'),
  retry_interval: int(1, 'Least seconds between two attempts.'),
  retry_backoff: int(1, 'Seconds before the first retry, doubled at each further one.'),
  retry_max: int(10, 'Most seconds between two attempts.'),
};
