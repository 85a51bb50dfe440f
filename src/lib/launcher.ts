import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { killHard } from './kill.ts';

export interface LaunchRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly input: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface LaunchResult {
  /** As a shell reports it: 126 and 127 when it could not be started, 128 + n when signal n ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that was started by the launcher. */
export interface Launched {
  readonly result: Promise<LaunchResult>;
  kill(): void;
}

/**
 * Starts programs through a small shell of our own. Node copies its page tables for each program it starts: 7 ms of
 * standstill at 100 MB, 15 ms at 300 MB. The shell does it in a fraction of a millisecond, and not on our thread.
 */
export interface Launcher {
  /** Of the shell; null when it could not be started. */
  readonly pid: number | null;
  launch(request: LaunchRequest): Launched;
  /**
   * The shell becomes this program, which must end as `/bin/sh` again and finds that as its last argument: a way into
   * another world. Programs launched from now on wait until it is there. What it cannot enter it does not survive.
   */
  become(enter: readonly string[]): void;
  /** Calls `listener` when the shell has ended, by `close` or by itself; it takes nothing any more then. */
  onEnd(listener: () => void): void;
  /** Ends the shell; what it started goes on. */
  close(): void;
}

interface Waiting {
  pid: number | null;
  isKilled: boolean;
  readonly resolve: (result: LaunchResult) => void;
  readonly reject: (error: Error) => void;
}

export interface LauncherOptions {
  /** Program that becomes the shell after it has entered another world, e.g. `nsenter --net=...`. */
  readonly enter?: readonly string[];
}

export function createLauncher({ enter = [] }: LauncherOptions = {}): Launcher {
  const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'octavia-run-'));
  const waiting = new Map<string, Waiting>();
  const [program, ...programArgs] = [...enter, '/bin/sh'];
  const shell = spawn(program, programArgs, { stdio: ['pipe', 'ignore', 'ignore', 'pipe'], cwd: '/' });
  const endListeners: (() => void)[] = [];
  /** Commands that wait for the shell to have entered another world; null when it is there. */
  let held: string[] | null = null;
  let count = 0;

  const path = (id: string, suffix: string): string => join(directory, `${id}.${suffix}`);
  const take = (id: string, suffix: string): string => {
    // One that was killed at once never opened its output.
    if (!existsSync(path(id, suffix))) return '';
    const text = readFileSync(path(id, suffix), 'utf8');
    rmSync(path(id, suffix));
    return text;
  };
  const report = (line: string): void => {
    const [kind, id = '', value] = line.split(' ');
    if (kind === 'entered') return arrive();
    const one = waiting.get(id);
    if (one === undefined) return;
    if (kind === 'started') {
      one.pid = Number(value);
      if (one.isKilled) killHard(one.pid);
      return;
    }
    waiting.delete(id);
    if (waiting.size === 0) reports.unref();
    rmSync(path(id, 'in'), { force: true });
    one.resolve({ exitCode: Number(value), stdout: take(id, 'out'), stderr: take(id, 'err') });
  };
  // Also when we are killed.
  const cleanUpAtEnd = `trap "rm -rf ${directory}" EXIT\n`;
  const arrive = (): void => {
    stdin.write(cleanUpAtEnd + (held ?? []).join(''));
    held = null;
  };
  const end = (): void => {
    for (const listener of endListeners) listener();
    rmSync(directory, { recursive: true, force: true });
    for (const { reject } of waiting.values()) reject(new Error('The launcher has ended'));
    waiting.clear();
  };
  const stdin = pipeOf(shell.stdin);
  const reports = pipeOf(shell.stdio[3]);
  createInterface({ input: reports }).on('line', report);
  shell.on('close', end);
  stdin.on('error', () => undefined);
  stdin.write(cleanUpAtEnd);
  // It must not keep a process alive that waits for nothing.
  shell.unref();
  stdin.unref();
  reports.unref();

  return {
    pid: shell.pid ?? null,
    onEnd: (listener) => void endListeners.push(listener),
    become: (world) => {
      held ??= [];
      // The shell reads ahead: nothing may follow before the next one says that it reads.
      stdin.write(`trap - EXIT; exec ${world.map(quote).join(' ')} /bin/sh -c 'echo entered >&3; exec /bin/sh'\n`);
    },
    launch: (request) => {
      const id = String((count += 1));
      const text = script(request, id, { input: request.input === '' ? '/dev/null' : path(id, 'in'), out: path(id, 'out'), err: path(id, 'err') });
      if (request.input !== '') writeFileSync(path(id, 'in'), request.input, { mode: 0o600 });
      const { promise, resolve, reject } = Promise.withResolvers<LaunchResult>();
      const one: Waiting = { pid: null, isKilled: false, resolve, reject };
      waiting.set(id, one);
      reports.ref();
      if (held === null) stdin.write(text);
      else held.push(text);
      return {
        result: promise,
        kill: () => {
          one.isKilled = true;
          if (one.pid !== null && waiting.has(id)) killHard(one.pid);
        },
      };
    },
    close: () => {
      stdin.end();
    },
  };
}

/** Child pipes are sockets, which the types do not say. */
function pipeOf(stream: unknown): Socket {
  if (!(stream instanceof Socket)) throw new TypeError('The launcher has no pipes');
  return stream;
}

/** One command for the shell: starts the program aside, reports its pid and then its end on descriptor 3. */
function script({ command, args, env = {}, cwd }: LaunchRequest, id: string, files: { input: string; out: string; err: string }): string {
  const settings = Object.entries(env).map(([name, value]) => quote(`${name}=${value}`));
  const program = [...(settings.length > 0 ? ['env', ...settings] : []), quote(command), ...args.map(quote)].join(' ');
  const change = cwd === undefined ? '' : `cd ${quote(cwd)} && `;
  // `jobs` makes the shell forget the ones that have ended.
  return `{ ( ${change}exec ${program} ) <${quote(files.input)} >${quote(files.out)} 2>${quote(files.err)} 3>&- & echo "started ${id} $!" >&3; wait $!; echo "ended ${id} $?" >&3; } & jobs >/dev/null\n`;
}

/** Within single quotes a shell takes everything literally but the quote itself. */
function quote(text: string): string {
  if (text.includes('\0')) throw new TypeError('An argument must not contain a null byte');
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
