import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { OctaviaError } from '../lib/errors.ts';
import { projectRoot, sandboxScript } from './project.ts';

/** Runs `bench/<name>.bench.ts` of each name (all without names), each in a private world of its own. */
export async function runBenchmarks(names: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) throw new OctaviaError('not-root', 'Benchmarks make network namespaces and need root.');
  const suffix = '.bench.ts';
  const known = readdirSync(join(projectRoot, 'bench')).filter((file) => file.endsWith(suffix)).map((file) => file.slice(0, -suffix.length)).sort();
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new OctaviaError('unknown-benchmark', `There is no benchmark ${unknown.join(', ')}; there are: ${known.join(', ')}.`);
  for (const name of names.length > 0 ? names : known) {
    process.stdout.write(`\n== ${name}\n`);
    const status = await enter(join(projectRoot, 'bench', `${name}${suffix}`));
    if (status !== 0) process.exitCode = 1;
  }
}

function enter(file: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(sandboxScript, [process.execPath, file], { cwd: projectRoot, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
