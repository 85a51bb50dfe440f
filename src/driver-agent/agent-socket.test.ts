import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../telemetry/logger.ts';
import { type AgentSocket, type AgentSocketOptions, openAgentSocket, SocketUnavailable } from './agent-socket.ts';
import { encodeFrame } from './frame.ts';

let directory: string;
let path: string;
let sockets: AgentSocket[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-socket-'));
  path = join(directory, 'deep', 'status.sock');
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) await socket.close();
  rmSync(directory, { recursive: true, force: true });
});

async function open(options: Partial<AgentSocketOptions> = {}): Promise<AgentSocket> {
  const socket = await openAgentSocket({
    name: 'status', path, maxRequests: 50, warningShare: 0.75, timeoutMs: 60_000, handle: async (request) => ({ echo: request }), failure: (reason) => ({ reason }),
    log: silentLogger, ...options,
  });
  sockets.push(socket);
  return socket;
}

/** What a client reads until the connection ends. */
function ask(bytes: Buffer | string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.once('error', reject);
    socket.once('close', () => resolve(text));
    socket.write(bytes);
  });
}

describe('a socket of the driver agent', () => {
  it('answers one request per connection, in the frames of octavia-lib', async () => {
    await open();
    expect(await ask(encodeFrame({ a: 1 }))).toBe('16\n{"echo":{"a":1}}');
    expect(await ask('14\n{"object" : 1}more bytes that nobody asked for')).toBe('21\n{"echo":{"object":1}}');
  });

  it('says why a request cannot be read or answered', async () => {
    await open({ handle: async () => { throw new Error('the database is gone'); } });
    expect(await ask('nonsense that is long enough')).toContain('does not begin with its length');
    expect(await ask('2\n{}')).toContain('the database is gone');
  });

  it('breaks off in a way that octavia-lib notices at once when there is no answer to give', async () => {
    await open({ failure: () => null });
    expect(Number(await ask('nonsense that is long enough'))).toBeNaN();
  });

  it('works on so many requests at a time and no more', async () => {
    let running = 0;
    let most = 0;
    const started: (() => void)[] = [];
    await open({
      maxRequests: 3,
      handle: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise<void>((resolve) => {
          started.push(resolve);
          if (started.length === 3) for (const go of started.splice(0)) go();
        });
        running -= 1;
        return {};
      },
    });
    expect(await Promise.all(Array.from({ length: 12 }, () => ask('2\n{}')))).toEqual(Array.from({ length: 12 }, () => '2\n{}'));
    expect(most).toBe(3);
  });

  it('drops clients that do not send their request in time', async () => {
    await open({ timeoutMs: 20 });
    expect(await ask('100\n{"half')).toBe('');
  });

  it('replaces what an earlier process left behind, and lets only its owner connect under the usual umask', async () => {
    await (await open()).close();
    writeFileSync(path, 'stale');
    const before = process.umask(0o022);
    await open();
    process.umask(before);
    expect(statSync(path).isSocket()).toBe(true);
    expect(statSync(path).mode & 0o022).toBe(0);
    expect(await ask('2\n{}')).not.toBe('');
  });

  it('is gone after its end, except when a successor has taken the path over', async () => {
    const first = await open();
    const second = await open({ handle: async () => 'second' });
    await first.close();
    expect(await ask('2\n{}')).toBe('8\n"second"');
    await second.close();
    expect(existsSync(path)).toBe(false);
  });

  it('finishes the requests under way before it ends', async () => {
    const { promise: answer, resolve: finish } = Promise.withResolvers<string>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<undefined>();
    const socket = await open({ handle: () => { begin(undefined); return answer; } });
    const asked = ask('2\n{}');
    await begun;
    const closed = socket.close();
    finish('done');
    await closed;
    expect(await asked).toBe('6\n"done"');
  });

  it('says which path is too long or cannot be used', async () => {
    await expect(open({ path: join(directory, 'x'.repeat(120)) })).rejects.toThrow(SocketUnavailable);
    await expect(open({ path: '/dev/null/status.sock' })).rejects.toThrow('The driver agent cannot listen on /dev/null/status.sock');
  });
});
