import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../../../lib/run.ts';
import type { L4Service } from '../../l4/l4-service.ts';
import type { World } from '../world.ts';
import { countFlows } from './count-flows.ts';

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'count-flows-')); });
afterEach(() => rmSync(directory, { recursive: true }));

const member = (id: string, address: string) => ({ id, address, port: 53, weight: 1, check: null });
const serviceOf = (vip: string, addresses: readonly string[]) => ({
  protocol: 'UDP', isEnabled: true, vips: [{ address: vip, port: 53 }], pool: { members: addresses.map((address, index) => member(`member-${index + 1}`, address)) },
}) as unknown as L4Service;

/** A world whose `conntrack` is this script. */
function worldWith(script: string): World {
  const program = join(directory, 'conntrack');
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  return { runInNetwork: ([name = '', ...args]: readonly string[]) => run(name, args, { env: { PATH: `${directory}:${process.env['PATH']}` } }) } as unknown as World;
}

const line = (address: string, state = '[ASSURED] ') => `udp      17 20 src=10.0.0.50 dst=10.0.0.2 sport=4000 dport=53 src=${address} dst=10.0.0.5 sport=53 dport=4000 ${state}mark=0 use=1`;

test('flows are counted by the member that answers', async () => {
  const world = worldWith(`echo '${line('10.0.1.1')}'; echo '${line('10.0.1.1')}'; echo '${line('10.9.9.9')}'; echo 'conntrack v1.4.7: 3 flow entries have been shown.' >&2`);
  expect(await countFlows(serviceOf('10.0.0.2', ['10.0.1.1', '10.0.1.2']), world)).toEqual(new Map([['member-1', 2], ['member-2', 0]]));
});

test('addresses of IPv6 count in whatever spelling, and clients that were never answered', async () => {
  const world = worldWith("echo 'udp      17 20 src=fd00::50 dst=fd00::2 sport=4000 dport=53 [UNREPLIED] src=fd00:1::1 dst=fd00::5 sport=53 dport=4000 mark=0 use=1'");
  expect(await countFlows(serviceOf('fd00::2', ['fd00:1:0:0:0:0:0:1']), world)).toEqual(new Map([['member-1', 1]]));
});

test('more flows than an answer of a program may hold are counted', async () => {
  const world = worldWith(`yes '${line('10.0.1.1')}' | head -n 150000`);
  expect(await countFlows(serviceOf('10.0.0.2', ['10.0.1.1']), world)).toEqual(new Map([['member-1', 150_000]]));
});

test('a listing that fails is a failure, with what it said', async () => {
  const world = worldWith(`echo '${line('10.0.1.1')}'; echo 'Operation not permitted' >&2; exit 1`);
  await expect(countFlows(serviceOf('10.0.0.2', ['10.0.1.1']), world)).rejects.toThrow('Operation not permitted');
});
