/** Role defaults: who is who. `formerly` is OR-ed in while `[oslo_policy] enforce_new_defaults` is false. */
export interface BaseRule {
  readonly name: string;
  readonly check: string;
  readonly formerly?: string;
  readonly description: string;
}

/** A rule that guards operations. */
export interface OperationRule {
  /** `os_load-balancer_api:<type>:<action>` */
  readonly name: string;
  readonly check: string;
  readonly description: string;
  /** `METHOD path` */
  readonly operation: string;
}

/** The 16 base rules (upstream octavia/policies/{base,keystone_default_roles,advanced_rbac}.py). All have scope `project`. */
export const BASE_RULES: readonly BaseRule[] = [
  {
    name: 'load-balancer:read', description: 'Reading of own objects.',
    check: 'rule:load-balancer:observer_and_owner or rule:load-balancer:global_observer or rule:load-balancer:member_and_owner or rule:load-balancer:admin',
  },
  { name: 'load-balancer:read-global', check: 'rule:load-balancer:global_observer or rule:load-balancer:admin', description: 'Reading of every project\'s objects.' },
  { name: 'load-balancer:write', check: 'rule:load-balancer:member_and_owner or rule:load-balancer:admin', description: 'Changing own objects.' },
  {
    name: 'load-balancer:read-quota', description: 'Reading of the own quota.',
    check: 'rule:load-balancer:observer_and_owner or rule:load-balancer:global_observer or rule:load-balancer:member_and_owner or rule:load-balancer:quota-admin or rule:load-balancer:admin',
  },
  {
    name: 'load-balancer:read-quota-global', description: 'Reading of every project\'s quota.',
    check: 'rule:load-balancer:global_observer or rule:load-balancer:quota-admin or rule:load-balancer:admin',
  },
  { name: 'load-balancer:write-quota', check: 'rule:load-balancer:quota-admin or rule:load-balancer:admin', description: 'Changing quotas.' },
  { name: 'project-member', check: 'role:member and project_id:%(project_id)s', description: 'Member of the object\'s project.' },
  { name: 'project-reader', check: 'role:reader and project_id:%(project_id)s', description: 'Reader in the object\'s project.' },
  { name: 'context_is_admin', check: 'role:admin', formerly: 'role:admin or role:load-balancer_admin', description: 'Who counts as administrator in is_admin checks.' },
  {
    name: 'load-balancer:admin', check: 'is_admin:True or role:admin', formerly: 'is_admin:True or role:admin or role:load-balancer_admin',
    description: 'Administrator of the service; everybody when auth_strategy is noauth.',
  },
  { name: 'service', check: 'role:service', description: 'Another service of the cloud.' },
  { name: 'load-balancer:global_observer', check: 'role:admin', formerly: 'role:load-balancer_global_observer', description: 'May read all projects.' },
  {
    name: 'load-balancer:member_and_owner', check: 'rule:project-member', formerly: 'role:load-balancer_member and rule:load-balancer:owner',
    description: 'May change objects of the own project.',
  },
  {
    name: 'load-balancer:observer_and_owner', check: 'rule:project-reader', formerly: 'role:load-balancer_observer and rule:load-balancer:owner',
    description: 'May read objects of the own project.',
  },
  { name: 'load-balancer:quota-admin', check: 'role:admin', formerly: 'role:load-balancer_quota_admin', description: 'May change quotas.' },
  { name: 'load-balancer:owner', check: 'project_id:%(project_id)s', description: 'The object belongs to the caller\'s project.' },
];

const READ = 'rule:load-balancer:read';
const READ_GLOBAL = 'rule:load-balancer:read-global';
const WRITE = 'rule:load-balancer:write';
const ADMIN = 'rule:load-balancer:admin';
const READ_QUOTA = 'rule:load-balancer:read-quota';
const READ_QUOTA_GLOBAL = 'rule:load-balancer:read-quota-global';
const WRITE_QUOTA = 'rule:load-balancer:write-quota';

type Action = readonly [action: string, check: string, operation: string, description: string];

interface Family { readonly type: string; readonly actions: readonly Action[] }

/** List, list of all projects, create, show, update, delete. */
function ownedFamily(type: string, path: string, noun: string, more: readonly Action[] = []): Family {
  return {
    type,
    actions: [
      ['get_all', READ, `GET ${path}`, `List ${noun}`],
      ['get_all-global', READ_GLOBAL, `GET ${path}`, `List ${noun} of all projects`],
      ['post', WRITE, `POST ${path}`, `Create ${noun}`],
      ['get_one', READ, `GET ${path}/{id}`, `Show ${noun}`],
      ['put', WRITE, `PUT ${path}/{id}`, `Update ${noun}`],
      ['delete', WRITE, `DELETE ${path}/{id}`, `Delete ${noun}`],
      ...more,
    ],
  };
}

/** Cloud-wide objects that administrators write and `readers` read. */
function sharedFamily(type: string, path: string, noun: string, readers: string): Family {
  return {
    type,
    actions: [
      ['get_all', readers, `GET ${path}`, `List ${noun}`],
      ['post', ADMIN, `POST ${path}`, `Create ${noun}`],
      ['put', ADMIN, `PUT ${path}/{id}`, `Update ${noun}`],
      ['get_one', readers, `GET ${path}/{id}`, `Show ${noun}`],
      ['delete', ADMIN, `DELETE ${path}/{id}`, `Delete ${noun}`],
    ],
  };
}

const FAMILIES: readonly Family[] = [
  sharedFamily('flavor', '/v2/lbaas/flavors', 'flavors', READ),
  sharedFamily('flavor-profile', '/v2/lbaas/flavorprofiles', 'flavor profiles', ADMIN),
  sharedFamily('availability-zone', '/v2/lbaas/availabilityzones', 'availability zones', READ),
  sharedFamily('availability-zone-profile', '/v2/lbaas/availabilityzoneprofiles', 'availability zone profiles', ADMIN),
  ownedFamily('healthmonitor', '/v2/lbaas/healthmonitors', 'health monitors'),
  ownedFamily('l7policy', '/v2/lbaas/l7policies', 'L7 policies'),
  { type: 'l7rule', actions: ownedFamily('l7rule', '/v2/lbaas/l7policies/{l7policy_id}/rules', 'L7 rules').actions.filter(([action]) => action !== 'get_all-global') },
  ownedFamily('listener', '/v2/lbaas/listeners', 'listeners', [['get_stats', READ, 'GET /v2/lbaas/listeners/{id}/stats', 'Show listener statistics']]),
  ownedFamily('loadbalancer', '/v2/lbaas/loadbalancers', 'load balancers', [
    ['post:vip_sg_ids', WRITE, 'POST /v2/lbaas/loadbalancers', 'Create load balancers with own security groups on the VIP'],
    ['put:vip_sg_ids', WRITE, 'PUT /v2/lbaas/loadbalancers/{id}', 'Change the security groups of the VIP'],
    ['get_stats', READ, 'GET /v2/lbaas/loadbalancers/{id}/stats', 'Show load balancer statistics'],
    ['get_status', READ, 'GET /v2/lbaas/loadbalancers/{id}/status', 'Show the status tree'],
    ['put_failover', ADMIN, 'PUT /v2/lbaas/loadbalancers/{id}/failover', 'Fail a load balancer over'],
  ]),
  {
    type: 'member',
    actions: ownedFamily('member', '/v2/lbaas/pools/{pool_id}/members', 'members').actions
      .filter(([action]) => action !== 'get_all-global')
      .map(([action, check, operation, text]): Action => [action, action === 'get_all' ? `${READ} or rule:service` : check, operation, text]),
  },
  ownedFamily('pool', '/v2/lbaas/pools', 'pools'),
  { type: 'provider', actions: [['get_all', READ, 'GET /v2/lbaas/providers', 'List enabled providers']] },
  {
    type: 'quota',
    actions: [
      ['get_all', READ_QUOTA, 'GET /v2/lbaas/quotas', 'List quotas'],
      ['get_all-global', READ_QUOTA_GLOBAL, 'GET /v2/lbaas/quotas', 'List quotas of all projects'],
      ['get_one', READ_QUOTA, 'GET /v2/lbaas/quotas/{project_id}', 'Show a project\'s quota'],
      ['put', WRITE_QUOTA, 'PUT /v2/lbaas/quotas/{project_id}', 'Change a project\'s quota'],
      ['delete', WRITE_QUOTA, 'DELETE /v2/lbaas/quotas/{project_id}', 'Put a project\'s quota back to the defaults'],
      ['get_defaults', READ_QUOTA, 'GET /v2/lbaas/quotas/{project_id}/default', 'Show default quotas'],
    ],
  },
  {
    type: 'amphora',
    actions: [
      ['get_all', ADMIN, 'GET /v2/octavia/amphorae', 'List amphorae'],
      ['get_one', ADMIN, 'GET /v2/octavia/amphorae/{id}', 'Show an amphora'],
      ['delete', ADMIN, 'DELETE /v2/octavia/amphorae/{id}', 'Delete an amphora'],
      ['put_config', ADMIN, 'PUT /v2/octavia/amphorae/{id}/config', 'Send an amphora its agent configuration'],
      ['put_failover', ADMIN, 'PUT /v2/octavia/amphorae/{id}/failover', 'Fail an amphora over'],
      ['get_stats', ADMIN, 'GET /v2/octavia/amphorae/{id}/stats', 'Show amphora statistics'],
    ],
  },
  {
    type: 'rollout',
    actions: [
      ['get_all', ADMIN, 'GET /v2/octavia/rollouts', 'List rollouts'],
      ['get_one', ADMIN, 'GET /v2/octavia/rollouts/{id}', 'Show a rollout and its progress'],
      ['post', ADMIN, 'POST /v2/octavia/rollouts', 'Start a rollout'],
      ['put', ADMIN, 'PUT /v2/octavia/rollouts/{id}/pause', 'Pause, resume or abort a rollout'],
    ],
  },
  { type: 'provider-flavor', actions: [['get_all', ADMIN, 'GET /v2/lbaas/providers/{provider}/flavor_capabilities', 'List what flavors of a provider can set']] },
  {
    type: 'provider-availability-zone',
    actions: [['get_all', ADMIN, 'GET /v2/lbaas/providers/{provider}/availability_zone_capabilities', 'List what availability zones of a provider can set']],
  },
];

/** The original's 81 rules of operations, and four of rollouts. */
export const OPERATION_RULES: readonly OperationRule[] = FAMILIES.flatMap(({ type, actions }) =>
  actions.map(([action, check, operation, description]) => ({ name: `os_load-balancer_api:${type}:${action}`, check, operation, description })),
);
