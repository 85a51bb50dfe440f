import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program that answers each line on its standard input with one JSON line, after having printed `ready`. */
export interface LineProgram {
  ask(request: object): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startLineProgram(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<LineProgram> {
  const child = spawn(command, [...args], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`${command} ${args.join(' ')} has ended`);
    return line.value;
  };
  const first = await next();
  if (first !== 'ready') throw new Error(`${command} ${args.join(' ')} said ${first}`);
  return {
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return JSON.parse(await next());
    },
    async stop() {
      const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
      child.stdin.end();
      await ended;
    },
  };
}
