import { ADMIN, type Answer, type TestApi } from '../../api/testing/test-api.ts';
import { openedDatabase } from './platform.ts';
import type { Scheduler } from './scheduler.ts';
import type { Step, WishKind } from './schedule.ts';

export const SUBNETS = ['11111111-1111-4111-a111-111111111111', '22222222-2222-4222-a222-222222222222', '33333333-3333-4333-a333-333333333333'] as const;
export const QOS = '99999999-9999-4999-a999-999999999999';
export const SECRETS = ['https://keys/v1/secrets/1', 'https://keys/v1/secrets/2', 'https://keys/v1/secrets/3'] as const;
export const FLAVORS = {
  single: '0a000000-0000-4000-a000-000000000001', pair: '0a000000-0000-4000-a000-000000000002',
  directSingle: '0a000000-0000-4000-a000-000000000003', directPair: '0a000000-0000-4000-a000-000000000004',
} as const;

interface Chosen { readonly id: string; readonly parent: string | null }

/** The requests of users: by the API itself, which judges what may be asked for. */
export class Users {
  readonly #api: TestApi;
  readonly #scheduler: Scheduler;
  #count = 0;

  constructor(api: TestApi, scheduler: Scheduler) {
    this.#api = api;
    this.#scheduler = scheduler;
  }

  /** Null when there is nothing of the kind that the wish is about. */
  async ask({ kind, pick, variety }: Step & { readonly kind: WishKind }): Promise<Answer | null> {
    this.#count += 1;
    const pickOne = (table: string, parent = 'NULL'): Chosen | null => {
      const rows = openedDatabase().prepare(`select id, ${parent} as parent from ${table} order by id`).all() as unknown as Chosen[];
      return rows[pick % Math.max(rows.length, 1)] ?? null;
    };
    const on = (chosen: Chosen | null, ask: (chosen: Chosen) => Promise<Answer>): Promise<Answer | null> => (chosen === null ? Promise.resolve(null) : ask(chosen));
    const loadBalancer = (): Chosen | null => pickOne("load_balancer where provisioning_status <> 'DELETED'");
    const amphora = (where: string): Chosen | null => pickOne(`amphora where load_balancer_id is not null and ${where}`);
    const post = (path: string, body: object): Promise<Answer> => this.#api.call('POST', `/v2/lbaas/${path}`, body);
    const put = (path: string, body: object): Promise<Answer> => this.#api.call('PUT', `/v2/lbaas/${path}`, body);
    const remove = (path: string): Promise<Answer> => this.#api.call('DELETE', `/v2/lbaas/${path}`);
    switch (kind) {
      case 'createLoadBalancer': return post('loadbalancers', { loadbalancer: this.#loadBalancer(variety) });
      case 'createTree': return post('loadbalancers', { loadbalancer: { ...this.#loadBalancer(variety), ...this.#tree(variety) } });
      case 'updateLoadBalancer': return on(loadBalancer(), ({ id }) => put(`loadbalancers/${id}`, { loadbalancer: this.#either(variety, [{ vip_qos_policy_id: QOS }, { vip_qos_policy_id: null }, { name: `n${variety}` }, { admin_state_up: variety > 32 }]) }));
      case 'deleteLoadBalancer': return on(loadBalancer(), ({ id }) => remove(`loadbalancers/${id}`));
      case 'cascade': return on(loadBalancer(), ({ id }) => remove(`loadbalancers/${id}?cascade=true`));
      case 'failOverLoadBalancer': return on(loadBalancer(), ({ id }) => this.#api.call('PUT', `/v2/lbaas/loadbalancers/${id}/failover`, undefined, ADMIN));
      case 'failOverAmphora': return on(amphora("status <> 'DELETED'"), ({ id }) => this.#api.call('PUT', `/v2/octavia/amphorae/${id}/failover`, undefined, ADMIN));
      case 'configureAmphora': return on(amphora("status <> 'DELETED'"), ({ id }) => this.#api.call('PUT', `/v2/octavia/amphorae/${id}/config`, undefined, ADMIN));
      case 'deleteAmphora': return on(amphora("status = 'ERROR'"), ({ id }) => this.#api.call('DELETE', `/v2/octavia/amphorae/${id}`, undefined, ADMIN));
      case 'createListener': return on(loadBalancer(), ({ id }) => post('listeners', { listener: { loadbalancer_id: id, ...this.#listener(variety) } }));
      case 'updateListener': return on(pickOne('listener'), ({ id }) => put(`listeners/${id}`, { listener: this.#either(variety, [
        { name: `n${variety}` }, { connection_limit: variety + 1 }, { allowed_cidrs: ['192.0.2.0/24'] }, { allowed_cidrs: [] }, { admin_state_up: variety > 32 }, { default_pool_id: pickOne('pool')?.id ?? null },
        { default_tls_container_ref: this.#either(variety >> 2, SECRETS) },
      ]) }));
      case 'deleteListener': return on(pickOne('listener'), ({ id }) => remove(`listeners/${id}`));
      case 'createPool': return variety % 2 === 0
        ? on(loadBalancer(), ({ id }) => post('pools', { pool: { loadbalancer_id: id, ...this.#pool(variety) } }))
        : on(pickOne('listener'), ({ id }) => post('pools', { pool: { listener_id: id, ...this.#pool(variety) } }));
      case 'updatePool': return on(pickOne('pool'), ({ id }) => put(`pools/${id}`, { pool: this.#either(variety, [{ name: `n${variety}` }, { lb_algorithm: 'LEAST_CONNECTIONS' }, { session_persistence: { type: 'SOURCE_IP' } }, { session_persistence: null }, { admin_state_up: variety > 32 }, { tls_enabled: true, tls_container_ref: this.#either(variety >> 2, SECRETS) }, { tls_enabled: false, tls_container_ref: null }]) }));
      case 'deletePool': return on(pickOne('pool'), ({ id }) => remove(`pools/${id}`));
      case 'createMember': return on(pickOne('pool'), ({ id }) => post(`pools/${id}/members`, { member: this.#member(variety) }));
      case 'updateMember': return on(pickOne('member', 'pool_id'), ({ id, parent }) => put(`pools/${parent}/members/${id}`, { member: this.#either(variety, [{ weight: variety }, { admin_state_up: variety > 32 }]) }));
      case 'deleteMember': return on(pickOne('member', 'pool_id'), ({ id, parent }) => remove(`pools/${parent}/members/${id}`));
      case 'batchMembers': return on(pickOne('pool'), ({ id }) => put(`pools/${id}/members${variety % 3 === 0 ? '?additive_only=true' : ''}`, { members: [0, 1, 2].slice(0, variety % 4).map((index) => this.#member(variety + index)) }));
      case 'createMonitor': return on(pickOne('pool'), ({ id }) => post('healthmonitors', { healthmonitor: { pool_id: id, type: this.#either(variety, ['TCP', 'HTTP', 'UDP-CONNECT']), delay: 5, timeout: 3, max_retries: 2 } }));
      case 'updateMonitor': return on(pickOne('health_monitor'), ({ id }) => put(`healthmonitors/${id}`, { healthmonitor: { delay: variety + 4 } }));
      case 'deleteMonitor': return on(pickOne('health_monitor'), ({ id }) => remove(`healthmonitors/${id}`));
      case 'createPolicy': return on(pickOne('listener'), ({ id }) => post('l7policies', { l7policy: { listener_id: id, ...this.#policy(variety, pickOne('pool')?.id) } }));
      case 'updatePolicy': return on(pickOne('l7policy'), ({ id }) => put(`l7policies/${id}`, { l7policy: this.#either(variety, [{ name: `n${variety}` }, { position: 1 + (variety % 3) }, { admin_state_up: variety > 32 }]) }));
      case 'deletePolicy': return on(pickOne('l7policy'), ({ id }) => remove(`l7policies/${id}`));
      case 'createRule': return on(pickOne('l7policy'), ({ id }) => post(`l7policies/${id}/rules`, { rule: { type: 'PATH', compare_type: 'STARTS_WITH', value: `/${variety}` } }));
      case 'deleteRule': return on(pickOne('l7rule', 'l7policy_id'), ({ id, parent }) => remove(`l7policies/${parent}/rules/${id}`));
      default: return kind satisfies never;
    }
  }

  #either<T>(variety: number, choices: readonly T[]): T {
    return choices[variety % choices.length] as T;
  }

  #loadBalancer(variety: number): object {
    const vip = variety % 8 === 7 ? { vip_port_id: this.#scheduler.identifier() } : { vip_subnet_id: SUBNETS[0] };
    return { ...vip, name: `lb${this.#count}`, flavor_id: this.#either(variety, [FLAVORS.single, FLAVORS.pair, FLAVORS.single, FLAVORS.pair, FLAVORS.directSingle, FLAVORS.directPair]) };
  }

  #listener(variety: number): object {
    const protocol = this.#either(variety, ['HTTP', 'TCP', 'UDP', 'TERMINATED_HTTPS', 'HTTP']);
    return {
      protocol, protocol_port: 1000 + this.#count, ...(protocol === 'TERMINATED_HTTPS' && { default_tls_container_ref: this.#either(variety, SECRETS), sni_container_refs: variety > 40 ? [SECRETS[2]] : [] }),
    };
  }

  #pool(variety: number): object {
    const protocol = this.#either(variety >> 1, ['HTTP', 'TCP', 'UDP', 'HTTP']);
    return { protocol, lb_algorithm: 'ROUND_ROBIN', ...(protocol === 'HTTP' && variety % 3 === 0 && { tls_enabled: true, tls_container_ref: this.#either(variety >> 2, SECRETS) }) };
  }

  #member(variety: number): object {
    const subnet = this.#either(variety, [SUBNETS[1], SUBNETS[2], SUBNETS[0], undefined]);
    return { address: `192.0.2.${variety % 16 + 1}`, protocol_port: 80, ...(subnet !== undefined && { subnet_id: subnet }) };
  }

  #policy(variety: number, poolId: string | undefined): object {
    return variety % 2 === 0 || poolId === undefined ? { action: 'REJECT' } : { action: 'REDIRECT_TO_POOL', redirect_pool_id: poolId };
  }

  #tree(variety: number): object {
    const pool = { name: 'inner', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [this.#member(variety), this.#member(variety + 1)], healthmonitor: { type: 'HTTP', delay: 5, timeout: 3, max_retries: 2 } };
    return {
      pools: [pool, { name: 'datagrams', protocol: 'UDP', lb_algorithm: 'ROUND_ROBIN', members: [this.#member(variety + 2)] }],
      listeners: [
        { protocol: 'HTTP', protocol_port: 80, default_pool: { name: 'inner' }, l7policies: [{ action: 'REJECT', rules: [{ type: 'PATH', compare_type: 'STARTS_WITH', value: '/x' }] }] },
        ...(variety % 3 === 0 ? [{ protocol: 'TERMINATED_HTTPS', protocol_port: 443, default_tls_container_ref: SECRETS[0], default_pool: { name: 'inner' } }] : []),
        ...(variety % 3 === 1 ? [{ protocol: 'UDP', protocol_port: 53, default_pool: { name: 'datagrams' } }] : []),
      ],
    };
  }
}
