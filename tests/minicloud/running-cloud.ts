import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CloudClient } from '../../src/processes/embedded/cloud-client.ts';

/** `serve.ts` as a process of its own, so that tests can kill it. */
export interface RunningCloud {
  readonly client: CloudClient;
  stop(signal: NodeJS.Signals): Promise<void>;
}

export async function startCloud(dataDir: string): Promise<RunningCloud> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('serve.ts', import.meta.url)), dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  await ready(child);
  return {
    client: await CloudClient.signIn(dataDir),
    stop: (signal) => new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.kill(signal);
    }),
  };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`serve.ts ended with ${code}`)));
  });
}
