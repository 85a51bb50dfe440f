import { join, resolve } from 'node:path';
import { OctaviaError } from '../../lib/errors.ts';
import type { ActionWatcher } from '../../worker/run-context.ts';
import { lockDataDir } from './data-dir-lock.ts';
import { startEmbeddedService, type EmbeddedService } from './embedded-service.ts';
import { requireFreePort } from './free-ports.ts';

export interface UpOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly dataDir: string;
  readonly configFile: readonly string[];
  /** Told before and after each action of the worker; see WorkerDependencies. */
  readonly onAction?: ActionWatcher;
}

/** `octavia up`: runs the embedded service until SIGINT or SIGTERM. Throws with one clear sentence when it cannot start. */
export async function runUp(options: UpOptions): Promise<void> {
  if (process.getuid?.() !== 0) throw new OctaviaError('not-root', 'octavia up makes network namespaces and needs root: run it as root or with sudo.');
  const dataDir = resolve(options.dataDir);
  const release = lockDataDir(dataDir);
  try {
    await requireFreePort(options.listen);
    const asked = signalled();
    const service = await startEmbeddedService({ dataDir, listen: options.listen, configFiles: options.configFile, ...(options.onAction && { onAction: options.onAction }) });
    announce(service);
    await asked;
    await service.stop();
  } finally {
    release();
  }
}

function announce(service: EmbeddedService): void {
  const lines = [
    `ready ${service.url}`,
    `  dashboard:   ${service.url}/dashboard`,
    `  credentials: . ${join(service.dataDir, 'openrc')}`,
    `  log:         ${join(service.dataDir, 'octavia.log')}`,
    '  Ctrl-C stops the service; load balancers go on serving',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function signalled(): Promise<void> {
  return new Promise((resolvePromise) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolvePromise());
  });
}
