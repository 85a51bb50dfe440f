import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { OctaviaError } from '../lib/errors.ts';
import { projectRoot, sandboxScript } from './project.ts';

const SUFFIX = '.bench.ts';

/**
 * Runs `bench/<name>.bench.ts` of each name, every benchmark of a directory when the name is that of one (`dataplane`,
 * `dataplane/tls`), and all without names; each in a private world of its own.
 */
export async function runBenchmarks(names: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) throw new OctaviaError('not-root', 'Benchmarks make network namespaces and need root.');
  const known = knownBenchmarks();
  const wanted = names.map((name) => known.filter((path) => path === name || path.startsWith(`${name}/`)));
  const unknown = names.filter((_, index) => wanted[index]?.length === 0);
  if (unknown.length > 0) throw new OctaviaError('unknown-benchmark', `There is no benchmark ${unknown.join(', ')}; there are: ${known.join(', ')}.`);
  for (const name of names.length > 0 ? wanted.flat() : known) {
    process.stdout.write(`\n== ${name}\n`);
    const status = await enter(join(projectRoot, 'bench', `${name}${SUFFIX}`));
    if (status !== 0) process.exitCode = 1;
  }
}

function knownBenchmarks(): string[] {
  const files = readdirSync(join(projectRoot, 'bench'), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length)).sort();
}

function enter(file: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(sandboxScript, [process.execPath, ...process.execArgv, file], { cwd: projectRoot, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
