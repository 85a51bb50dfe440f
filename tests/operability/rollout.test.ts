import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/lib/run.ts';
import { pause, type Json } from '../../src/processes/embedded/cloud-client.ts';
import { NamespaceWorld, underTraffic, type Balanced } from '../faults/namespace-world.ts';
import { until } from '../harness/until.ts';

/** Agents that do not answer are given up after seconds, also when they have just been booted. */
const CONFIG = `[haproxy_amphora]
connection_max_retries = 2
connection_retry_interval = 1
active_connection_max_retries = 2
active_connection_retry_interval = 1
rest_request_conn_timeout = 1
`;

let world: NamespaceWorld;
let balancers: readonly Balanced[];
beforeAll(async () => {
  world = await NamespaceWorld.start(CONFIG);
  balancers = [await world.balancer('one', 'ACTIVE_STANDBY'), await world.balancer('other', 'ACTIVE_STANDBY')];
});
afterAll(() => world?.stop());

const amphorae = async (): Promise<readonly Json[]> => (await Promise.all(balancers.map(({ id }) => world.amphorae(id)))).flat();
const rollout = async (id: string): Promise<Json> => world.cloud.show(`/v2.0/octavia/rollouts/${id}`, 'rollout');

test('a rollout begins with its canary, halts when that fails, goes on when it is told to, and replaces every amphora while traffic flows', async () => {
  const before = await amphorae();
  const old = new Set(before.map(({ id }) => id));
  const kept = async (): Promise<number> => (await amphorae()).filter(({ id }) => old.has(id)).length;
  const reports = await underTraffic(balancers, async () => {
    // The agents of new amphorae cannot be reached.
    await run('nft', ['-f', '-'], { input: `table inet faults {\nchain output {\ntype filter hook output priority 0\nip daddr != { ${before.map((amphora) => String(amphora['lb_network_ip'])).join(', ')} } tcp dport 9443 drop\n}\n}\n` });
    const { id } = await world.cloud.create('/v2.0/octavia/rollouts', 'rollout', { canary: 1, per_minute: 60, parallel: 2, soak_seconds: 1 });
    await until('it halts', async () => (await rollout(id))['state'] === 'halted', 120_000);
    expect(String((await rollout(id))['reason'])).toContain('ERROR');
    expect(await kept(), 'the old one serves until its successor does').toBe(4);
    await run('nft', ['delete', 'table', 'inet', 'faults']);
    for (const name of ['one', 'other']) await world.settled(name, 120_000);
    expect(await kept(), 'the others wait').toBeGreaterThanOrEqual(3);
    await world.cloud.request('PUT', `/v2.0/octavia/rollouts/${id}/resume`);
    await until('it is done', async () => (await rollout(id))['state'] === 'done', 240_000);
  });
  for (const [url, report] of Object.entries(reports)) {
    expect(report.requests, url).toBeGreaterThan(100);
    expect([...report.failureReasons.keys()].filter((reason) => reason.includes('ECONNREFUSED')), `${url}: somebody always listens`).toEqual([]);
    // What is under way in the moment in which the address moves may be cut, and on a loaded machine much is.
    expect(report.failures / report.requests, `${url}: ${JSON.stringify([...report.failureReasons])}`).toBeLessThan(0.05);
  }
  for (const name of ['one', 'other']) await world.settled(name, 60_000);
  expect(await kept()).toBe(0);
  for (const report of Object.values(await underTraffic(balancers, () => pause(1_000)))) expect([...report.failureReasons]).toEqual([]);
  expect((await amphorae()).map(({ status }) => status)).toEqual(['ALLOCATED', 'ALLOCATED', 'ALLOCATED', 'ALLOCATED']);
}, 600_000);
