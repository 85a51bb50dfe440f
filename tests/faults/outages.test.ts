import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pause } from '../../src/processes/embedded/cloud-client.ts';
import { NamespaceWorld, underTraffic, type Balanced } from './namespace-world.ts';

/** Silent agents are given up after a second instead of half a minute. */
const CONFIG = `
[haproxy_amphora]
active_connection_max_retries = 2
active_connection_retry_interval = 1
rest_request_conn_timeout = 1
rest_request_read_timeout = 2

[health_manager]
heartbeat_timeout = 3
`;

let world: NamespaceWorld;
let pair: Balanced;
let bystander: Balanced;
let number = 500;

const amphoraIds = async (): Promise<readonly unknown[]> =>
  (await Promise.all([pair, bystander].map(({ id }) => world.amphorae(id)))).flat().map((amphora) => amphora['id']).toSorted();
const limitConnections = (): Promise<void> => world.ask('PUT', `listeners/${pair.listener}`, { listener: { connection_limit: (number += 1) } });

async function expectNoFailures(work: () => Promise<void>): Promise<void> {
  for (const [url, report] of Object.entries(await underTraffic([pair, bystander], work))) {
    expect(report.requests, url).toBeGreaterThan(20);
    expect([...report.failureReasons], url).toEqual([]);
  }
}

/** Both amphorae of the pair run what was asked for last. */
async function expectApplied(): Promise<void> {
  await world.settled('pair');
  const wanted = `maxconn ${number}`;
  const files = readdirSync(join(world.dataDir, 'amphorae'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith(`${pair.id}/haproxy.cfg.running`));
  expect(files.map((path) => readFileSync(join(world.dataDir, 'amphorae', path), 'utf8').includes(wanted))).toEqual([true, true]);
}

beforeAll(async () => {
  world = await NamespaceWorld.start(CONFIG);
  pair = await world.balancer('pair', 'ACTIVE_STANDBY');
  bystander = await world.balancer('bystander', 'SINGLE');
});
afterAll(() => world?.stop());

describe('faults around real amphorae', () => {
  test('a service that stands still for longer than the heartbeat timeout fails nothing over when it goes on', async () => {
    const before = await amphoraIds();
    await expectNoFailures(async () => {
      process.kill(world.pid, 'SIGSTOP');
      await pause(5_000);
      process.kill(world.pid, 'SIGCONT');
      await limitConnections();
      await expectApplied();
      // Longer than the health manager takes to find amphorae that are silent.
      await pause(4_000);
    });
    expect(await amphoraIds()).toEqual(before);
  });
});
