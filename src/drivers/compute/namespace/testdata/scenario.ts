/** Run inside private network, mount and process namespaces by namespace-compute.test.ts; prints what it found as JSON. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { insideNetns } from '../../../../lib/linux/nft.ts';
import { listNetns } from '../../../../lib/linux/netns.ts';
import { run } from '../../../../lib/run.ts';
import { createNoopNetworkDriver } from '../../../network/noop.ts';
import { createNamespaceCompute, netnsOf, type NamespaceCompute } from '../namespace-compute.ts';

const AMPHORA = '8d4a8f2e-0c56-4f0e-9f0f-2a5d1c3b7e90';
const OTHER = 'b6f2a1d4-3c5e-4a7b-8d9f-0e1f2a3b4c5d';
const dataDir = mkdtempSync(join(tmpdir(), 'octavia-compute-'));
const calls: string[] = [];
const found: Record<string, unknown> = {};
const request = { amphoraId: AMPHORA, loadBalancerId: null, name: `amphora-${AMPHORA}`, files: { '/etc/octavia/amphora-agent.conf': 'x = y\n' }, flavor: {}, availabilityZone: {}, serverGroupId: null };

function compute(): NamespaceCompute {
  return createNamespaceCompute({
    dataDir,
    agents: { start: async ({ amphoraId, host }) => void calls.push(`start ${amphoraId.slice(0, 4)} ${host}`), stop: async (id) => void calls.push(`stop ${id.slice(0, 4)}`) },
    wiring: { plug: async (netns, port) => void calls.push(`plug ${netns.slice(0, 12)} ${port.id.slice(0, 4)}`), unplug: async (id) => void calls.push(`unplug ${id.slice(0, 4)}`) },
    log: { warn: () => undefined },
  });
}

const first = compute();
await first.restore();
const [one, two] = await Promise.all([first.ensure(request), first.ensure(request)]);
const other = await first.ensure({ ...request, amphoraId: OTHER });
found['sameInstance'] = one.lbNetworkIp === two.lbNetworkIp && one.computeId === AMPHORA;
found['addresses'] = [one.lbNetworkIp, other.lbNetworkIp];
found['bootFile'] = readFileSync(join(dataDir, 'amphorae', AMPHORA, 'etc/octavia/amphora-agent.conf'), 'utf8');
const [program = '', ...prefix] = insideNetns(netnsOf(AMPHORA));
found['nonlocalBind'] = (await run(program, [...prefix, 'cat', '/proc/sys/net/ipv4/ip_nonlocal_bind'])).stdout.trim();
found['loopback'] = (await run(program, [...prefix, 'ip', '-br', 'link', 'show', 'lo'])).stdout.includes('UP');
const keys = join(dataDir, 'amphorae', AMPHORA, 'var/lib/octavia/certs');
writeFileSync(join(keys, 'key.pem'), 'secret');
found['keysOn'] = (await run('stat', ['--file-system', '--format=%T', '--dereference', join(keys, 'key.pem')])).stdout.trim();
const port = await createNoopNetworkDriver().getPort('e59932ba-0b8b-4c68-98cb-c4bc89f2a208');
await first.attachPort(AMPHORA, port);
const daemon = spawn(program, [...prefix, 'sh', '-c', 'while :; do sleep 100; done'], { stdio: 'ignore' });

const second = compute();
await second.restore();
found['adopted'] = (await second.get(AMPHORA)).state;
found['adoptedKey'] = readFileSync(join(keys, 'key.pem'), 'utf8');
await run('ip', ['netns', 'del', netnsOf(OTHER)]);
const third = compute();
await third.restore();
found['lost'] = await third.listLost();
found['lostState'] = (await third.get(OTHER)).state;
const keysOf = (id: string): boolean => existsSync(join('/run/octavia-keys', id));
found['keysOfLost'] = keysOf(OTHER);
const exited = once(daemon, 'exit');
await third.remove(AMPHORA);
await third.remove(AMPHORA);
await exited;
await third.remove(OTHER);
found['left'] = [...listNetns(), ...(await third.listLost())];
found['keysGone'] = !keysOf(AMPHORA);
found['directoryGone'] = !existsSync(join(dataDir, 'amphorae', AMPHORA));
found['calls'] = calls;
const timings: number[] = [];
for (let index = 0; index < 5; index += 1) {
  const start = performance.now();
  await third.ensure(request);
  timings.push(performance.now() - start);
  await third.remove(AMPHORA);
}
process.stderr.write(`ensure ms: ${timings.map((ms) => ms.toFixed(1)).join(' ')}\n`);
rmSync(dataDir, { recursive: true, force: true });
process.stdout.write(JSON.stringify(found));
