import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../harness/until.ts';
import { callerOf, type Caller } from '../interop/rest.ts';
import { forOurs, missingPackages } from '../services/available.ts';
import { stubSubnetId } from '../services/neutron-stub.ts';
import { openPlant, PLANT_PROCESSES, type Plant } from './plant.ts';

/** Nothing may be PENDING for longer once every process is back, on the slowest machine. */
const BOUND_MS = 60_000;

describe.skipIf(missingPackages(forOurs).length > 0)('separate processes on MariaDB and RabbitMQ', () => {
  let plant: Plant;
  let caller: Caller;
  beforeAll(async () => {
    plant = await openPlant();
    caller = callerOf(plant.url, { 'x-project-id': 'project', 'x-user-id': 'user', 'x-roles': 'member,reader' });
  });
  afterAll(() => plant?.stop());

  test.each(PLANT_PROCESSES)('kill -9 of %s in the middle of work loses nothing', async (name) => {
    const user = startUser(caller);
    await until('some work is accepted', async () => user.accepted.size >= 3);
    await plant.processes.get(name)?.kill();
    await pause(200);
    await plant.start(name);
    await user.stop();
    await expectConverged(plant, user.accepted);
  });

  test('a worker that stands still is replaced, and does no harm when it goes on', async () => {
    const user = startUser(caller);
    await until('some work is accepted', async () => user.accepted.size >= 3);
    const halted = plant.processes.get('worker')?.pid ?? 0;
    process.kill(-halted, 'SIGSTOP');
    try {
      await user.stop();
      await expectConverged(plant, user.accepted);
    } finally {
      process.kill(-halted, 'SIGCONT');
    }
    await expectConverged(plant, user.accepted);
  });

  test('without RabbitMQ changes are accepted and done; afterwards casts flow again', async () => {
    await plant.broker.kill();
    const user = startUser(caller);
    await until('work is accepted', async () => user.accepted.size >= 3);
    await user.stop();
    expect(user.refused).toEqual([]);
    await expectConverged(plant, user.accepted);
    await plant.broker.start();
    const again = startUser(caller);
    await until('work is accepted', async () => again.accepted.size >= 3);
    await again.stop();
    await expectConverged(plant, again.accepted);
  });

  test('MariaDB killed and started again: what was accepted is done', async () => {
    const user = startUser(caller);
    await until('some work is accepted', async () => user.accepted.size >= 3);
    await plant.database.kill();
    await until('the outage is noticed', async () => user.refused.length > 0);
    await plant.database.start();
    const before = user.accepted.size;
    await until('work is accepted again', async () => user.accepted.size > before, 60_000);
    await user.stop();
    await expectConverged(plant, user.accepted);
  });

  test('MariaDB read-only for a while: changes are refused, what was accepted is done afterwards', async () => {
    const user = startUser(caller);
    await until('some work is accepted', async () => user.accepted.size >= 3);
    await plant.database.setReadOnly(true);
    await until('it is noticed', async () => user.refused.length > 1);
    await plant.database.setReadOnly(false);
    const before = user.accepted.size;
    await until('work is accepted again', async () => user.accepted.size > before, 60_000);
    await user.stop();
    await expectConverged(plant, user.accepted);
    expect(user.refused.every((status) => status >= 500)).toBe(true);
  });
});

interface User {
  /** Load balancers whose creation was accepted, with the last name that was accepted for each. */
  readonly accepted: Map<string, string>;
  /** Statuses of the answers that were none; 599 for no answer. */
  readonly refused: number[];
  stop(): Promise<void>;
}

/** Creates load balancers and renames them, one after the other, whatever the answers. */
function startUser(caller: Caller): User {
  const accepted = new Map<string, string>();
  const refused: number[] = [];
  let isStopped = false;
  const ask = async (method: string, path: string, body: object): Promise<{ status: number; text: string }> =>
    caller.call(method, path, body).catch(() => ({ status: 599, text: '' }));
  const work = (async () => {
    for (let number = 0; !isStopped; number += 1) {
      const made = await ask('POST', '/lbaas/loadbalancers', tree(`lb${number}`));
      if (made.status !== 201) refused.push(made.status);
      else accepted.set((JSON.parse(made.text) as { loadbalancer: { id: string } }).loadbalancer.id, `lb${number}`);
      const [first] = accepted.keys();
      const renamed = first === undefined ? { status: 0 } : await ask('PUT', `/lbaas/loadbalancers/${first}`, { loadbalancer: { name: `name${number}` } });
      if (first !== undefined && renamed.status === 200) accepted.set(first, `name${number}`);
      await pause(20);
    }
  })();
  return {
    accepted, refused,
    stop: async () => {
      isStopped = true;
      await work;
    },
  };
}

const tree = (name: string): object => ({
  loadbalancer: {
    name, vip_subnet_id: stubSubnetId,
    listeners: [{ name: 'web', protocol: 'HTTP', protocol_port: 80, default_pool: { name: 'web', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [{ address: '192.0.2.10', protocol_port: 80 }] } }],
  },
});

/** Every accepted change is in the rows and settled; each load balancer has its one amphora; nobody holds or waits for anything. */
async function expectConverged({ store }: Plant, accepted: ReadonlyMap<string, string>): Promise<void> {
  const pending = async (): Promise<number> => {
    const counts = await Promise.all((['load_balancer', 'listener', 'pool', 'member'] as const).map((table) =>
      store.read.selectFrom(table).select('id').where('provisioning_status', 'in', ['PENDING_CREATE', 'PENDING_UPDATE', 'PENDING_DELETE']).execute()));
    return counts.flat().length;
  };
  await until('nothing is pending', async () => (await pending()) === 0, BOUND_MS);
  const rows = await store.read.selectFrom('load_balancer').select(['id', 'name', 'provisioning_status']).where('id', 'in', [...accepted.keys()]).execute();
  expect(new Set(rows.map((row) => row.provisioning_status))).toEqual(new Set(['ACTIVE']));
  expect(rows).toHaveLength(accepted.size);
  const amphorae = await store.read.selectFrom('amphora').select(['load_balancer_id', 'status']).where('load_balancer_id', 'in', [...accepted.keys()]).where('status', '<>', 'DELETED').execute();
  expect(amphorae.map((amphora) => `${amphora.load_balancer_id} ${amphora.status}`).toSorted()).toEqual([...accepted.keys()].map((id) => `${id} ALLOCATED`).toSorted());
  await until('nobody holds a lease', async () => (await store.read.selectFrom('ts_lease').select('owner').where('owner', 'is not', null).execute()).length === 0, BOUND_MS);
  // A change whose answer was lost may have been accepted as well: then its name is a later one.
  for (const row of rows) expect(Number(/\d+$/.exec(row.name ?? '')?.[0])).toBeGreaterThanOrEqual(Number(/\d+$/.exec(accepted.get(row.id) ?? '')?.[0]));
}
