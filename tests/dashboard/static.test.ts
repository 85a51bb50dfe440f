import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { apiTypes, TARGET } from '../../dashboard/scripts/write-api-types.ts';
import { run } from '../../src/lib/run.ts';
import { projectRoot } from '../../src/processes/project.ts';

/** A busy machine takes long over a whole project. */
const PATIENCE = { timeoutMs: 240_000 };
const tool = (name: string) => join(projectRoot, 'node_modules/.bin', name);

it('the types of the client are those of docs/openapi.json', () => {
  expect(readFileSync(TARGET, 'utf8')).toBe(apiTypes());
});

it.each(['dashboard', 'tests/dashboard'])('%s has no type errors', async (folder) => {
  await run(tool('tsc'), ['--noEmit', '-p', join(projectRoot, folder, 'tsconfig.json')], PATIENCE);
});

it('oxlint has nothing to say about the dashboard', async () => {
  await run(tool('oxlint'), ['--type-aware', '--deny-warnings', join(projectRoot, 'dashboard/src'), join(projectRoot, 'dashboard/scripts')], PATIENCE);
});

it('the bundle of the first page is small', () => {
  const html = readFileSync(join(projectRoot, 'dashboard/dist/index.html'), 'utf8');
  const files = [...html.matchAll(/\/dashboard\/(assets\/[\w.-]+\.(?:js|css))/g)].map(([, file]) => file ?? '');
  const bytes = files.reduce((sum, file) => sum + readFileSync(join(projectRoot, 'dashboard/dist', `${file}.br`)).length, 0);
  process.stdout.write(`first page: ${files.length} files, ${Math.round(bytes / 1024)} KiB with brotli\n`);
  expect(bytes).toBeLessThan(300 * 1024);
});
