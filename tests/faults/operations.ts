import { emptyLoadBalancer, member, OTHER_SUBNET, populated, type CrashWorld, type Tree } from './crash-world.ts';

/** A change as a user asks for it, and what must be true of the amphorae when it is done. */
export interface Operation {
  readonly name: string;
  /** What it changes. @default populated */
  readonly on?: 'populated' | 'empty' | 'nothing';
  /** Returns the load balancer when the operation makes it. */
  readonly ask: (world: CrashWorld, tree: Tree) => Promise<string | void>;
  /** In the configuration that haproxy runs, on every amphora. */
  readonly runs?: string | RegExp;
  readonly runsNot?: string | RegExp;
  readonly isDeletion?: boolean;
  /** Nothing of the amphorae from before is there any more, or just one of them is not. */
  readonly replaces?: 'all' | 'one';
}

const LB = '/v2/lbaas/loadbalancers';
const put = (path: string, kind: string, change: object) => async (world: CrashWorld): Promise<void> => void (await world.accept('PUT', path, { [kind]: change }));
const amphoraOf = async (world: CrashWorld, { id }: Tree): Promise<string> =>
  (await world.store.read.selectFrom('amphora').select('id').where('load_balancer_id', '=', id).where('status', '=', 'ALLOCATED').orderBy('role', 'desc').executeTakeFirstOrThrow()).id;

export const operations: readonly Operation[] = [
  { name: 'create a load balancer', on: 'nothing', ask: async (world) => (await world.accept('POST', LB, emptyLoadBalancer)).json.loadbalancer.id },
  { name: 'create a load balancer with everything', on: 'nothing', ask: async (world) => (await world.accept('POST', LB, populated())).json.loadbalancer.id, runs: '192.0.2.10:8080' },
  { name: 'disable a load balancer', ask: (world, { id }) => put(`${LB}/${id}`, 'loadbalancer', { admin_state_up: false })(world), runsNot: /bind / },
  { name: 'delete a load balancer', on: 'empty', ask: async (world, { id }) => void (await world.accept('DELETE', `${LB}/${id}`)), isDeletion: true },
  { name: 'delete a load balancer with everything', ask: async (world, { id }) => void (await world.accept('DELETE', `${LB}/${id}?cascade=true`)), isDeletion: true },
  { name: 'fail a load balancer over', ask: async (world, { id }) => void (await world.accept('PUT', `${LB}/${id}/failover`)), replaces: 'all', runs: '192.0.2.10:8080' },
  { name: 'fail an amphora over', ask: async (world, tree) => void (await world.accept('PUT', `/v2/octavia/amphorae/${await amphoraOf(world, tree)}/failover`)), replaces: 'one', runs: '192.0.2.10:8080' },
  { name: 'create a listener', ask: async (world, { id, pool }) => void (await world.accept('POST', '/v2/lbaas/listeners', { listener: { loadbalancer_id: id, protocol: 'HTTP', protocol_port: 8081, default_pool_id: pool } })), runs: ':8081' },
  { name: 'change a listener', ask: (world, { listener }) => put(`/v2/lbaas/listeners/${listener}`, 'listener', { connection_limit: 4711 })(world), runs: /maxconn 4711/ },
  { name: 'delete a listener', ask: async (world, { listener }) => void (await world.accept('DELETE', `/v2/lbaas/listeners/${listener}`)), runsNot: 'frontend' },
  { name: 'create a pool', ask: async (world, { id }) => void (await world.accept('POST', '/v2/lbaas/pools', { pool: { loadbalancer_id: id, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' } })), runs: '192.0.2.10:8080' },
  { name: 'change a pool', ask: (world, { pool }) => put(`/v2/lbaas/pools/${pool}`, 'pool', { lb_algorithm: 'LEAST_CONNECTIONS' })(world), runs: 'balance leastconn' },
  { name: 'delete a pool', ask: async (world, { pool }) => void (await world.accept('DELETE', `/v2/lbaas/pools/${pool}`)), runsNot: '192.0.2.10' },
  { name: 'create a member', ask: async (world, { pool }) => void (await world.accept('POST', `/v2/lbaas/pools/${pool}/members`, { member: member(99, OTHER_SUBNET) })), runs: '192.0.2.99:8080' },
  { name: 'change a member', ask: (world, { pool, member: id }) => put(`/v2/lbaas/pools/${pool}/members/${id}`, 'member', { weight: 77 })(world), runs: 'weight 77' },
  { name: 'delete a member', ask: async (world, { pool, member: id }) => void (await world.accept('DELETE', `/v2/lbaas/pools/${pool}/members/${id}`)), runsNot: '192.0.2.10' },
  { name: 'replace the members', ask: async (world, { pool }) => void (await world.accept('PUT', `/v2/lbaas/pools/${pool}/members`, { members: [member(11), member(88, OTHER_SUBNET)] })), runs: '192.0.2.88:8080', runsNot: '192.0.2.10' },
  { name: 'create a health monitor', ask: async (world, { sparePool }) => void (await world.accept('POST', '/v2/lbaas/healthmonitors', { healthmonitor: { pool_id: sparePool, type: 'TCP', delay: 5, timeout: 3, max_retries: 3 } })) },
  { name: 'change a health monitor', ask: (world, { monitor }) => put(`/v2/lbaas/healthmonitors/${monitor}`, 'healthmonitor', { delay: 17 })(world), runs: 'inter 17s' },
  { name: 'delete a health monitor', ask: async (world, { monitor }) => void (await world.accept('DELETE', `/v2/lbaas/healthmonitors/${monitor}`)), runsNot: 'check inter' },
  { name: 'create an L7 policy', ask: async (world, { listener }) => void (await world.accept('POST', '/v2/lbaas/l7policies', { l7policy: { listener_id: listener, action: 'REDIRECT_TO_URL', redirect_url: 'http://elsewhere.example/', rules: [{ type: 'PATH', compare_type: 'EQUAL_TO', value: '/old' }] } })), runs: 'elsewhere.example' },
  { name: 'change an L7 policy', ask: (world, { policy }) => put(`/v2/lbaas/l7policies/${policy}`, 'l7policy', { admin_state_up: false })(world), runsNot: '/secret' },
  { name: 'delete an L7 policy', ask: async (world, { policy }) => void (await world.accept('DELETE', `/v2/lbaas/l7policies/${policy}`)), runsNot: '/secret' },
  { name: 'create an L7 rule', ask: async (world, { policy }) => void (await world.accept('POST', `/v2/lbaas/l7policies/${policy}/rules`, { rule: { type: 'PATH', compare_type: 'ENDS_WITH', value: '.exe' } })), runs: '.exe' },
  { name: 'change an L7 rule', ask: (world, { policy, rule }) => put(`/v2/lbaas/l7policies/${policy}/rules/${rule}`, 'rule', { value: '/hidden' })(world), runs: '/hidden' },
  { name: 'delete an L7 rule', ask: async (world, { policy, rule }) => void (await world.accept('DELETE', `/v2/lbaas/l7policies/${policy}/rules/${rule}`)), runsNot: '/secret' },
  { name: 'configure an agent anew', ask: async (world, tree) => void (await world.accept('PUT', `/v2/octavia/amphorae/${await amphoraOf(world, tree)}/config`)) },
];
