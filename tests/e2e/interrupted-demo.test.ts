import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../src/processes/project.ts';

it('a demo that is interrupted leaves nothing', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'octavia-interrupted-'));
  try {
    const demo = spawn(join(projectRoot, 'octavia'), ['demo'], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: directory } });
    const ended = once(demo, 'exit');
    let printed = '';
    for await (const text of demo.stdout) {
      printed += String(text);
      // The service runs and writes its files by then.
      if (printed.includes('network create')) break;
    }
    expect(readdirSync(directory)).toContainEqual(expect.stringMatching(/^octavia-demo-/));
    demo.kill('SIGINT');
    expect(await ended).toEqual([null, 'SIGINT']);
    expect(readdirSync(directory)).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
