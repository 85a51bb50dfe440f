import { startTestApi, ADMIN, SUBNET, type Answer, type TestApi } from '../../src/api/testing/test-api.ts';
import type { ConfigOverrides } from '../../src/config/config.ts';
import type { Topology } from '../../src/model/enums.ts';
import { createWorld, expireLeases, type TestWorld } from '../../src/worker/testing/world.ts';
import type { Worker } from '../../src/worker/create-worker.ts';

const OTHER_SUBNET = '5a1f3a52-6f0d-4e0e-9d9c-2f4f3b6f1f77';

/** The API and workers on one database, over a cloud in memory that counts what it holds. */
export interface CrashWorld extends TestWorld {
  readonly topology: Topology;
  readonly api: TestApi;
  /** Sends a change that must be accepted. */
  accept(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<Answer>;
}

export async function openCrashWorld(topology: Topology): Promise<CrashWorld> {
  const overrides: ConfigOverrides = {
    controller_worker: { loadbalancer_topology: topology }, nova: { enable_anti_affinity: true },
  };
  const world = await createWorld(overrides);
  const api = await startTestApi({ config: overrides, store: world.store, network: world.cloud.network });
  return {
    ...world, topology, api,
    accept: async (method, path, body) => {
      const answer = await api.call(method, path, body, path.includes('failover') || path.includes('amphorae') ? ADMIN : {});
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      return answer;
    },
    close: async () => {
      await api.close();
      await world.close();
    },
  };
}

/** The load balancer that changes are made to. */
export interface Tree {
  readonly id: string;
  readonly listener: string;
  readonly pool: string;
  readonly sparePool: string;
  readonly member: string;
  readonly monitor: string;
  readonly policy: string;
  readonly rule: string;
}

const member = (number: number, subnet: string | null = null) => ({ name: `m${number}`, address: `192.0.2.${number}`, protocol_port: 8080, ...(subnet !== null && { subnet_id: subnet }) });

/** What one call creates: HTTP with everything, UDP, and a pool that waits for work. */
export function populated(): object {
  return {
    loadbalancer: {
      name: 'lb', vip_subnet_id: SUBNET,
      listeners: [{
        name: 'web', protocol: 'HTTP', protocol_port: 80,
        default_pool: {
          name: 'web', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [member(10, OTHER_SUBNET), member(11)],
          healthmonitor: { name: 'web', type: 'HTTP', delay: 5, timeout: 3, max_retries: 3 },
        },
        l7policies: [{ name: 'no', action: 'REJECT', rules: [{ type: 'PATH', compare_type: 'STARTS_WITH', value: '/secret' }] }],
      }, {
        name: 'dns', protocol: 'UDP', protocol_port: 53,
        default_pool: { name: 'dns', protocol: 'UDP', lb_algorithm: 'ROUND_ROBIN', members: [member(53)] },
      }],
      pools: [{ name: 'spare', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' }],
    },
  };
}

export const emptyLoadBalancer = { loadbalancer: { name: 'empty', vip_subnet_id: SUBNET } };
export { member, OTHER_SUBNET };

export async function treeOf(world: CrashWorld, id: string): Promise<Tree> {
  const find = async (table: 'listener' | 'pool', name: string): Promise<string> =>
    (await world.store.read.selectFrom(table).select('id').where('load_balancer_id', '=', id).where('name', '=', name).executeTakeFirst())?.id ?? '';
  const [listener, pool, sparePool] = [await find('listener', 'web'), await find('pool', 'web'), await find('pool', 'spare')];
  const one = (row: { id: string } | undefined): string => row?.id ?? '';
  const policy = one(await world.store.read.selectFrom('l7policy').select('id').where('listener_id', '=', listener).executeTakeFirst());
  return {
    id, listener, pool, sparePool, policy,
    member: one(await world.store.read.selectFrom('member').select('id').where('pool_id', '=', pool).where('name', '=', 'm10').executeTakeFirst()),
    monitor: one(await world.store.read.selectFrom('health_monitor').select('id').where('pool_id', '=', pool).executeTakeFirst()),
    rule: one(await world.store.read.selectFrom('l7rule').select('id').where('l7policy_id', '=', policy).executeTakeFirst()),
  };
}

/** Runs one load balancer to its end on this worker. */
export async function settleOn(worker: Worker, id: string): Promise<void> {
  worker.wake(id);
  await worker.idle();
}

/** A new worker process finds what the dead one left, when its leases have run out. */
export async function recover(world: CrashWorld, after: 'killed' | 'drained'): Promise<void> {
  world.cloud.diesAt = Number.POSITIVE_INFINITY;
  if (after === 'killed') await expireLeases(world.store);
  const next = world.anotherWorker();
  await next.sweep();
  await next.idle();
  await next.stop(0);
}
