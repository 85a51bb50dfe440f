import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

export interface DaemonOptions {
  /** What error messages call it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Receives standard output and error. */
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Says whether the process serves; asked every few milliseconds with what it has printed since its start. */
  readonly isReady: (printed: string) => boolean | Promise<boolean>;
  /** @default 180000, as the original takes long on a busy machine */
  readonly readyTimeoutMs?: number;
}

/** One process that a test started, with its children. */
export interface Daemon {
  readonly pid: number;
  /** From its start until it was ready. */
  readonly readyMs: number;
  /** SIGTERM, and SIGKILL for the whole group when it is still there after ten seconds. */
  stop(): Promise<void>;
  /** SIGKILL for the whole group at once. */
  kill(): Promise<void>;
  printed(): string;
}

/** Starts a process in a group of its own and waits until it serves; throws with its last lines when it does not. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const alreadyThere = existsSync(options.logFile) ? readFileSync(options.logFile).length : 0;
  const printed = () => readFileSync(options.logFile).subarray(alreadyThere).toString('utf8');
  const log = openSync(options.logFile, 'a');
  const startedAt = performance.now();
  const child = spawn(options.command, [...options.args], { stdio: ['ignore', log, log], detached: true, env: { ...process.env, ...options.env } });
  closeSync(log);
  // A program that cannot be started has no pid and says so here.
  const failed = new Promise<never>((_resolve, reject) => void child.once('error', reject));
  const ready = untilReady(options, child, printed);
  try {
    await Promise.race([ready, failed]);
  } catch (error) {
    signalGroup(child, 'SIGKILL');
    throw error;
  }
  const readyMs = performance.now() - startedAt;
  return {
    pid: child.pid ?? 0,
    readyMs,
    printed,
    async stop() {
      child.kill('SIGTERM');
      const inTime = await Promise.race([ended(child).then(() => true), pause(10_000, false, { ref: false })]);
      signalGroup(child, 'SIGKILL');
      if (!inTime) await ended(child);
    },
    async kill() {
      signalGroup(child, 'SIGKILL');
      await ended(child);
    },
  };
}

async function untilReady(options: DaemonOptions, child: ChildProcess, printed: () => string): Promise<void> {
  for (const deadline = Date.now() + (options.readyTimeoutMs ?? 180_000); ; await pause(10)) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${options.name} ended at start:\n${printed().slice(-3000)}`);
    if (await options.isReady(printed())) return;
    if (Date.now() > deadline) throw new Error(`${options.name} does not serve:\n${printed().slice(-3000)}`);
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => void child.once('exit', () => resolve()));
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // The group has ended already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** True as soon as the URL answers anything. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return true;
  } catch (error) {
    // fetch reports refused connections and timeouts as these two.
    if (error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError')) return false;
    throw error;
  }
}
