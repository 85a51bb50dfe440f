import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OctaviaError } from '../../lib/errors.ts';
import { insideNetns } from '../../lib/linux/nft.ts';
import { identifyProcess, isSameProcessAlive, type ProcessIdentity } from '../../lib/linux/process-look.ts';
import type { ServerRecord } from './server-records.ts';

const WEB_SERVER = fileURLToPath(new URL('web-server.ts', import.meta.url));
const START_TIMEOUT_MS = 10_000;

/** Starts what the server runs, detached, in its namespace; the built-in web server is listening when this resolves. */
export async function startServerProcess(runs: ServerRecord['runs'], options: { readonly netns: string; readonly logFile: string }): Promise<ProcessIdentity> {
  const program = runs.kind === 'web' ? [process.execPath, WEB_SERVER, runs.text] : runs.command;
  const [command = '', ...args] = [...insideNetns(options.netns), '--', ...program];
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'a', 0o600);
  const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log, ...(runs.kind === 'web' ? (['ipc'] as const) : [])] });
  closeSync(log);
  await (runs.kind === 'web' ? said(child, options.logFile) : executed(child, options.logFile));
  const identity = child.pid === undefined ? null : identifyProcess(child.pid);
  child.unref();
  if (!identity) throw ended(options.logFile);
  return identity;
}

/** Ends the process and its children: asks, then insists after two seconds. Gone already is success. */
export async function stopServerProcess(identity: ProcessIdentity): Promise<void> {
  for (const [signal, patienceMs] of [['SIGTERM', 2_000], ['SIGKILL', 5_000]] as const) {
    if (!isSameProcessAlive(identity)) return;
    // It leads its own process group: nginx and the like have workers.
    process.kill(-identity.pid, signal);
    for (const deadline = Date.now() + patienceMs; isSameProcessAlive(identity) && Date.now() < deadline;) await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function said(child: ChildProcess, logFile: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(ended(logFile)), START_TIMEOUT_MS);
    const settle = (error?: Error) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve();
    };
    child.once('message', () => settle());
    child.once('error', settle);
    child.once('exit', () => settle(ended(logFile)));
  });
}

/** nsenter becomes the program, or ends when there is no such program. */
async function executed(child: ChildProcess, logFile: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 5))) {
    if (child.exitCode !== null) throw ended(logFile);
    const link = `/proc/${child.pid}/exe`;
    if (existsSync(link) && basename(readlinkSync(link)) !== 'nsenter') return;
  }
  throw ended(logFile);
}

function ended(logFile: string): OctaviaError {
  return new OctaviaError('server-not-started', `The server's program did not start; see ${logFile}.`);
}
