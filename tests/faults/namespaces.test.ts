import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get } from '../../src/processes/embedded/traffic.ts';
import { until } from '../harness/until.ts';
import { expectInventory, settledInventory } from './inventory.ts';
import { NamespaceWorld, underTraffic, type Balanced } from './namespace-world.ts';
import { MOST_CUT } from './pair-world.ts';
import { textsBelow } from './paths-below.ts';

/** Changes of a running pair: how the n-th is asked for and what then stands in the configuration of both amphorae. */
interface Change {
  readonly name: string;
  readonly ask: (world: NamespaceWorld, pair: Balanced, number: number) => Promise<void>;
  readonly runs: (number: number) => string;
}

const first = async (world: NamespaceWorld, path: string, root: string): Promise<string> => String((await world.cloud.list(path, root))[0]?.['id']);

const changes: readonly Change[] = [
  {
    name: 'change a listener', runs: (number) => `maxconn ${number}`,
    ask: (world, { listener }, number) => world.ask('PUT', `listeners/${listener}`, { listener: { connection_limit: number } }),
  }, {
    name: 'change a member', runs: (number) => `weight ${number} `,
    ask: async (world, { pool }, number) => world.ask('PUT', `pools/${pool}/members/${await first(world, `/v2/lbaas/pools/${pool}/members?address=10.0.40.12`, 'members')}`, { member: { weight: number } }),
  }, {
    name: 'add an L7 policy', runs: (number) => `/old${number}`,
    ask: (world, { listener }, number) => world.ask('POST', 'l7policies', { l7policy: { listener_id: listener, action: 'REJECT', rules: [{ type: 'PATH', compare_type: 'STARTS_WITH', value: `/old${number}` }] } }),
  },
];

let world: NamespaceWorld;
let bystander: Balanced;
/** Values that no change has used yet. */
let number = 100;

beforeAll(async () => {
  world = await NamespaceWorld.start();
  bystander = await world.balancer('bystander', 'SINGLE');
});
afterAll(() => world?.stop());

describe('kill -9 of the service in the middle of an operation on real amphorae', () => {
  test('create, then delete with everything: finished after the next start, and nothing is left behind', async () => {
    const flavor = await world.flavor('ACTIVE_STANDBY');
    const before = await settledInventory(world);
    const create = async (): Promise<void> => world.ask('POST', 'loadbalancers', { loadbalancer: { ...world.body('made'), flavor_id: flavor } });
    const remove = (id: string): Promise<void> => world.ask('DELETE', `loadbalancers/${id}?cascade=true`);
    world.takeMoments();
    await create();
    const whole = await world.settled('made');
    const moments = world.takeMoments().length;
    const made = await settledInventory(world);
    expect(made['process supervise.sh'], 'haproxy of the bystander, haproxy and keepalived of the pair').toBe(1 + 2 * 2);
    await remove(whole.id);
    await world.untilGone(whole.id);
    const momentsOfRemoval = world.takeMoments().length;
    await expectInventory(world, before, 'nothing was killed');

    const reports = await underTraffic([bystander], async () => {
      for (const part of [0, 0.4, 0.9]) {
        await diesAfter(Math.floor(part * moments), create);
        const balanced = await world.settled('made');
        await expectInventory(world, made, `created, killed at ${part} of it`);
        await until('it answers', () => get(balanced.url, 500).then(() => true, () => false));
        await diesAfter(Math.floor(part * momentsOfRemoval), () => remove(balanced.id));
        await world.untilGone(balanced.id);
        await expectInventory(world, before, `deleted, killed at ${part} of it`);
      }
    });
    expectNoFailures(reports);
  });

  describe('of a pair', () => {
    let pair: Balanced;
    beforeAll(async () => { pair = await world.balancer('pair', 'ACTIVE_STANDBY'); });

    test.each(changes.map((change) => [change.name, change] as const))('%s: it is applied after the next start and no request fails', async (_name, change) => {
      const reports = await underTraffic([bystander, pair], async () => {
        world.takeMoments();
        await change.ask(world, pair, (number += 1));
        await world.settled('pair');
        const moments = world.takeMoments().length;
        const before = await settledInventory(world);
        for (const part of [0.2, 0.8]) {
          await diesAfter(Math.floor(part * moments), () => change.ask(world, pair, (number += 1)));
          await world.settled('pair');
          await expectInventory(world, before, `killed at ${part}`);
          expect(configurations(pair).map((text) => text.includes(change.runs(number)))).toEqual([true, true]);
        }
      });
      expectNoFailures(reports);
    });

    test('failover: both amphorae are replaced after the next start, and only the move of the VIP is felt', async () => {
      const before = await settledInventory(world);
      let moments = 0;
      const reports = await underTraffic([bystander, pair], async () => {
        for (const part of [null, 0.3, 0.8]) {
          const former = (await world.amphorae(pair.id)).map((amphora) => amphora['id']);
          world.takeMoments();
          const failOver = (): Promise<void> => world.ask('PUT', `loadbalancers/${pair.id}/failover`);
          await (part === null ? failOver() : diesAfter(Math.floor(part * moments), failOver));
          await until('other amphorae serve', async () => (await world.amphorae(pair.id)).every((amphora) => amphora['status'] === 'ALLOCATED' && !former.includes(amphora['id'])), 60_000);
          await world.settled('pair');
          if (part === null) moments = world.takeMoments().length;
          await expectInventory(world, before, `killed at ${part}`);
          expect(configurations(pair)).toHaveLength(2);
        }
      });
      const { [pair.url]: moved, ...untouched } = reports;
      expectNoFailures(untouched);
      // What was under way to the amphora that had the VIP ends with it.
      expect(moved?.failures).toBeLessThanOrEqual(MOST_CUT * 3);
      expect([...(moved?.failureReasons.keys() ?? [])].filter((reason) => !reason.includes('ECONNRESET'))).toEqual([]);
    });
  });

  /** Asks and lets the service die at this moment of the work, then starts it again. */
  async function diesAfter(moments: number, ask: () => Promise<void>): Promise<void> {
    world.dieIn(moments);
    await ask();
    await world.untilDead();
    await world.startAgain();
  }
});

function expectNoFailures(reports: Awaited<ReturnType<typeof underTraffic>>): void {
  for (const [url, report] of Object.entries(reports)) {
    expect(report.requests, url).toBeGreaterThan(50);
    expect([...report.failureReasons], url).toEqual([]);
  }
}

/** What the amphorae of a load balancer run. */
function configurations({ id }: Balanced): readonly string[] {
  return textsBelow(join(world.dataDir, 'amphorae'), `${id}/haproxy.cfg`);
}
