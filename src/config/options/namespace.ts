import { int, str } from './option.ts';

/** [namespace], an addition: amphorae that are network namespaces of this host. */
export const namespaceOptions = {
  prepared: int(2, 'Network namespaces kept ready, so that the next amphorae boot in a few milliseconds; 0 keeps none.', { min: 0, isAddition: true }),
  address_pool: str('127.16.0.0/12', 'Loopback network whose addresses the agents listen on.', { isAddition: true, pattern: /^[0-9a-fA-F.:]+\/\d{1,3}$/ }),
};
