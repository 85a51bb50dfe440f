import { execFile } from 'node:child_process';
import { OctaviaError } from './errors.ts';

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

/** Runs one program with an argument array (never a shell) and returns what it printed; throws CommandFailed otherwise. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      [...args],
      {
        timeout: options.timeoutMs ?? 15_000,
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
