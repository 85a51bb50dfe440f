import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../../../telemetry/logger.ts';
import { AmphoraPaths } from '../amphora-paths.ts';
import type { ServiceManager } from '../services/service-manager.ts';
import { HaproxyService } from './haproxy-service.ts';

const LB = 'lb';
let root: string;
let paths: AmphoraPaths;
let haproxy: Server;
/** Pid of the worker that answers. */
let worker: number;

const answer = (question: string): string => (question.startsWith('show info') ? `Name: HAProxy\nPid: ${worker}\n` : '1\n# be_id be_name srv_id srv_name\n');
const listen = (): Promise<void> => new Promise((resolve) => { haproxy.listen(paths.onHost(paths.adminSocket(LB)), resolve); });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'haproxy-service-'));
  paths = new AmphoraPaths(root, { basePath: '/o', baseCertDir: '/o/certs', networkDir: '/net' });
  mkdirSync(paths.onHost(paths.loadBalancerDir(LB)), { recursive: true });
  worker = 11;
  haproxy = createServer({ allowHalfOpen: true }, (socket) => socket.once('data', (question) => socket.end(answer(String(question)))));
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
