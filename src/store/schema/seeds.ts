import {
  AMPHORA_ROLES, CLIENT_AUTHENTICATION_MODES, HEALTH_MONITOR_TYPES, L7POLICY_ACTIONS, L7RULE_COMPARE_TYPES, L7RULE_TYPES, LB_ALGORITHMS,
  NIL_UUID, OPERATING_STATUSES, SESSION_PERSISTENCE_TYPES, TOPOLOGIES,
} from '../../model/enums.ts';

/** Rows of the lookup tables: the names that foreign keys allow (upstream migrations, contracts section 18). */
export const lookupRows = {
  algorithm: LB_ALGORITHMS,
  amphora_roles: AMPHORA_ROLES,
  client_authentication_mode: CLIENT_AUTHENTICATION_MODES,
  health_monitor_type: HEALTH_MONITOR_TYPES,
  l7policy_action: L7POLICY_ACTIONS,
  l7rule_compare_type: L7RULE_COMPARE_TYPES,
  l7rule_type: L7RULE_TYPES,
  lb_topology: TOPOLOGIES,
  operating_status: OPERATING_STATUSES,
  protocol: ['HTTP', 'HTTPS', 'PROMETHEUS', 'PROXY', 'PROXYV2', 'SCTP', 'TCP', 'TERMINATED_HTTPS', 'UDP'],
  // One table for objects and amphorae alike.
  provisioning_status: ['ACTIVE', 'ALLOCATED', 'BOOTING', 'DELETED', 'ERROR', 'FAILOVER_STOPPED', 'PENDING_CREATE', 'PENDING_DELETE', 'PENDING_UPDATE', 'READY'],
  session_persistence_type: SESSION_PERSISTENCE_TYPES,
  vrrp_auth_method: ['AH', 'PASS'],
} as const;

const PLACEHOLDER = 'DELETED-PLACEHOLDER';

/** What deleted load balancers point at instead of a flavor or availability zone that is gone. */
export const placeholderRows = {
  flavor_profile: { id: NIL_UUID, name: PLACEHOLDER, provider_name: 'DELETED', flavor_data: '{}' },
  flavor: { id: NIL_UUID, name: PLACEHOLDER, description: 'Stands for flavors that are gone', enabled: false, flavor_profile_id: NIL_UUID },
  availability_zone_profile: { id: NIL_UUID, name: PLACEHOLDER, provider_name: 'DELETED', availability_zone_data: '{}' },
  availability_zone: { name: NIL_UUID, description: 'Stands for availability zones that are gone', enabled: false, availability_zone_profile_id: NIL_UUID },
} as const;
