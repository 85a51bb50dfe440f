import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { projectRoot } from '../project.ts';

export interface Outcome {
  /** Exit status; 1 when a signal ended the program. */
  readonly status: number;
  /** What the program wrote on both streams. */
  readonly output: string;
}

/** Runs a program in the project's folder, with the project's tools first on PATH. */
export function runCaptured(command: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    // Tools are scripts that look for `node` on PATH: they must find the project's own.
    const env = { ...process.env, PATH: `${join(projectRoot, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}` };
    const child = spawn(command, [...args], { cwd: projectRoot, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ status: code ?? 1, output: Buffer.concat(chunks).toString('utf8') }));
  });
}
