import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/lib/run.ts';
import { RequestRefused, pause } from '../../src/processes/embedded/cloud-client.ts';
import { NamespaceWorld, underTraffic, type Balanced } from './namespace-world.ts';
import { textsBelow } from './paths-below.ts';

let dataDir: string;
let world: NamespaceWorld;
let pair: Balanced;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'octavia-full-'));
  await run('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'octavia-full', dataDir]);
  world = await NamespaceWorld.start('', dataDir);
  pair = await world.balancer('pair', 'ACTIVE_STANDBY');
});
afterAll(async () => {
  await world?.halt();
  await run('umount', ['-l', dataDir]);
  rmSync(dataDir, { recursive: true, force: true });
});

const configurations = (name: string): readonly string[] => textsBelow(join(dataDir, 'amphorae'), `${pair.id}/${name}`);
const fill = (): Promise<unknown> => run('sh', ['-c', `dd if=/dev/zero of=${dataDir}/ballast bs=4096 2>/dev/null || true`]);

/**
 * Answers to changes that each set another limit; with the limit that was accepted last. There are so many, and more until
 * one is refused: the database has as much space left as it happened to have made its own before.
 */
async function change(count: number, most = 1_000): Promise<{ readonly statuses: readonly number[]; readonly accepted: number | null }> {
  const statuses: number[] = [];
  let accepted: number | null = null;
  for (let limit = 1_000; limit < 1_000 + count || (limit < 1_000 + most && !statuses.some((status) => status >= 500)); limit += 1) {
    const error = await world.cloud.request('PUT', `/v2/lbaas/listeners/${pair.listener}`, { listener: { connection_limit: limit } }).then(() => null, (thrown: unknown) => thrown);
    if (error === null) accepted = limit;
    statuses.push(error === null ? 200 : error instanceof RequestRefused ? error.status : 0);
    await pause(50);
  }
  return { statuses, accepted };
}

test('a full disk: changes are refused or wait, what runs goes on, nothing is half-written, and it heals when there is space', async () => {
  const before = (await world.amphorae(pair.id)).map((amphora) => amphora['id']).toSorted();
  const reports = await underTraffic([pair], async () => {
    await fill();
    const { statuses, accepted } = await change(30);
    expect(statuses.filter((status) => ![200, 409, 500, 503].includes(status)), world.output()).toEqual([]);
    expect(statuses.some((status) => status >= 500)).toBe(true);
    // Each is one that was accepted, from its first line to its last.
    for (const text of [...configurations('haproxy.cfg'), ...configurations('haproxy.cfg.running')]) expect(text).toMatch(/^#[^]*\n$/);
    rmSync(join(dataDir, 'ballast'));
    await world.settled('pair', 60_000);
    if (accepted !== null) expect(configurations('haproxy.cfg.running').map((text) => text.includes(`maxconn ${accepted}`))).toEqual([true, true]);
    await world.ask('PUT', `listeners/${pair.listener}`, { listener: { connection_limit: 7_777 } });
    await world.settled('pair');
    expect(configurations('haproxy.cfg.running').map((text) => text.includes('maxconn 7777'))).toEqual([true, true]);
  });
  expect([...(reports[pair.url]?.failureReasons ?? [])]).toEqual([]);
  expect((await world.amphorae(pair.id)).map((amphora) => amphora['id']).toSorted()).toEqual(before);
});
