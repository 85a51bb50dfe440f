import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../../../lib/run.ts';
import type { World } from '../world.ts';
import { endFlows } from './end-flows.ts';

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'end-flows-')); });
afterEach(() => rmSync(directory, { recursive: true }));

/** A world whose `conntrack` is this script. */
function worldWith(script: string): World {
  const program = join(directory, 'conntrack');
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  return { runInNetwork: ([name = '', ...args]: readonly string[]) => run(name, args, { env: { PATH: `${directory}:${process.env['PATH']}` } }) } as unknown as World;
}

test('more flows than an answer of a program may hold are ended', async () => {
  await endFlows(['-D', '-p', 'udp'], worldWith(`yes 'udp      17 20 src=10.0.0.50 dst=10.0.0.2 sport=4000 dport=53 src=10.0.1.1 dst=10.0.0.5 sport=53 dport=4000' | head -n 200000; echo "$@" >${directory}/ended`));
  expect(readFileSync(join(directory, 'ended'), 'utf8')).toBe('-D -p udp\n');
});

test('no flow there is success; everything else that goes wrong is told', async () => {
  await endFlows(['-D'], worldWith('exit 1'));
  await expect(endFlows(['-D'], worldWith('echo "Operation not permitted" >&2; exit 2'))).rejects.toThrow('Operation not permitted');
});
