import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunResult } from '../../../lib/run.ts';
import { AmphoraPaths } from '../amphora-paths.ts';
import { ServiceFailed } from '../services/service-manager.ts';
import type { ServiceManager, ServiceSpec } from '../services/service-manager.ts';
import { World } from '../world.ts';
import { KeepalivedEngine } from './keepalived-engine.ts';
import { udpListenerConfig } from './testing/udp-listener-config.ts';

const LISTENER = 'dddddddd-0000-4000-8000-000000000001';
const MEMBER = 'eeeeeeee-0000-4000-8000-000000000001';
const SERVICE = `octavia-keepalivedlvs-${LISTENER}`;
const CONFIG = udpListenerConfig({ id: LISTENER, settings: ['delay_loop 5'], members: [[MEMBER, '10.0.1.1']] });

let root: string;
let paths: AmphoraPaths;
let calls: string[];
let started: ServiceSpec | null;

/** `run` is what keepalived does when it is started. */
function engineOf(run: () => void, { exits = 0, isWholeMachine = true } = {}): KeepalivedEngine {
  const services: Partial<ServiceManager> = {
    async start(spec) {
      calls.push(`start ${spec.name}`);
      started = spec;
      run();
    },
    async stop(name) { calls.push(`stop ${name}`); },
    async remove(name) { calls.push(`remove ${name}`); },
    running: async () => (started === null ? null : { pid: 7, startTime: '1' } as never),
    exits: async () => exits,
    output: async () => 'cannot read its file',
  };
  return new KeepalivedEngine({ paths, services: services as ServiceManager, world: new AskedWorld(isWholeMachine ? '/' : root, 'none'), logFacility: 1 });
}

/** Without members in the kernel. */
class AskedWorld extends World {
  override async runInNetwork(): Promise<RunResult> {
    return { stdout: '', stderr: '' } as RunResult;
  }
}

const file = (path: string): string => paths.onHost(path);
const write = (path: string, text: string, at = 100): void => {
  mkdirSync(dirname(file(path)), { recursive: true });
  writeFileSync(file(path), text);
  utimesSync(file(path), at, at);
};
const comesUp = (): void => write(paths.lvsPid(LISTENER, 'pid'), '7\n');

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'octavia-lvs-'));
  paths = new AmphoraPaths(root, { basePath: '/var/lib/octavia', baseCertDir: '/var/lib/octavia/certs', networkDir: '/etc/net' });
  calls = [];
  started = null;
  write(paths.lvsConfig(LISTENER), CONFIG);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('a change ends the former keepalived and starts another, as one that only reloads keeps the state of members', async () => {
  const engine = engineOf(comesUp);
  await engine.apply(LISTENER);
  await engine.apply(LISTENER);
  expect(calls).toEqual([`stop ${SERVICE}`, `start ${SERVICE}`, `stop ${SERVICE}`, `start ${SERVICE}`]);
  const pids = (['pid', 'vrrp.pid', 'check.pid'] as const).map((kind) => paths.lvsPid(LISTENER, kind));
  expect(started).toMatchObject({
    command: ['keepalived', '--dont-fork', '--log-facility=1', '-f', paths.lvsConfig(LISTENER), '-p', pids[0], '-r', pids[1], '-c', pids[2]], stalePidFiles: pids, isLimited: true,
  });
});

test('in a namespace amphora it finds its network under the name that the configuration says', async () => {
  await engineOf(comesUp, { isWholeMachine: false }).apply(LISTENER);
  expect(started?.command.slice(0, 4)).toEqual(['unshare', '--mount', 'sh', '-c']);
  expect(started?.command[4]).toContain('mount --bind /proc/self/ns/net /run/netns/amphora-haproxy');
  expect(started?.command.slice(6, 10)).toEqual(['keepalived', '--dont-fork', '--log-console', '--no-syslog']);
});

test('one that ends at once is given up with what it said', async () => {
  const failed = await engineOf(() => undefined, { exits: 1 }).apply(LISTENER).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(ServiceFailed);
  expect(String(failed)).toContain('cannot read its file');
  expect(calls.at(-1)).toBe(`remove ${SERVICE}`);
});

test.each([
  ['no checker has started yet', null, 'RESTARTING'], ['the configuration is younger than its checker', 99, 'RESTARTING'], ['the checker has read the configuration', 101, 'DOWN'],
])('members that the kernel lacks, when %s (%s): %s', async (_, checkedAt, status) => {
  const engine = engineOf(comesUp);
  await engine.apply(LISTENER);
  if (checkedAt !== null) write(paths.lvsPid(LISTENER, 'check.pid'), '8\n', checkedAt);
  expect((await engine.report(LISTENER))?.pool?.report.members).toEqual({ [MEMBER]: status });
});

test('without a process or a configuration there is nothing to report', async () => {
  const engine = engineOf(comesUp);
  expect(await engine.report(LISTENER)).toBeNull();
  await engine.apply(LISTENER);
  rmSync(file(paths.lvsConfig(LISTENER)));
  expect(await engine.report(LISTENER)).toBeNull();
  expect(await engine.isRunning(LISTENER)).toBe(true);
});
