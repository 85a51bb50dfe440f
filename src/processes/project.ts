import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Directory of the checkout. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Enters a private world (network, mounts, processes) and runs the command given as arguments in it. */
export const sandboxScript = `${projectRoot}/tests/sandbox/enter.sh`;

/** The built dashboard; made by `octavia dashboard build`. */
export const dashboardDirectory = `${projectRoot}/dashboard/dist`;

/** The version of this checkout. */
export function projectVersion(): string {
  return (JSON.parse(readFileSync(`${projectRoot}/package.json`, 'utf8')) as { version: string }).version;
}
