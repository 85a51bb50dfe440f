import { execFile } from 'node:child_process';
import { OctaviaError } from './errors.ts';
import { createLauncher, type LaunchResult, type Launched, type Launcher } from './launcher.ts';

export interface RunOptions {
  /** Text for the program's standard input. */
  readonly input?: string;
  /** @default 15000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that could not be started, timed out or ended with a non-zero status. */
export class CommandFailed extends OctaviaError {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;

  constructor(command: string, detail: { exitCode: number | null; stdout: string; stderr: string; cause: unknown }) {
    const said = (detail.stderr.trim() || detail.stdout.trim() || String(detail.cause)).slice(0, 2000);
    super('command-failed', `${command}: ${said}`, { retry: 'retry', cause: detail.cause });
    this.exitCode = detail.exitCode;
    this.stdout = detail.stdout;
    this.stderr = detail.stderr;
  }
}

const DEFAULT_TIMEOUT_MS = 15_000;

let launcher: Launcher | null = null;

/**
 * From now on `run` starts programs through a small shell: for processes that are big and start many. Twice is once; ends
 * with the process.
 */
export function runThroughLauncher(): void {
  // Should the shell be killed, programs are started directly again.
  if (launcher !== null) return;
  launcher = createLauncher();
  launcher.onEnd(() => (launcher = null));
}

/** Runs one program with an argument array (never a shell) and returns what it printed; throws CommandFailed otherwise. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return launcher === null ? runDirectly(command, args, options) : runThrough(launcher, command, args, options);
}

/** As `run`, started by that launcher: in whichever world its shell lives. */
export async function runThrough(through: Launcher, command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const name = [command, ...args].join(' ');
  signal?.throwIfAborted();
  const launched = through.launch({ command, args, input: options.input ?? '', ...(options.env && { env: options.env }), ...(options.cwd !== undefined && { cwd: options.cwd }) });
  const { exitCode, stdout, stderr, cause } = await endOf(launched, timeoutMs, signal);
  if (exitCode === 0 && cause === null) return { stdout, stderr };
  const isStarted = exitCode !== 126 && exitCode !== 127;
  throw new CommandFailed(name, { exitCode: isStarted && cause === null ? exitCode : null, stdout, stderr, cause: cause ?? `it ended with status ${exitCode}` });
}

/** The end of a program, which comes sooner when its time is up or nobody wants it any more; `cause` says which. */
async function endOf(launched: Launched, timeoutMs: number, signal: AbortSignal | undefined): Promise<LaunchResult & { cause: unknown }> {
  let cause: unknown = null;
  const kill = (reason: unknown): void => {
    cause = reason;
    launched.kill();
  };
  const timer = setTimeout(() => kill(`it took longer than ${timeoutMs} ms`), timeoutMs);
  const abort = (): void => kill(signal?.reason);
  signal?.addEventListener('abort', abort);
  try {
    return { ...(await launched.result), cause };
  } catch (error) {
    // The shell has ended without a word about this one.
    return { exitCode: 127, stdout: '', stderr: '', cause: cause ?? error };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

function runDirectly(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      [...args],
      {
        timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        killSignal: 'SIGKILL',
        maxBuffer: 16 * 1024 * 1024,
        ...(options.signal && { signal: options.signal }),
        ...(options.cwd && { cwd: options.cwd }),
        ...(options.env && { env: { ...process.env, ...options.env } }),
      },
      (error, stdout, stderr) => {
        if (!error) return resolve({ stdout, stderr });
        const exitCode = typeof error.code === 'number' ? error.code : null;
        reject(new CommandFailed([command, ...args].join(' '), { exitCode, stdout, stderr, cause: error }));
      },
    );
    // A program that exits before reading its input closes the pipe; its exit status is what counts.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}
