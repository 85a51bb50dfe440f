import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Logger } from '../../telemetry/logger.ts';
import { parseBridgeLog, parseBridgeMessage, type BridgeMessage } from './bridge-messages.ts';

export interface PythonProgramOptions {
  readonly interpreter: string;
  readonly mode: 'driver' | 'agent';
  /** Name of the entry point. */
  readonly name: string;
  /** `--config-file` and `--config-dir` arguments of this service. */
  readonly configArguments: readonly string[];
  readonly log: Logger;
  /** What it prints besides is in the log. */
  readonly onMessage: (message: BridgeMessage) => void;
  /** Once, with the reason, when the program has ended or could not be started. */
  readonly onEnd: (reason: string, exitCode: number | null) => void;
}

/** A running bridge program; it ends when `end` is called or this process dies. */
export interface PythonProgram {
  send(line: string): void;
  /** Asks it to end by closing its standard input; SIGKILL when it is still there after `graceMs`. */
  end(graceMs: number): Promise<void>;
  kill(): void;
}

const BRIDGE = fileURLToPath(new URL('octavia_provider_bridge.py', import.meta.url));

export function startPythonProgram(options: PythonProgramOptions): PythonProgram {
  const { interpreter, mode, name, configArguments, log } = options;
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(interpreter, [BRIDGE, mode, name, ...configArguments], { stdio: ['pipe', 'pipe', 'pipe'] });
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    const finish = (reason: string, exitCode: number | null): void => {
      if (hasEnded) return;
      hasEnded = true;
      resolve();
      options.onEnd(reason, exitCode);
    };
    child.once('error', (error) => finish(error.message, null));
    // 'close' comes after the last line has been read.
    child.once('close', (code, signal) => finish(signal === null ? `it ended with status ${code}` : `it was ended by ${signal}`, code));
  });
  // A program that has ended takes no more lines; its end is what counts.
  child.stdin.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = readMessage(line, options);
    if (message !== null) options.onMessage(message);
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    const { level, text, logger, traceback } = parseBridgeLog(line);
    log[level]({ provider: name, ...(logger !== undefined && { logger }), text, ...(traceback !== undefined && { traceback }) }, 'Python provider');
  });
  return {
    send: (line) => void child.stdin.write(`${line}\n`),
    kill: () => void child.kill('SIGKILL'),
    async end(graceMs) {
      if (hasEnded) return;
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

function readMessage(line: string, { name, log }: PythonProgramOptions): BridgeMessage | null {
  try {
    return parseBridgeMessage(line);
  } catch (error) {
    log.error({ provider: name, err: error }, 'A Python provider gave an unreadable answer');
    return null;
  }
}
