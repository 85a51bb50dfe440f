import { join } from 'node:path';
import { run } from '../../../src/lib/run.ts';
import { freePort } from '../../../src/lib/testing/free-port.ts';
import { answers, startDaemon, type Daemon } from '../daemon.ts';
import { debianEnv } from '../octavia-processes.ts';

/** What every service is started with. */
export interface Place {
  readonly directory: string;
  readonly keystoneUrl: string;
  readonly transportUrl: string;
  newDatabase(): Promise<string>;
  /** Ends with the place; the last one added ends first. */
  onStop(name: string, stop: () => Promise<void>): void;
}

/** A busy machine needs minutes for what an idle one does in seconds. */
const PATIENCE_MS = 400_000;

export function manage(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<unknown> {
  return run(command, args, { env: { ...debianEnv, ...env }, timeoutMs: PATIENCE_MS });
}

interface DaemonPlan {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly isReady: (printed: string) => boolean | Promise<boolean>;
}

export async function startIn(place: Place, { name, command, args, env = {}, isReady }: DaemonPlan): Promise<Daemon> {
  const daemon = await startDaemon({ name, command, args, logFile: join(place.directory, `${name}.log`), env: { ...debianEnv, ...env }, isReady, readyTimeoutMs: PATIENCE_MS });
  place.onStop(name, () => daemon.kill());
  return daemon;
}

interface WsgiPlan { readonly name: string; readonly script: string; readonly env: Readonly<Record<string, string>>; readonly port?: number; readonly processes?: number }

/** A WSGI application as Debian runs it. Returns its URL. */
export async function startWsgi(place: Place, { name, script, env, port: given, processes = 1 }: WsgiPlan): Promise<string> {
  const port = given ?? (await freePort());
  await startIn(place, {
    name, env, command: '/usr/bin/uwsgi_python3', isReady: () => answers(`http://127.0.0.1:${port}/`),
    args: [
      '--master', '--lazy-apps', '--thunder-lock', '--enable-threads', '--die-on-term', '--no-orphans', '--need-app', '--buffer-size', '65535', '--rem-header', 'Content-Length',
      // Without it clients that keep connections see resets after an answer without a body.
      '--add-header', 'Connection: close', '--listen', '100', '--disable-logging', '--processes', String(processes), '--threads', '1', '--http-socket', `127.0.0.1:${port}`, '--wsgi-file', script,
    ],
  });
  return `http://127.0.0.1:${port}`;
}
