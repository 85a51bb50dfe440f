import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OctaviaError } from '../../lib/errors.ts';
import { projectRoot } from '../project.ts';

export interface RunningService {
  readonly url: string;
  readonly dataDir: string;
  /** Milliseconds from spawn to `ready`. */
  readonly readyMs: number;
  readonly process: ChildProcess;
  /** Everything it has printed so far. */
  output(): string;
  /** Sends the signal and resolves with the exit status when it has ended. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface StartOptions {
  readonly dataDir: string;
  readonly listen?: string;
  readonly configFile?: string;
  readonly timeoutMs?: number;
  /** Script that takes the arguments of `octavia up`. @default src/processes/main.ts */
  readonly program?: string;
}

/** Starts `octavia up` as a user would and waits for its `ready` line; throws with its output when it ends before. */
export async function startService(options: StartOptions): Promise<RunningService> {
  const listen = options.listen ?? '127.0.0.1:9876';
  const startedAt = performance.now();
  const args = ['up', '--listen', listen, '--data-dir', options.dataDir];
  if (options.configFile !== undefined) args.push('--config-file', options.configFile);
  // As the launcher started this process, so it would start that one.
  const heap = process.execArgv.filter((flag) => /^--(max|initial)-/.test(flag));
  const child = spawn(process.execPath, [...heap, options.program ?? join(projectRoot, 'src/processes/main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  let printed = '';
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => fail('said nothing of being ready in time'), options.timeoutMs ?? 180_000);
    const fail = (what: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new OctaviaError('service-not-ready', `octavia up ${what}:\n${printed}`));
    };
    const read = (chunk: Buffer): void => {
      printed += chunk.toString();
      if (!/^ready\b/m.test(printed)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void ended.then((code) => fail(`ended with status ${code}`));
  });
  return {
    url: `http://${listen}`,
    dataDir: options.dataDir,
    readyMs: performance.now() - startedAt,
    process: child,
    output: () => printed,
    stop: async (signal = 'SIGINT') => {
      child.kill(signal);
      return ended;
    },
  };
}

/** The OS_* variables of an openrc file that `up` wrote. */
export function readOpenrc(file: string): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const match = /^\s*(?:export\s+)?(OS_[A-Z_]+)=(.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) variables[match[1]] = match[2].trim().replace(/^(['"])(.*)\1$/, '$2');
  }
  return variables;
}
