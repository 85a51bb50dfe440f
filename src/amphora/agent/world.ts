import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../lib/run.ts';
import type { RunOptions, RunResult } from '../../lib/run.ts';

const STATE_DIRECTORY = '/var/lib/octavia';
const LOG_DIRECTORY = '/run/rsyslog/octavia';
const PRIVATE_DIRECTORIES = [STATE_DIRECTORY, LOG_DIRECTORY] as const;

/**
 * The world in which an amphora's programs run: its network namespace and, when its root is not the machine's own, a
 * private mount namespace in which the directories that configurations name are the amphora's.
 */
export class World {
  readonly root: string;
  readonly netns: string;

  constructor(root: string, netns: string) {
    this.root = root;
    this.netns = netns;
  }

  get isWholeMachine(): boolean { return this.root === '/'; }

  /** Makes the directories that are mounted onto one another; twice is once. */
  async prepare(): Promise<void> {
    if (this.isWholeMachine) return;
    await Promise.all(PRIVATE_DIRECTORIES.flatMap((directory) => [directory, join(this.root, directory)].map((path) => mkdir(path, { recursive: true }))));
  }

  /** The command as it must be spawned to run inside. One process: every stage replaces itself by the next. */
  inside(command: readonly string[]): string[] {
    const entered = this.insideNetwork([]);
    if (this.isWholeMachine) return [...entered, ...command];
    const script = 'while [ "$1" != -- ]; do mount --bind "$1" "$2" || exit 1; shift 2; done; shift; exec "$@"';
    const mounts = this.#mountedDirectories().flatMap((directory) => [join(this.root, directory), directory]);
    return [...entered, 'unshare', '--mount', 'sh', '-c', script, 'sh', ...mounts, '--', ...command];
  }

  /** Only the network namespace: for programs that touch no file of the amphora. */
  insideNetwork(command: readonly string[]): string[] {
    return ['nsenter', `--net=/run/netns/${this.netns}`, ...command];
  }

  /**
   * A host whose own rsyslog listens there takes the logs of all its amphorae: every line names its project and load
   * balancer. Otherwise the directory stays empty and haproxy drops its log lines.
   */
  #mountedDirectories(): readonly string[] {
    return existsSync(join(LOG_DIRECTORY, 'log')) ? [STATE_DIRECTORY] : PRIVATE_DIRECTORIES;
  }

  run(command: readonly string[], options?: RunOptions): Promise<RunResult> {
    const [program = '', ...args] = this.inside(command);
    return run(program, args, options);
  }

  runInNetwork(command: readonly string[], options?: RunOptions): Promise<RunResult> {
    const [program = '', ...args] = this.insideNetwork(command);
    return run(program, args, options);
  }
}
