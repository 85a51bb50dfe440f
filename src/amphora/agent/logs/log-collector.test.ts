import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { silentLogger } from '../../../telemetry/logger.ts';
import { withAmphoraLog } from './agent-log.ts';
import { LogCollector } from './log-collector.ts';
import { LogFile } from './log-file.ts';
import { LogForwarder } from './log-forwarder.ts';
import type { LogServer } from './log-rules.ts';

let directory: string;
const cleanups: (() => unknown)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-logs-'));
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  rmSync(directory, { recursive: true, force: true });
});

class SyslogServer {
  readonly lines: string[] = [];
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  port = 0;

  async listen(): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('data', (data: Buffer) => this.lines.push(...data.toString().split('\n').filter(Boolean)));
      socket.on('error', () => undefined);
    });
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    cleanups.push(() => this.stop());
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server?.close();
  }

  get address(): LogServer {
    return { host: '127.0.0.1', port: this.port, protocol: 'tcp' };
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 15_000; !condition(); await sleep(5)) {
    if (Date.now() > deadline) throw new Error('the condition did not come true');
  }
}

const read = (name: string): string => {
  try {
    return readFileSync(join(directory, name), 'utf8');
  } catch {
    return '';
  }
};

function forwarder(servers: readonly LogServer[], options: { retryCount?: number; queueSize?: number } = {}): LogForwarder {
  const made = new LogForwarder({ selects: () => true, servers, retryCount: options.retryCount ?? 0, retryIntervalMs: 20, queueSize: options.queueSize ?? 100 }, silentLogger);
  cleanups.push(() => made.close());
  return made;
}

test('traffic and own lines go to files of their own, without priority; parts of lines are put together', async () => {
  const collector = new LogCollector({ socketPath: join(directory, 'deep/'.repeat(20), 'log.sock'), directory, rules: { rules: [], keepsFiles: true, ignored: [] }, userFacility: 0, log: silentLogger });
  await collector.open();
  cleanups.push(() => collector.close());
  const log = withAmphoraLog({ inner: silentLogger, hostName: 'amphora-1', facility: () => 1, isDebug: () => false, record: (lines) => collector.record(lines) });
  collector.record(['<134>flow 1', '<141>notice']);
  log.warn({ lb: 'x' }, 'Something\nhappened');
  log.debug({}, 'not wanted');
  await until(() => read('octavia-amphora.log').includes('happened') && read('octavia-tenant-traffic.log') !== '');
  expect(read('octavia-tenant-traffic.log')).toBe('flow 1\n');
  expect(read('octavia-amphora.log')).toMatch(/^notice\n\w{3} [ \d]\d \d\d:\d\d:\d\d amphora-1 amphora-agent\[\d+\]: Something#Ahappened lb=x\n$/);
});

test('a connection that sends in pieces is read line by line', async () => {
  const socketPath = join(directory, 'log.sock');
  const collector = new LogCollector({ socketPath, directory, rules: { rules: [], keepsFiles: true, ignored: [] }, userFacility: 0, log: silentLogger });
  await collector.open();
  cleanups.push(() => collector.close());
  const haproxy = connect(socketPath);
  for (const piece of ['<134>on', 'e\n<134>t', 'wo\n']) {
    haproxy.write(piece);
    await sleep(5);
  }
  await until(() => read('octavia-tenant-traffic.log') === 'one\ntwo\n');
  haproxy.destroy();
});

test('a file that has become large is set aside', async () => {
  const file = new LogFile(join(directory, 'x.log'), 10);
  for (const text of ['first line', 'second line', 'third line']) {
    file.append([text]);
    await file.close();
  }
  expect([read('x.log.1'), read('x.log')]).toEqual(['second line\n', 'third line\n']);
});

test('the next server gets lines only while the first one is away', async () => {
  const [first, second] = [new SyslogServer(), new SyslogServer()];
  await first.listen();
  await second.listen();
  const logs = forwarder([first.address, second.address]);
  logs.push(['a']);
  await until(() => first.lines.includes('a'));
  first.stop();
  await until(() => {
    logs.push(['b']);
    return second.lines.includes('b');
  });
  await first.listen();
  await until(() => {
    logs.push(['c']);
    return first.lines.includes('c');
  });
  expect(second.lines).not.toContain('a');
});

test('the next server gets lines when the first one stays connected but reads nothing', async () => {
  const taken: Socket[] = [];
  const deaf = createServer({ pauseOnConnect: true }, (socket) => void taken.push(socket.on('error', () => undefined)));
  deaf.listen(0, '127.0.0.1');
  await once(deaf, 'listening');
  cleanups.push(() => {
    for (const socket of taken) socket.destroy();
    deaf.close();
  });
  const second = new SyslogServer();
  await second.listen();
  const logs = new LogForwarder({ selects: () => true, servers: [{ host: '127.0.0.1', port: (deaf.address() as AddressInfo).port, protocol: 'tcp' }, second.address], retryCount: 5, retryIntervalMs: 20, queueSize: 12_001 }, silentLogger, 1000);
  cleanups.push(() => logs.close());
  // More than the two kernels' buffers hold.
  logs.push(Array.from({ length: 12_000 }, () => 'x'.repeat(1000)));
  await until(() => second.lines.length > 0);
  await sleep(100);
  logs.push(['afterwards']);
  await until(() => second.lines.includes('afterwards'));
  expect(taken).toHaveLength(1);
});

test('a server that took no datagram is tried again soon, also when the date is set back meanwhile', async () => {
  const receiver = createSocket('udp4');
  const lines: string[] = [];
  receiver.on('message', (message) => void lines.push(message.toString()));
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  // Nobody may send to the broadcast address just like that.
  const server = { host: '255.255.255.255', port: receiver.address().port, protocol: 'udp' as const };
  let lost = 0;
  const log = { ...silentLogger, warn: () => void (lost += 1) };
  const logs = new LogForwarder({ selects: () => true, servers: [server], retryCount: 0, retryIntervalMs: 20, queueSize: 100 }, log);
  const date = vi.spyOn(Date, 'now');
  cleanups.push(() => receiver.close(), () => logs.close(), () => date.mockRestore());
  logs.push(['a']);
  await until(() => lost > 0);
  date.mockImplementation(() => performance.timeOrigin + performance.now() - 10_800_000);
  server.host = '127.0.0.1';
  await until(() => lines.includes('a'));
});

test('lines wait for a server that comes late, as many as the queue holds', async () => {
  const server = new SyslogServer();
  await server.listen();
  server.stop();
  const logs = forwarder([server.address], { queueSize: 2 });
  logs.push(['1', '2', '3']);
  await sleep(50);
  await server.listen();
  await until(() => server.lines.length === 2);
  expect(server.lines).toEqual(['1', '2']);
});

test('lines that come after the end do not bring the directory of a removed amphora back', async () => {
  const root = join(directory, 'amphora');
  const collector = new LogCollector({ socketPath: join(root, 'run/log'), directory: join(root, 'var/log'), rules: { rules: [], ignored: [], keepsFiles: true }, log: silentLogger, userFacility: 0 });
  await collector.open();
  collector.record(['<14>in time']);
  await collector.close();
  expect(readFileSync(join(root, 'var/log/octavia-amphora.log'), 'latin1')).toBe('in time\n');
  rmSync(root, { recursive: true });
  collector.record(['<14>late']);
  await collector.close();
  expect(existsSync(root)).toBe(false);
});
