import { randomUUID } from 'node:crypto';
import { createInProcessBus } from '../../bus/in-process-bus.ts';
import type { Bus, Cast } from '../../bus/bus.ts';
import { loadConfig } from '../../config/load-config.ts';
import type { ConfigOverrides } from '../../config/config.ts';
import type { Topology } from '../../model/enums.ts';
import type { Store } from '../../store/database.ts';
import { openStore } from '../../store/open-store.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import { silentLogger, type Logger } from '../../telemetry/logger.ts';
import { createWorker, type Worker } from '../create-worker.ts';
import type { ActionWatcher } from '../run-context.ts';
import { FakeCloud } from './fake-cloud.ts';

const NOW = '2026-01-01 00:00:00';

/** A worker over a SQLite database in memory and a cloud that only remembers. */
export interface TestWorld {
  readonly store: Store;
  readonly bus: Bus;
  readonly cloud: FakeCloud;
  readonly worker: Worker;
  /** What was told of load balancers, as `event id`. */
  readonly told: string[];
  /** A further worker on the same database, as after a restart. */
  anotherWorker(onAction?: ActionWatcher): Worker;
  cast(cast: Cast): Promise<void>;
  close(): Promise<void>;
}

export async function createWorld(overrides: ConfigOverrides = {}, log: Logger = silentLogger): Promise<TestWorld> {
  const store = await openStore('sqlite://');
  await upgradeHead(store);
  const bus = createInProcessBus();
  const cloud = new FakeCloud();
  const config = loadConfig({ overrides: { ...overrides, controller_worker: { amphora_delete_retry_interval: 0, sweep_interval_seconds: 3600, ...overrides.controller_worker } } });
  const workers: Worker[] = [];
  const told: string[] = [];
  const makeWorker = (onAction?: ActionWatcher): Worker => {
    const worker = createWorker({
      store: mortal(store, cloud), bus, config, network: cloud.network, compute: cloud.compute, certManager: cloud.certManager, clients: cloud.clients,
      certGenerator: { issue: async (name) => ({ certificatePem: `certificate ${name}\n`, privateKeyPem: 'key\n', expiresAtMs: Date.UTC(2026, 1, 1) }) },
      notifier: { notify: (event, { id }) => void told.push(`${event} ${id}`) },
      clock: { now: () => Date.UTC(2026, 0, 2) }, log, clientCaPem: async () => 'client ca\n', ...(onAction && { onAction }),
    });
    workers.push(worker);
    return worker;
  };
  const worker = makeWorker();
  return {
    store, bus, cloud, worker, told, anotherWorker: makeWorker,
    cast: async (cast) => {
      await bus.cast(cast);
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      await worker.idle();
    },
    close: async () => {
      for (const one of workers) await one.stop(0);
      await bus.close();
      await store.close();
    },
  };
}

/** Transactions are steps of the worker as well: it may die before each. */
function mortal(store: Store, cloud: FakeCloud): Store {
  return {
    dialect: store.dialect,
    read: store.read,
    close: () => store.close(),
    transaction: (work) => {
      const failure = cloud.step('transaction');
      return failure === null ? store.transaction(work) : Promise.reject(failure);
    },
  };
}

/** The leases of dead workers run out. */
export async function expireLeases(store: Store): Promise<void> {
  await store.transaction((trx) => trx.updateTable('ts_lease').set({ expires_at: '2020-01-01 00:00:00', next_attempt_at: null }).execute());
}

export interface TreeIds {
  readonly loadBalancer: string; readonly listener: string; readonly pool: string; readonly member: string; readonly monitor: string; readonly policy: string; readonly rule: string;
}

export const PROJECT = 'project-1';
const VIP_SUBNET = '33333333-3333-3333-3333-333333333333';
const MEMBER_SUBNET = '44444444-4444-4444-4444-444444444444';

/** Writes a load balancer with one listener, pool, member, monitor, policy and rule, all PENDING_CREATE, as the API does. */
export async function insertTree(store: Store, topology: Topology = 'SINGLE', flavorTopology: Topology | null = null): Promise<TreeIds> {
  const ids: TreeIds = { loadBalancer: randomUUID(), listener: randomUUID(), pool: randomUUID(), member: randomUUID(), monitor: randomUUID(), policy: randomUUID(), rule: randomUUID() };
  const pending = { project_id: PROJECT, enabled: true, provisioning_status: 'PENDING_CREATE', operating_status: 'OFFLINE', created_at: NOW } as const;
  await store.transaction(async (trx) => {
    const flavorId = flavorTopology === null ? null : randomUUID();
    if (flavorId !== null) {
      await trx.insertInto('flavor_profile').values({ id: flavorId, name: 'p', provider_name: 'amphora', flavor_data: JSON.stringify({ loadbalancer_topology: flavorTopology }) }).execute();
      await trx.insertInto('flavor').values({ id: flavorId, name: `f${flavorId}`, enabled: true, flavor_profile_id: flavorId }).execute();
    }
    await trx.insertInto('load_balancer').values({ ...pending, id: ids.loadBalancer, name: 'lb', provider: 'amphora', topology, flavor_id: flavorId }).execute();
    await trx.insertInto('vip').values({
      load_balancer_id: ids.loadBalancer, ip_address: '198.51.100.1', port_id: randomUUID(), subnet_id: VIP_SUBNET, network_id: randomUUID(), octavia_owned: true, vnic_type: 'normal',
    }).execute();
    await trx.insertInto('pool').values({ ...pending, id: ids.pool, load_balancer_id: ids.loadBalancer, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', tls_enabled: false }).execute();
    await trx.insertInto('listener').values({
      ...pending, id: ids.listener, load_balancer_id: ids.loadBalancer, protocol: 'HTTP', protocol_port: 80, default_pool_id: ids.pool, connection_limit: -1,
      client_authentication: 'NONE', peer_port: 1025, timeout_client_data: 50_000, timeout_member_connect: 5000, timeout_member_data: 50_000, timeout_tcp_inspect: 0,
    }).execute();
    await trx.insertInto('member').values({
      ...pending, id: ids.member, pool_id: ids.pool, ip_address: '192.0.2.10', protocol_port: 8080, weight: 1, backup: false, vnic_type: 'normal', subnet_id: MEMBER_SUBNET,
    }).execute();
    await trx.insertInto('health_monitor').values({ ...pending, id: ids.monitor, pool_id: ids.pool, type: 'TCP', delay: 5, timeout: 3, fall_threshold: 3, rise_threshold: 3 }).execute();
    await trx.insertInto('l7policy').values({ ...pending, id: ids.policy, listener_id: ids.listener, action: 'REJECT', position: 1 }).execute();
    await trx.insertInto('l7rule').values({ ...pending, id: ids.rule, l7policy_id: ids.policy, type: 'PATH', compare_type: 'STARTS_WITH', value: '/x', invert: false }).execute();
    await trx.insertInto('quotas').values({
      project_id: PROJECT, in_use_load_balancer: 1, in_use_listener: 1, in_use_pool: 1, in_use_member: 1, in_use_health_monitor: 1, in_use_l7policy: 1, in_use_l7rule: 1,
    }).onConflict((conflict) => conflict.doNothing()).execute();
  });
  return ids;
}

/** Provisioning statuses by table. */
export async function statuses(store: Store, ids: TreeIds): Promise<Record<string, string>> {
  const result: Record<string, string> = {};
  const tables = { load_balancer: ids.loadBalancer, listener: ids.listener, pool: ids.pool, member: ids.member, health_monitor: ids.monitor, l7policy: ids.policy, l7rule: ids.rule } as const;
  for (const [table, id] of Object.entries(tables)) {
    const row = await store.read.selectFrom(table as 'listener').select('provisioning_status').where('id', '=', id).executeTakeFirst();
    result[table] = row?.provisioning_status ?? 'gone';
  }
  return result;
}

export async function amphoraRows(store: Store, loadBalancerId: string) {
  return store.read.selectFrom('amphora').selectAll().where('load_balancer_id', '=', loadBalancerId).orderBy('role').orderBy('created_at').execute();
}

/** As the API does for a child change: the whole path up is PENDING_UPDATE. */
export async function touch(store: Store, ids: TreeIds, change: Partial<Record<'listener' | 'pool' | 'member' | 'health_monitor' | 'l7policy' | 'l7rule' | 'load_balancer', string>>): Promise<void> {
  const idOf = { load_balancer: ids.loadBalancer, listener: ids.listener, pool: ids.pool, member: ids.member, health_monitor: ids.monitor, l7policy: ids.policy, l7rule: ids.rule };
  await store.transaction(async (trx) => {
    for (const [table, status] of Object.entries({ load_balancer: 'PENDING_UPDATE', ...change })) {
      await trx.updateTable(table as 'listener').set({ provisioning_status: status as 'PENDING_UPDATE' }).where('id', '=', idOf[table as 'listener']).execute();
    }
  });
}
