import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { run } from '../../src/lib/run.ts';
import { amphoraNamespaces, pidsIn } from '../../src/processes/embedded/amphora-namespaces.ts';
import { get } from '../../src/processes/embedded/traffic.ts';
import type { Stage } from '../stage.ts';

/** A haproxy.cfg that a person who knows haproxy would write for speed (limits.md), inside the amphora of ours it is compared with. */
export interface ByHand {
  readonly port: number;
  /** Lines of the defaults section. */
  readonly defaults?: readonly string[];
  /** Words after the bind address, as `ssl crt FILE`. */
  readonly bind?: string;
  /** Lines of the global section. */
  readonly global?: readonly string[];
  readonly server?: string;
  /** A master keeps the worker and can reload. @default 'daemon' */
  readonly mode?: 'daemon' | 'master';
}

/** The pid of the process that was started: the master of the two. */
export async function startByHand(stage: Stage, where: { namespace: string; vip: string }, config: ByHand): Promise<number> {
  const file = join(stage.dataDir, `hand-${config.port}.cfg`);
  const lines = [
    'global', ' maxconn 5000', ' nbthread 1', ...(config.global ?? []).map((line) => ` ${line}`),
    'defaults', ' mode http', ' timeout connect 5s', ' timeout client 50s', ' timeout server 50s', ...(config.defaults ?? []).map((line) => ` ${line}`),
    'frontend f', ` bind ${where.vip}:${config.port} ${config.bind ?? ''}`, ' default_backend b',
    'backend b', ` server s ${config.server ?? '10.0.10.11:80'}`, '',
  ];
  writeFileSync(file, lines.join('\n'));
  const before = await pidsIn(where.namespace, 'haproxy');
  await run('ip', ['netns', 'exec', where.namespace, 'haproxy', ...(config.mode === 'master' ? ['-W'] : []), '-D', '-p', `${file}.pid`, '-f', file]);
  const started = Math.min(...(await pidsIn(where.namespace, 'haproxy')).filter((pid) => !before.includes(pid)));
  if (!Number.isFinite(started)) throw new Error(`haproxy with ${file} did not start`);
  await letIn(where.namespace, config.port);
  return started;
}

/** The security group of the VRRP port lets the listener's port in only; the reference passes the same rules at its own port. */
export async function letIn(namespace: string, port: number, protocol: 'tcp' | 'udp' = 'tcp'): Promise<void> {
  const nft = ['netns', 'exec', namespace, 'nft'];
  const { stdout } = await run('ip', [...nft, '-j', 'list', 'chains']);
  const { nftables } = JSON.parse(stdout) as { nftables: { chain?: { name: string; table: string } }[] };
  for (const { chain } of nftables) {
    if (chain?.table === 'octavia_sg' && chain.name.startsWith('ingress_')) await run('ip', [...nft, 'insert', 'rule', 'inet', 'octavia_sg', chain.name, protocol, 'dport', String(port), 'accept']);
  }
}

/** The only amphora's namespace and the pid of the haproxy worker in it. */
export async function amphoraOf(): Promise<{ namespace: string; worker: number }> {
  const [namespace = ''] = await amphoraNamespaces();
  const pids = await pidsIn(namespace, 'haproxy');
  return { namespace, worker: Math.max(...pids) };
}

export async function untilAnswers(url: string): Promise<void> {
  for (const end = Date.now() + 10_000; ; await pause(10)) {
    if (await get(url, 1_000).then(() => true, () => false)) return;
    if (Date.now() > end) throw new Error(`${url} does not answer`);
  }
}

/** Runs a program and returns what it printed, also when it ends with a status other than 0. */
export function outputOf(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => chunks.push(data));
    child.on('error', reject);
    child.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}
