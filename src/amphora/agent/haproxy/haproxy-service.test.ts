import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identifyProcess } from '../../../lib/linux/process-look.ts';
import { silentLogger } from '../../../telemetry/logger.ts';
import { AmphoraPaths } from '../amphora-paths.ts';
import type { ServiceManager } from '../services/service-manager.ts';
import { HaproxyService } from './haproxy-service.ts';

const LB = 'lb';
let root: string;
let paths: AmphoraPaths;
let haproxy: Server;
/** Pid of the worker that answers. */
let worker: () => number;
/** How many questions for it are not answered before others are. */
let silences: number;
/** Are questions for the servers answered? */
let tellsServers: boolean;

const answer = (question: string): string => (question.startsWith('show info') ? `Name: HAProxy\nPid: ${worker()}\n` : '1\n# be_id be_name srv_id srv_name\n');
const listen = (): Promise<void> => new Promise((resolve) => { haproxy.listen(paths.onHost(paths.adminSocket(LB)), resolve); });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'haproxy-service-'));
  paths = new AmphoraPaths(root, { basePath: '/o', baseCertDir: '/o/certs', networkDir: '/net' });
  mkdirSync(paths.onHost(paths.loadBalancerDir(LB)), { recursive: true });
  worker = () => 11;
  silences = 0;
  tellsServers = true;
  haproxy = createServer({ allowHalfOpen: true }, (socket) => socket.once('data', (question) => {
    const isAnswered = String(question).startsWith('show info') ? silences-- <= 0 : tellsServers;
    if (!isAnswered) socket.destroy();
    else socket.end(answer(String(question)));
  }));
});
afterEach(() => {
  haproxy.close();
  rmSync(root, { recursive: true });
});

function serviceOf(services: Partial<ServiceManager>): HaproxyService {
  return new HaproxyService({ amphoraId: 'amphora', paths, services: services as ServiceManager, haproxyCommand: 'haproxy', log: silentLogger });
}

test('a haproxy that starts anew does not go by what its servers were at some reload before', async () => {
  await writeFile(paths.onHost(paths.serverState(LB)), '1\n');
  await serviceOf({
    exits: async () => 0,
    async start({ stalePidFiles }) {
      await Promise.all(stalePidFiles.map((file) => rm(paths.onHost(file), { force: true })));
      await listen();
    },
  }).start(LB);
  expect(existsSync(paths.onHost(paths.serverState(LB)))).toBe(false);
});

/** Puts up with SIGUSR2 like a master, notes that it came, and keeps one worker. */
const MASTER = `const { writeFileSync } = require('node:fs');
process.on('SIGUSR2', () => writeFileSync(process.argv[2], ''));
console.log(require('node:child_process').spawn('sleep', ['60'], { stdio: 'ignore' }).pid);`;

/** Reloads with a master that has one worker, and another one as soon as it was asked. True when it was. */
async function reload(output: () => string): Promise<boolean> {
  const heard = join(root, 'heard');
  const master = spawn(process.execPath, ['-e', MASTER, paths.haproxyPreamble(LB), heard], { stdio: ['ignore', 'pipe', 'inherit'] });
  const before = Number(String((await once(master.stdout, 'data'))[0]));
  try {
    worker = () => (existsSync(heard) ? 12 : before);
    await listen();
    await serviceOf({ running: async () => identifyProcess(master.pid ?? 0), forgetOutput: async () => undefined, output: async () => output() }).reload(LB);
    return existsSync(heard);
  } finally {
    process.kill(before, 'SIGKILL');
    master.kill('SIGKILL');
  }
}

test('a reload waits for another worker, also when the one before was silent at first', async () => {
  silences = 1;
  expect(await reload(() => '')).toBe(true);
});

test('a reload is asked for although the master is heard to begin one that was asked for before', async () => {
  expect(await reload(() => 'Reloading HAProxy\n')).toBe(true);
});

test('a reload that cannot learn how the servers are does not go by what they were at the one before', async () => {
  await writeFile(paths.onHost(paths.serverState(LB)), '1\n');
  tellsServers = false;
  await reload(() => '');
  expect(existsSync(paths.onHost(paths.serverState(LB)))).toBe(false);
});
