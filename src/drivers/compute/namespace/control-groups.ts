import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OctaviaError, reasonOf } from '../../../lib/errors.ts';
import type { AmphoraLimits } from './compute-flavor.ts';
import { findControllers, type Controller, type Controllers } from './find-controllers.ts';

const PERIOD_US = 100_000;

/** Control groups of this host's amphorae. */
export interface ControlGroups {
  /**
   * Makes the groups that keep these limits, or sets them anew; returns the directories that processes join by their
   * `cgroup.procs`. A limit that cannot be kept here (no controller, not writable) is left out with a warning.
   */
  ensure(amphoraId: string, limits: AmphoraLimits): Promise<readonly string[]>;
  /** Takes the groups of an amphora away once its processes have ended; none is success. */
  remove(amphoraId: string): Promise<void>;
}

export interface ControlGroupsOptions {
  readonly log: { warn(fields: Readonly<Record<string, unknown>>, message: string): void };
  /** Where groups may be made; found out when absent. */
  readonly controllers?: Controllers;
}

export function createControlGroups({ log, controllers }: ControlGroupsOptions): ControlGroups {
  let found: Promise<Controllers> | null = controllers === undefined ? null : Promise.resolve(controllers);
  const directoriesOf = async (amphoraId: string): Promise<{ controller: Controller; directory: string; resource: 'cpu' | 'memory' }[]> => {
    const { cpu, memory } = await (found ??= lookAround());
    return ([['cpu', cpu], ['memory', memory]] as const).flatMap(([resource, controller]) => (controller ? [{ controller, resource, directory: groupOf(controller, amphoraId) }] : []));
  };
  return {
    async ensure(amphoraId, limits) {
      const made = new Set<string>();
      for (const { controller, directory, resource } of await directoriesOf(amphoraId)) {
        const settings = settingsFor(resource, controller.version, limits);
        if (settings === null) continue;
        try {
          if (controller.version === 2) await writeFile(join(controller.directory, 'cgroup.subtree_control'), `+${resource}`);
          await mkdir(directory, { recursive: true });
          for (const [name, value] of Object.entries(settings)) await writeFile(join(directory, name), value);
          made.add(directory);
        } catch (error) {
          log.warn({ amphora: amphoraId, resource, reason: reasonOf(error) }, 'A limit of the compute flavor cannot be kept on this host');
        }
      }
      return [...made];
    },
    async remove(amphoraId) {
      for (const directory of new Set((await directoriesOf(amphoraId)).map((entry) => entry.directory))) await removeGroup(directory);
    },
  };
}

async function lookAround(): Promise<Controllers> {
  const [mountInfo, ownGroups] = await Promise.all([readFile('/proc/self/mountinfo', 'utf8'), readFile('/proc/self/cgroup', 'utf8')]);
  return findControllers(mountInfo, ownGroups);
}

function groupOf({ directory }: Controller, amphoraId: string): string {
  return join(directory, `octavia-${amphoraId}`);
}

/** Files of a group and what they must hold; null when nothing is to be limited. */
function settingsFor(resource: 'cpu' | 'memory', version: 1 | 2, { cpus, memoryMib }: AmphoraLimits): Readonly<Record<string, string>> | null {
  if (resource === 'memory') return memoryMib === null ? null : { [version === 1 ? 'memory.limit_in_bytes' : 'memory.max']: String(memoryMib * 2 ** 20) };
  if (cpus === null) return null;
  const quota = String(Math.round(cpus * PERIOD_US));
  return version === 1 ? { 'cpu.cfs_period_us': String(PERIOD_US), 'cpu.cfs_quota_us': quota } : { 'cpu.max': `${quota} ${PERIOD_US}` };
}

/** Processes that were killed leave their group a moment later. */
async function removeGroup(directory: string): Promise<void> {
  for (let round = 0; round < 100; round += 1) {
    try {
      return await rmdir(directory);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      if (code === 'ENOENT' || code === 'ENOTDIR') return;
      if (code !== 'EBUSY') throw error;
      await sleep(10);
    }
  }
  throw new OctaviaError('control-group-busy', `${directory} still has processes.`, { retry: 'retry' });
}
