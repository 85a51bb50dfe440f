import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Topology } from '../../src/model/enums.ts';
import type { Action } from '../../src/worker/plan/action.ts';
import { amphoraOf } from '../../src/worker/plan/action.ts';
import { emptyLoadBalancer, openCrashWorld, populated, recover, settleOn, treeOf, type CrashWorld } from './crash-world.ts';
import { expectConverged } from './invariants.ts';
import { operations, type Operation } from './operations.ts';

/** Where the worker ends: at the n-th time that an action is about to begin or has just ended. */
interface End { readonly at: number; readonly by: 'killed' | 'drained' }

describe.each(['SINGLE', 'ACTIVE_STANDBY'] as const)('%s: a worker that ends before or after any action is continued by the next', (topology) => {
  let world: CrashWorld;
  beforeAll(async () => { world = await openCrashWorld(topology); });
  afterAll(() => world.close());

  test.each(operations.map((operation) => [operation.name, operation] as const))('%s', async (_name, operation) => {
    const whole = await attempt(world, operation, null);
    expect(whole.moments.length).toBeGreaterThan(0);
    const seen = new Set(whole.moments);
    for (const by of ['killed', 'drained'] as const) {
      for (let at = 0; at < whole.moments.length; at += 1) {
        for (const moment of (await attempt(world, operation, { at, by })).moments) seen.add(moment);
      }
    }
    // Ending changes no plan: there is no action that only a recovery knows and that was never cut short itself.
    expect([...seen].filter((moment) => !whole.moments.includes(moment))).toEqual([]);
    expect(topology satisfies Topology).toBe(world.topology);
  });
});

/** One load balancer from nothing to nothing, with the operation cut short in between. */
async function attempt(world: CrashWorld, operation: Operation, end: End | null): Promise<{ readonly moments: readonly string[] }> {
  const prepared = await prepare(world, operation);
  const before = [...world.cloud.amphorae.keys()];
  const moments: string[] = [];
  const worker = world.anotherWorker(async (moment, action) => {
    moments.push(nameOf(moment, action, before));
    if (end === null || moments.length - 1 !== end.at) return;
    if (end.by === 'killed') return kill(world);
    void worker.stop(0);
    await new Promise((resolve) => setTimeout(resolve, 2));
  });
  const made = await operation.ask(world, await treeOf(world, prepared));
  const id = made ?? prepared;
  await settleOn(worker, id);
  if (end !== null) await recover(world, end.by);
  await worker.stop(0);
  try {
    await expectConverged(world, id, operation, before);
  } catch (error) {
    await remove(world, id);
    throw new Error(`${operation.name}, ${end?.by ?? 'not ended'} at ${end === null ? 'no action' : moments[end.at]}`, { cause: error });
  }
  await remove(world, id);
  return { moments };
}

async function prepare(world: CrashWorld, { on = 'populated' }: Operation): Promise<string> {
  if (on === 'nothing') return '';
  const { json } = await world.accept('POST', '/v2/lbaas/loadbalancers', on === 'empty' ? emptyLoadBalancer : populated());
  await settleOn(world.worker, json.loadbalancer.id);
  return json.loadbalancer.id;
}

async function remove(world: CrashWorld, id: string): Promise<void> {
  const { status } = await world.api.call('DELETE', `/v2/lbaas/loadbalancers/${id}?cascade=true`);
  if (status === 204) await settleOn(world.worker, id);
  expect([world.cloud.amphorae.size, world.cloud.ports.size, world.cloud.securityGroups.size, world.cloud.serverGroups.size]).toEqual([0, 0, 0, 0]);
}

/** From here on nothing that this process still tries reaches anything. */
function kill(world: CrashWorld): never {
  world.cloud.diesAt = -1;
  throw new Error('killed');
}

/** Ids differ from run to run; who stays and who comes does not. */
function nameOf(moment: string, action: Action, before: readonly string[]): string {
  const amphora = amphoraOf(action);
  return `${moment} ${action.kind}${amphora === null ? '' : before.includes(amphora) ? ` old ${before.indexOf(amphora)}` : ' new'}`;
}
