import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { OctaviaError, reasonOf } from '../../lib/errors.ts';
import { childrenOf } from '../../lib/linux/process-look.ts';
import { projectRoot, sandboxScript } from '../project.ts';
import { withScratch } from '../with-scratch.ts';
import { playStory } from './story.ts';

/** Set in the private world; says which directory the demo may use. */
const insideMark = 'OCTAVIA_PRIVATE_WORLD';

/**
 * The whole product in one go. Runs in a private world (network, mounts and processes of its own), so it neither needs
 * nor touches the host's networks, and nothing stays behind however it ends. Exit status 0 only if every step held.
 */
export async function runDemo(): Promise<void> {
  if (process.getuid?.() !== 0) throw new OctaviaError('not-root', 'The demo makes network namespaces and needs root: run it as root or with sudo.');
  const dataDir = process.env[insideMark];
  if (dataDir === undefined) {
    process.exitCode = await withScratch('octavia-demo-', enterPrivateWorld);
    return;
  }
  try {
    await playStory(dataDir, (line) => process.stdout.write(`${line}\n`));
  } catch (error) {
    process.stdout.write(`\nThe demo did not hold: ${reasonOf(error)}\n`);
    process.exitCode = 1;
  }
}

/** The world goes with its first process, and with it all that runs there. */
function enterPrivateWorld(dataDir: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(sandboxScript, [process.execPath, join(projectRoot, 'src/processes/main.ts'), 'demo'], {
      // A terminal's Ctrl-C is for this process: it knows what to end first.
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, [insideMark]: dataDir },
    });
    signal.addEventListener('abort', () => {
      // `unshare` ends after its child, and that one when nothing is left of the world that could still write files.
      for (const first of childrenOf(child.pid ?? 0)) process.kill(first, 'SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
