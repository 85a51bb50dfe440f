import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pause } from '../../src/processes/embedded/cloud-client.ts';
import { until } from '../harness/until.ts';
import { PairWorld } from './pair-world.ts';
import { certificateSpan, replaceAuthority, shiftCertificate } from './shifted-certificate.ts';

let faults: PairWorld;
beforeAll(async () => {
  faults = await PairWorld.start();
});
afterAll(() => faults?.world.stop());

const idOf = async (role: string): Promise<string> => String((await faults.world.amphorae(faults.pair.id)).find((amphora) => amphora['role'] === role)?.['id']);

describe('faults around real amphorae', () => {
  test('a service that stands still for longer than the heartbeat timeout fails nothing over when it goes on', async () => {
    const before = await faults.amphoraIds();
    await faults.withoutFailures(async () => {
      process.kill(faults.world.pid, 'SIGSTOP');
      await pause(10_000);
      process.kill(faults.world.pid, 'SIGCONT');
      await faults.change();
      await faults.untilApplied();
      // Longer than the health manager takes to find amphorae that are silent.
      await pause(4_000);
    });
    expect(await faults.amphoraIds()).toEqual(before);
  });

  test.each([['has expired', -30, -1], ['is not yet valid', 1, 30]] as const)('an agent whose certificate %s is given another one, and nothing is failed over', async (_, from, until_) => {
    const { world } = faults;
    const before = await faults.amphoraIds();
    const id = await idOf('BACKUP');
    await faults.withoutFailures(async () => {
      world.kill();
      await shiftCertificate(world.dataDir, id, from, until_);
      await world.startAgain();
      await faults.change();
      await faults.untilApplied();
    });
    const { fromMs, untilMs } = certificateSpan(world.dataDir, id);
    expect([fromMs < Date.now(), untilMs > Date.now()]).toEqual([true, true]);
    expect(await faults.amphoraIds()).toEqual(before);
  });

  // One after the other: the second one holds the addresses for sure, and cannot be told to hand them over.
  test.each(['BACKUP', 'MASTER'])('an agent of an unknown authority (%s) is not spoken to; the reason says what to do, and a failover heals it', async (role) => {
    const { world, pair } = faults;
    const id = await idOf(role);
    await faults.withoutFailures(async () => {
      world.kill();
      await replaceAuthority(world.dataDir, id);
      await world.startAgain();
      await faults.change();
      const isTold = (reason: string): boolean => reason.includes(id) && reason.includes('no authority of [haproxy_amphora] server_ca has signed its certificate');
      await until('the reason is told', async () => (await world.reasons(pair.id)).split('\n').some(isTold), 60_000);
      await until('it can be failed over', async () => (await faults.status()) === 'ACTIVE');
      await world.cloud.request('PUT', `/v2/octavia/amphorae/${id}/failover`);
      await until('it is replaced', async () => !(await world.amphorae(pair.id)).some((amphora) => amphora['id'] === id), 60_000);
      await faults.untilApplied();
    }, { moves: true });
  });
});
