import { run } from '../../src/lib/run.ts';
import { readOpenrc } from '../../src/processes/embedded/start-service.ts';

/** The Debian `openstack` client with the variables of an openrc file. */
export class OpenStack {
  readonly #env: Record<string, string>;

  constructor(openrc: string) {
    this.#env = readOpenrc(openrc);
  }

  /** Runs the command line as it stands (split at spaces) and returns what it printed. */
  async text(commandLine: string): Promise<string> {
    const { stdout } = await run('openstack', commandLine.trim().split(/\s+/), { env: this.#env, timeoutMs: 120_000 });
    return stdout;
  }

  /** The same with `-f json`. */
  async json<T = Record<string, unknown>>(commandLine: string): Promise<T> {
    return JSON.parse(await this.text(`${commandLine} -f json`)) as T;
  }
}
