import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createLauncher, type Launcher } from '../../lib/launcher.ts';
import { run, runThrough, type RunOptions, type RunResult } from '../../lib/run.ts';

const STATE_DIRECTORY = '/var/lib/octavia';
const LOG_DIRECTORY = '/run/rsyslog/octavia';
/** Longer than any program here may take. */
const IDLE_MS = 70_000;
const PRIVATE_DIRECTORIES = [STATE_DIRECTORY, LOG_DIRECTORY] as const;

/**
 * The world in which an amphora's programs run: its network namespace and, when its root is not the machine's own, a
 * private mount namespace in which the directories that configurations name are the amphora's.
 */
export class World {
  readonly root: string;
  readonly netns: string;

  #shell: Launcher | null = null;
  #prepared: Launcher | null;
  #idleTimer: NodeJS.Timeout | null = null;

  /** `shell`: one that is inside the network namespace already. */
  constructor(root: string, netns: string, shell: Launcher | null = null) {
    this.root = root;
    this.netns = netns;
    this.#prepared = shell;
  }

  get isWholeMachine(): boolean { return this.root === '/'; }

  /** Makes the directories that are mounted onto one another; twice is once. */
  async prepare(): Promise<void> {
    if (this.isWholeMachine) return;
    await Promise.all(PRIVATE_DIRECTORIES.flatMap((directory) => [directory, join(this.root, directory)].map((path) => mkdir(path, { recursive: true }))));
  }

  /** The command as it must be spawned to run inside. One process: every stage replaces itself by the next. */
  inside(command: readonly string[]): string[] {
    return [...this.insideNetwork([]), ...this.#insideMounts(command)];
  }

  #insideMounts(command: readonly string[]): string[] {
    if (this.isWholeMachine) return [...command];
    const script = 'while [ "$1" != -- ]; do mount --bind "$1" "$2" || exit 1; shift 2; done; shift; exec "$@"';
    const mounts = this.#mountedDirectories().flatMap((directory) => [join(this.root, directory), directory]);
    return ['unshare', '--mount', 'sh', '-c', script, 'sh', ...mounts, '--', ...command];
  }

  /** Only the network namespace. */
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

  /** Throws CommandFailed. */
  async run([program = '', ...args]: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const shell = this.open();
    try {
      return await runThrough(shell, program, args, options);
    } finally {
      this.#closeWhenIdle();
    }
  }

  /** Only in the network namespace, the machine's files in sight. Throws CommandFailed. */
  runInNetwork(command: readonly string[], options?: RunOptions): Promise<RunResult> {
    const [program = '', ...args] = this.insideNetwork(command);
    return run(program, args, options);
  }

  /** The shell inside that starts this world's programs: entering costs more than most of them, so it stays for a while. */
  open(): Launcher {
    this.#shell ??= this.#enter();
    this.#closeWhenIdle();
    return this.#shell;
  }

  #enter(): Launcher {
    const prepared = this.#prepared;
    this.#prepared = null;
    prepared?.become(this.#insideMounts([]));
    const shell = prepared ?? createLauncher({ enter: this.inside([]) });
    shell.onEnd(() => {
      if (this.#shell === shell) this.#shell = null;
    });
    return shell;
  }

  close(): void {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#idleTimer = null;
    this.#shell?.close();
    this.#shell = null;
  }

  #closeWhenIdle(): void {
    this.#idleTimer ??= setTimeout(() => this.close(), IDLE_MS).unref();
    this.#idleTimer.refresh();
  }
}
