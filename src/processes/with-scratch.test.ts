import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from './project.ts';
import { withScratch } from './with-scratch.ts';

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends the work, then removes its directory, then ends the program as if nobody had listened', async (signal) => {
  const program = `
    import { withScratch } from ${JSON.stringify(join(projectRoot, 'src/processes/with-scratch.ts'))};
    await withScratch('octavia-scratch-', (directory, signal) => new Promise((_, reject) => {
      setInterval(() => undefined, 1000);
      signal.addEventListener('abort', () => reject(signal.reason));
      process.stdout.write(directory);
    }));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [directory] = await once(child.stdout, 'data') as [Buffer];
  expect(existsSync(String(directory))).toBe(true);
  child.kill(signal);
  expect(await once(child, 'exit')).toEqual([null, signal]);
  expect(existsSync(String(directory))).toBe(false);
});

it.each(['an answer', new Error('no')])('the directory is gone after the work, however it went: %s', async (outcome) => {
  let made = '';
  const running = withScratch('octavia-scratch-', async (directory) => {
    made = directory;
    if (outcome instanceof Error) throw outcome;
    return outcome;
  });
  if (outcome instanceof Error) await expect(running).rejects.toBe(outcome);
  else expect(await running).toBe(outcome);
  expect(existsSync(made)).toBe(false);
  expect(process.listenerCount('SIGHUP')).toBe(0);
});
