import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OctaviaError, reasonOf } from '../../lib/errors.ts';
import { projectRoot, sandboxScript } from '../project.ts';
import { playStory } from './story.ts';

const insideMark = 'OCTAVIA_PRIVATE_WORLD';

/**
 * The whole product in one go. Runs in a private world (network, mounts and processes of its own), so it neither needs
 * nor touches the host's networks, and nothing stays behind however it ends. Exit status 0 only if every step held.
 */
export async function runDemo(): Promise<void> {
  if (process.getuid?.() !== 0) throw new OctaviaError('not-root', 'The demo makes network namespaces and needs root: run it as root or with sudo.');
  if (process.env[insideMark] === undefined) {
    process.exitCode = await enterPrivateWorld();
    return;
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'octavia-demo-'));
  try {
    await playStory(dataDir, (line) => process.stdout.write(`${line}\n`));
  } catch (error) {
    process.stdout.write(`\nThe demo did not hold: ${reasonOf(error)}\n`);
    process.exitCode = 1;
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function enterPrivateWorld(): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(sandboxScript, [process.execPath, join(projectRoot, 'src/processes/main.ts'), 'demo'], {
      stdio: 'inherit',
      env: { ...process.env, [insideMark]: '1' },
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
