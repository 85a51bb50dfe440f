import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { debianEnv } from './octavia-processes.ts';

export interface OpenStackShell {
  /** What `openstack` with these arguments prints, for the user whose variables these are; throws when it fails. */
  run(env: Readonly<Record<string, string>>, args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** The real `openstack` client, one command at a time, without its second of start-up for each. */
export function startOpenStackShell(): OpenStackShell {
  const child = spawn('/usr/bin/python3', [new URL('openstack-shell.py', import.meta.url).pathname], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...debianEnv } });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  const ask = async (env: Readonly<Record<string, string>>, args: readonly string[]): Promise<string> => {
    child.stdin.write(`${JSON.stringify({ env, args })}\n`);
    const answer = await answers.next();
    if (answer.done === true) throw new Error('the openstack client has ended');
    const { status, out, err } = JSON.parse(answer.value) as { status: number; out: string; err: string };
    if (status !== 0) throw new Error(`openstack ${args.join(' ')}: ${err.trim()}`);
    return out;
  };
  return {
    run(env, args) {
      const turn = last.then(() => ask(env, args), () => ask(env, args));
      last = turn;
      return turn;
    },
    async stop() {
      const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
      child.stdin.end();
      await ended;
    },
  };
}
