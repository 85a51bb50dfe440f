import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OctaviaError } from '../lib/errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` with a directory of its own, which is gone afterwards, also when the program is told to end meanwhile: `signal`
 * is aborted then, and the program ends by that signal once the work has come to its end. A second signal ends it at once.
 */
export async function withScratch<T>(prefix: string, work: (directory: string, signal: AbortSignal) => Promise<T>): Promise<T> {
  const ending = new AbortController();
  let told: NodeJS.Signals | undefined;
  const end = (signal: NodeJS.Signals): void => {
    told = signal;
    for (const name of SIGNALS) process.off(name, end);
    ending.abort(new OctaviaError('interrupted', `Ended by ${signal}.`));
  };
  for (const name of SIGNALS) process.on(name, end);
  const directory = await mkdtemp(join(tmpdir(), prefix));
  try {
    return await work(directory, ending.signal);
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 10 });
    for (const name of SIGNALS) process.off(name, end);
    if (told !== undefined) process.kill(process.pid, told);
  }
}
