import { catalogService } from './catalog-service.ts';
import { bool, choice, int, str } from './option.ts';

/** [nova]: the compute service. */
export const novaOptions = {
  ...catalogService('nova'),
  enable_anti_affinity: bool(false, 'Put the two amphorae of a pair on different hosts.'),
  anti_affinity_policy: choice(['anti-affinity', 'soft-anti-affinity'], 'anti-affinity', 'Policy of the server group.'),
  random_amphora_name_length: int(0, 'Length of random server names; 0 = amphora-<id>.', { min: 0 }),
  availability_zone: str(null, 'Availability zone of amphorae.'),
};
