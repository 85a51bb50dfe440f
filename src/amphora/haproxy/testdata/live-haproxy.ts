import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real haproxy whose VIPs are unix sockets `<directory>/<port>.sock`. */
export interface LiveHaproxy {
  /** Sends one command to the admin socket. */
  ask(command: string): Promise<string>;
  /** GET / over a new connection to the listener on this port; the body, or the status line when it is not 200. */
  get(port: number): Promise<string>;
  stop(): Promise<void>;
}

const LOAD_BALANCER = '11111111-0000-4000-8000-000000000001';

/** Starts haproxy on a rendered configuration; ready when its admin socket answers. */
export async function startHaproxy(config: string, serverState: string | null = null): Promise<LiveHaproxy> {
  const directory = mkdtempSync(join(tmpdir(), 'haproxy-live-'));
  mkdirSync(join(directory, LOAD_BALANCER));
  if (serverState !== null) writeFileSync(join(directory, LOAD_BALANCER, 'servers-state'), serverState);
  const file = join(directory, 'haproxy.cfg');
  writeFileSync(file, config.replaceAll('/var/lib/octavia', directory).replaceAll(/bind 10\.0\.0\.2:(\d+)/g, `bind unix@${directory}/$1.sock`));
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => { said += chunk.toString(); });
  const ended = new Promise<void>((resolve) => { child.once('exit', () => resolve()); });
  const admin = join(directory, `${LOAD_BALANCER}.admin.sock`);
  for (;;) {
    if (child.exitCode !== null) throw new Error(`haproxy ended: ${said}`);
    const answer = await exchange(admin, 'show info\n').catch(() => '');
    if (answer.includes('Name: HAProxy')) break;
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
  return {
    ask: (command) => exchange(admin, `${command}\n`),
    async get(port) {
      const answer = await exchange(join(directory, `${port}.sock`), 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      return head.includes(' 200 ') ? body : (head.split('\r\n')[0] ?? '');
    },
    async stop() {
      child.kill('SIGKILL');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function exchange(path: string, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let answer = '';
    socket.on('data', (chunk) => { answer += chunk.toString(); });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
    socket.end(request);
  });
}
