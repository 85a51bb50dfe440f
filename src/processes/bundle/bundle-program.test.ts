import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { run } from '../../lib/run.ts';
import { projectRoot } from '../project.ts';
import { bundleProgram } from './bundle-program.ts';

it('the program as JavaScript does what its sources do, and finds the files beside them', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'octavia-bundle-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await bundleProgram(directory);
  const ask = async (program: string) => (await run(process.execPath, [program, 'sample-config'], { timeoutMs: 30_000 })).stdout;
  const told = await ask(join(directory, 'main.js'));
  expect(told).toContain('[api_settings]');
  expect(told).toBe(await ask(join(projectRoot, 'src/processes/main.ts')));
  const chunks = await Promise.all((await readdir(directory)).map((name) => readFile(join(directory, name), 'utf8')));
  expect(chunks.join('')).toContain(`new URL("octavia_provider_bridge.py", "file://${projectRoot}/src/providers/python/python-program.ts")`);
}, 60_000);
