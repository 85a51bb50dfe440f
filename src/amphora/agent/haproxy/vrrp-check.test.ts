import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { CommandFailed, run } from '../../../lib/run.ts';
import { haproxyVrrpCheck } from './vrrp-check.ts';

const directory = mkdtempSync(join(tmpdir(), 'octavia-vrrp-check-'));
const file = (name: string): string => join(directory, name);
const SOCKET = file('lb.sock');
const OWN = `${process.pid} ${readFileSync('/proc/self/comm', 'utf8')}`;
const AWAY = [`${process.pid} somebody-else\n`, '', null] as const;
let haproxy: ChildProcess;
let answer: string | null;
let server: Server;

beforeAll(async () => {
  mkdirSync(file('lb'));
  copyFileSync('/bin/sleep', file('haproxy'));
  haproxy = spawn(file('haproxy'), ['100']);
  await once(haproxy, 'spawn');
  server = createServer({ allowHalfOpen: true }, (socket) => socket.once('data', () => void (answer !== null && socket.end(answer))));
  server.listen(SOCKET);
  await once(server, 'listening');
});
afterAll(() => {
  haproxy.kill();
  server.close();
  rmSync(directory, { recursive: true });
});
beforeEach(() => {
  answer = 'Name: HAProxy\n';
  writeFileSync(file('lb/lb.pid'), `${haproxy.pid}\n`);
});
afterEach(() => {
  for (const name of ['agent.pid', 'lb/unresponsive']) rmSync(file(name), { force: true });
});

const check = async (agentPid: string | null): Promise<'well' | 'failed'> => {
  writeFileSync(file('check'), haproxyVrrpCheck(agentPid));
  try {
    await run('sh', [file('check'), SOCKET]);
    return 'well';
  } catch (error) {
    if (error instanceof CommandFailed && error.exitCode === 1) return 'failed';
    throw error;
  }
};
const agentIs = (content: string | null): string => {
  if (content !== null) writeFileSync(file('agent.pid'), content);
  return file('agent.pid');
};

test('a haproxy whose process is gone fails the node', async () => {
  expect(await check(null)).toBe('well');
  writeFileSync(file('lb/lb.pid'), `${process.pid}\n`);
  expect(await check(null)).toBe('failed');
  rmSync(file('lb/lb.pid'));
  expect(await check(null)).toBe('failed');
});

test.each([['that serves many amphorae', null], ['of the machine', OWN]])('while the agent %s is there, its mark decides and nobody asks', async (_, content) => {
  answer = null;
  const pid = content === null ? null : agentIs(content);
  expect(await check(pid)).toBe('well');
  writeFileSync(file('lb/unresponsive'), '');
  expect(await check(pid)).toBe('failed');
});

test.each(AWAY)('with the agent away (%j), haproxy itself is asked', async (content) => {
  // What an agent that went away has left says nothing any more.
  writeFileSync(file('lb/unresponsive'), '');
  expect(await check(agentIs(content))).toBe('well');
});

test('with the agent away, a haproxy that does not answer in time fails the node', async () => {
  answer = null;
  expect(await check(agentIs(null))).toBe('failed');
});
