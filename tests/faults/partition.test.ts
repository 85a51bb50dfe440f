import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/lib/run.ts';
import { pause } from '../../src/processes/embedded/cloud-client.ts';
import { until } from '../harness/until.ts';
import { PairWorld, pairConfig } from './pair-world.ts';

let faults: PairWorld;
let addresses: readonly string[];
beforeAll(async () => {
  // Who is silent is not failed over by itself: with three amphorae, any silence may be the network's.
  faults = await PairWorld.start(pairConfig({ health: 'failover_threshold = 1' }));
  addresses = (await faults.world.amphorae(faults.pair.id)).map((amphora) => String(amphora['lb_network_ip']));
  expect(addresses).toHaveLength(2);
});
afterAll(() => faults?.world.stop());

/** Longer than the health manager takes to give a silent amphora up. */
const LONG_MS = 12_000;

describe('a partition between controller and amphorae', () => {
  test('one of a pair cannot be reached: changes are not held up, and it catches up', async () => {
    const before = await faults.amphoraIds();
    await faults.withoutFailures(async () => {
      await partitioned(`ip daddr ${addresses[0]} tcp dport 9443 drop`, async () => {
        await faults.change();
        await until('the change is settled', async () => (await faults.status()) === 'ACTIVE');
        expect(await faults.world.reasons(faults.pair.id)).toContain('does not answer');
      });
      await faults.untilApplied();
    });
    expect(await faults.amphoraIds()).toEqual(before);
  });

  test('none can be reached for long: what was asked for is in ERROR with the reason, deletions too, and all of it is done afterwards', async () => {
    const { world, pair } = faults;
    const before = await faults.amphoraIds();
    const show = async (path: string, root: string): Promise<unknown> => (await world.cloud.show(`/v2/lbaas/${path}`, root))['provisioning_status'];
    const [policy] = await world.cloud.list(`/v2/lbaas/l7policies?listener_id=${pair.listener}`, 'l7policies');
    await faults.withoutFailures(async () => {
      await partitioned(`ip daddr { ${addresses.join(', ')} } tcp dport 9443 drop`, async () => {
        await faults.change();
        await until('it is told', async () => (await show(`listeners/${pair.listener}`, 'listener')) === 'ERROR', 60_000);
        expect(await world.reasons(pair.id)).toContain('does not answer');
        await until('more can be asked for', async () => (await faults.status()) === 'ACTIVE');
        await world.ask('DELETE', `l7policies/${String(policy?.['id'])}`);
        await until('that fails too', async () => (await show(`l7policies/${String(policy?.['id'])}`, 'l7policy')) === 'ERROR', 60_000);
        await pause(LONG_MS);
      });
      await until('the policy is gone', async () => (await world.cloud.list(`/v2/lbaas/l7policies?listener_id=${pair.listener}`, 'l7policies')).length === 0, 90_000);
      await faults.untilApplied();
    });
    expect(faults.configurations().filter((text) => text.includes('/secret'))).toEqual([]);
    expect(await faults.amphoraIds()).toEqual(before);
  });

  test.each([['less than the timeout', 2_000], ['long', LONG_MS]])('all heartbeats are lost for %s: nothing is failed over, and changes go on', async (_, ms) => {
    const before = await faults.amphoraIds();
    await faults.withoutFailures(async () => {
      await partitioned('udp dport 5555 drop', async () => {
        await faults.change();
        await faults.untilApplied();
        await pause(ms);
      });
      await faults.change();
      await faults.untilApplied();
      await until('every amphora is in service', async () => (await faults.world.amphorae(faults.pair.id)).every(({ status }) => status === 'ALLOCATED'));
      await pause(LONG_MS);
    });
    expect(await faults.amphoraIds()).toEqual(before);
  });
});

/** Drops what matches in both directions of the controller's host while `work` goes on. */
async function partitioned(match: string, work: () => Promise<void>): Promise<void> {
  const chain = (hook: string): string => `chain ${hook} {\ntype filter hook ${hook} priority -10\n${match}\n}\n`;
  await run('nft', ['-f', '-'], { input: `table inet faults {\n${chain('output')}${chain('input')}}\n` });
  try {
    await work();
  } finally {
    await run('nft', ['delete', 'table', 'inet', 'faults']);
  }
}
