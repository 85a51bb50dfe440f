import { mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../../lib/errors.ts';
import { kill } from '../../../lib/kill.ts';
import { identifyProcess, isSameProcessAlive } from '../../../lib/linux/process-look.ts';
import type { ProcessIdentity } from '../../../lib/linux/process-look.ts';
import type { AmphoraPaths } from '../amphora-paths.ts';
import { isMissingFile } from '../../../lib/missing-file.ts';
import { replaceFile } from '../../../lib/replace-file.ts';
import type { World } from '../world.ts';
import { ServiceFailed } from './service-manager.ts';
import type { ServiceManager, ServiceSpec } from './service-manager.ts';

const POLL_MS = 3;
const START_TIMEOUT_MS = 5000;
/** How long a daemon may take to end before it is killed. */
const STOP_TIMEOUT_MS = 5000;
const KILL_TIMEOUT_MS = 2000;

/** A group that is gone limits nothing; the daemon starts all the same. */
const JOIN_GROUPS = 'while [ "$1" != -- ]; do echo $$ 2>/dev/null >"$1/cgroup.procs"; shift; done; shift; exec "$@"';

/**
 * Daemons kept by a small shell of their own, in a session of their own: they outlive this process, a new agent finds
 * them by pid and start time, and a daemon that dies is started again at once.
 */
export class SupervisedServices implements ServiceManager {
  readonly #world: World;
  readonly #paths: AmphoraPaths;
  readonly #controlGroups: readonly string[];

  /** Limited daemons join the control groups with these directories. */
  constructor(world: World, paths: AmphoraPaths, controlGroups: readonly string[] = []) {
    this.#controlGroups = controlGroups;
    this.#world = world;
    this.#paths = paths;
  }

  async start(spec: ServiceSpec): Promise<void> {
    // Whoever starts it waits for it: one that is just coming back must not count as one that cannot run.
    if (await this.#identity(spec.name, 'supervisor')) return rm(this.#file(spec.name, 'exits'), { force: true });
    await this.#installScript();
    await Promise.all(['stop', 'exits'].map((suffix) => rm(this.#file(spec.name, suffix), { force: true })));
    await replaceFile(this.#file(spec.name, 'spec'), JSON.stringify(spec), 0o644);
    const state = join(this.#paths.servicesDir, spec.name);
    try {
      await this.#world.run(['setsid', '--fork', ...this.#joining(spec), 'sh', join(this.#paths.servicesDir, 'supervise.sh'), state, spec.stalePidFiles.join(' '), ...spec.command]);
    } catch (error) {
      throw new ServiceFailed(spec.name, 'could not be started', reasonOf(error));
    }
    const came = await waitUntil(async () => (await this.#identity(spec.name, 'supervisor')) !== null, START_TIMEOUT_MS);
    if (!came) throw new ServiceFailed(spec.name, 'could not be started', await this.output(spec.name));
  }

  async stop(name: string): Promise<void> {
    const supervisor = await this.#identity(name, 'supervisor');
    const daemon = await this.running(name);
    await rm(this.#file(name, 'spec'), { force: true });
    if (!supervisor && !daemon) return;
    await writeFile(this.#file(name, 'stop'), '');
    // The daemon may have been started anew between the two looks: the identity is read again each time.
    const isGone = async (): Promise<boolean> => !(await this.running(name)) && !(supervisor && isSameProcessAlive(supervisor));
    for (const [signal, timeoutMs] of [['SIGTERM', STOP_TIMEOUT_MS], ['SIGKILL', KILL_TIMEOUT_MS]] as const) {
      const current = await this.running(name);
      if (current && isSameProcessAlive(current)) kill(current.pid, signal);
      if (await waitUntil(isGone, timeoutMs)) return;
    }
    throw new ServiceFailed(name, 'does not end', await this.output(name));
  }

  async remove(name: string): Promise<void> {
    await this.stop(name);
    await Promise.all(['stop', 'exits', 'pid', 'supervisor', 'log', 'log.last', 'log.read'].map((suffix) => rm(this.#file(name, suffix), { force: true })));
  }

  async revive(): Promise<void> {
    const names = await readdir(this.#paths.onHost(this.#paths.servicesDir)).catch((error: unknown) => {
      if (isMissingFile(error)) return [];
      throw error;
    });
    for (const name of names.filter((entry) => entry.endsWith('.spec'))) {
      await this.start(JSON.parse(await this.#read(name.slice(0, -'.spec'.length), 'spec')) as ServiceSpec);
    }
  }

  running(name: string): Promise<ProcessIdentity | null> {
    return this.#identity(name, 'pid');
  }

  async exits(name: string): Promise<number> {
    return Number((await this.#read(name, 'exits')).trim() || 0);
  }

  async output(name: string): Promise<string> {
    return (await this.#read(name, 'log.last')) + (await this.#read(name, 'log'));
  }

  async forgetOutput(name: string): Promise<void> {
    await rm(this.#file(name, 'log.last'), { force: true });
    await truncate(this.#file(name, 'log')).catch((error: unknown) => {
      if (!isMissingFile(error)) throw error;
    });
  }

  #joining({ isLimited = false }: ServiceSpec): readonly string[] {
    return isLimited && this.#controlGroups.length > 0 ? ['sh', '-c', JOIN_GROUPS, 'sh', ...this.#controlGroups, '--'] : [];
  }

  /** The process that a state file names, when that very process still lives. */
  async #identity(name: string, kind: 'pid' | 'supervisor'): Promise<ProcessIdentity | null> {
    const [pid, startTicks] = (await this.#read(name, kind)).trim().split(' ');
    if (pid === undefined || startTicks === undefined) return null;
    const identity = identifyProcess(Number(pid));
    return identity?.startTicks === startTicks ? identity : null;
  }

  async #read(name: string, suffix: string): Promise<string> {
    try {
      return await readFile(this.#file(name, suffix), 'utf8');
    } catch (error) {
      if (isMissingFile(error)) return '';
      throw error;
    }
  }

  #file(name: string, suffix: string): string {
    return this.#paths.onHost(join(this.#paths.servicesDir, `${name}.${suffix}`));
  }

  /** A running shell reads its script bit by bit: the file is replaced by name, never rewritten. */
  async #installScript(): Promise<void> {
    const directory = this.#paths.onHost(this.#paths.servicesDir);
    const [script] = await Promise.all([readFile(new URL('supervise.sh', import.meta.url), 'utf8'), mkdir(directory, { recursive: true, mode: 0o755 })]);
    const target = join(directory, 'supervise.sh');
    const temporary = `${target}.${process.pid}.${Math.random().toString(36).slice(2)}`;
    await writeFile(temporary, script, { mode: 0o755 });
    await rename(temporary, target);
  }
}

async function waitUntil(condition: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}
