import { chmod, copyFile, cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from '../bundle/bundle-program.ts';
import { projectRoot } from '../project.ts';

const SOURCES = 'deploy/amphora-agent';

/**
 * Makes the directory of the agent package: the agent and everything that it imports as one file, Node, units, programs
 * and the installer. Nothing is fetched, and the same sources give the same bytes.
 */
export async function buildAgent(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await bundleAgent(join(directory, 'agent.mjs'));
  await Promise.all([
    copyFile(process.execPath, join(directory, 'node')),
    // Starts daemons where systemd does not run the machine; a shell reads it, so it cannot be in the bundle.
    copyFile(join(projectRoot, 'src/amphora/agent/services/supervise.sh'), join(directory, 'supervise.sh')),
    copyFile(join(projectRoot, SOURCES, 'install.sh'), join(directory, 'install.sh')),
    copyFile(join(projectRoot, 'LICENSE'), join(directory, 'LICENSE')),
    cp(join(projectRoot, SOURCES, 'systemd'), join(directory, 'systemd'), { recursive: true }),
    cp(join(projectRoot, SOURCES, 'files'), directory, { recursive: true }),
  ]);
  await chmod(join(directory, 'node'), 0o755);
}

/** The programs of an amphora as one JavaScript file. */
export function bundleAgent(file: string): Promise<void> {
  return bundle('processes/amphora/amphora-main.ts', { file });
}
