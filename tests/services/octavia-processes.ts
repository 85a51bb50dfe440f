import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../src/lib/run.ts';
import { projectRoot } from '../../src/processes/project.ts';
import { answers, startDaemon, type Daemon } from './daemon.ts';

export type OurProcess = 'api' | 'worker' | 'health-manager' | 'housekeeping' | 'driver-agent';

/** Debian's own Python and programs, never another one that comes first in PATH. */
export const debianEnv = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '' } as const;

/** `octavia db-manage upgrade head`, ours. */
export async function createOurSchema(configFile: string): Promise<void> {
  await run(join(projectRoot, 'octavia'), ['db-manage', 'upgrade', 'head', '--config-file', configFile], { timeoutMs: 60_000 });
}

/** `octavia-db-manage upgrade head` of the original. */
export async function createOriginalSchema(configFile: string): Promise<void> {
  await run('/usr/bin/octavia-db-manage', ['--config-file', configFile, 'upgrade', 'head'], { env: debianEnv, timeoutMs: 120_000 });
}

/** One of our processes through the launcher, as a user starts it. */
export async function startOurs(name: OurProcess, configFile: string, logFile: string, env: Readonly<Record<string, string>> = {}): Promise<Daemon> {
  return await startDaemon({
    name: `octavia ${name}`, command: join(projectRoot, 'octavia'), args: [name, '--config-file', configFile], logFile, env,
    isReady: (printed) => printed.includes(`ready octavia-${name}\n`),
  });
}

/** The original's API under uwsgi the way Debian's package runs it. */
export async function startOriginalApi(configFile: string, port: number, logFile: string, options: { readonly processes?: number; readonly threads?: number } = {}): Promise<Daemon> {
  return await startDaemon({
    name: 'the original octavia-api', command: '/usr/bin/uwsgi_python3', logFile, env: debianEnv,
    args: [
      '--master', '--lazy-apps', '--thunder-lock', '--enable-threads', '--die-on-term', '--no-orphans', '--need-app', '--buffer-size', '65535',
      '--rem-header', 'Content-Length', '--listen', '100', '--disable-logging', '--http-socket', `127.0.0.1:${port}`,
      // Without it clients that keep connections see resets after an answer without a body.
      '--add-header', 'Connection: close',
      '--processes', String(options.processes ?? 2), '--threads', String(options.threads ?? 4),
      '--wsgi-file', '/usr/bin/octavia-wsgi', '--pyargv', `--config-file ${configFile}`,
    ],
    isReady: () => answers(`http://127.0.0.1:${port}/`),
  });
}

/** The original's worker; ready when it consumes casts. */
export async function startOriginalWorker(configFile: string, logFile: string): Promise<Daemon> {
  return await startDaemon({
    name: 'the original octavia-worker', command: '/usr/bin/octavia-worker', args: ['--config-file', configFile], logFile, env: debianEnv,
    isReady: (printed) => printed.includes('Starting V2 consumer'),
  });
}

/** The original's driver agent; ready when its last socket is there. */
export async function startOriginalDriverAgent(configFile: string, socket: string, logFile: string): Promise<Daemon> {
  return await startDaemon({
    name: 'the original octavia-driver-agent', command: '/usr/bin/octavia-driver-agent', args: ['--config-file', configFile], logFile, env: debianEnv,
    isReady: () => existsSync(socket),
  });
}
