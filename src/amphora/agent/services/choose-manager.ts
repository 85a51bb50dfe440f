import { existsSync } from 'node:fs';
import type { AmphoraPaths } from '../amphora-paths.ts';
import type { World } from '../world.ts';
import type { ServiceManager } from './service-manager.ts';
import { SupervisedServices } from './supervised.ts';
import { SystemdServices } from './systemd.ts';

/** systemd where it runs the whole machine; everywhere else every daemon has its own small supervisor. */
export function chooseServiceManager(world: World, paths: AmphoraPaths, controlGroups: readonly string[]): ServiceManager {
  return world.isWholeMachine && existsSync('/run/systemd/system') ? new SystemdServices(world) : new SupervisedServices(world, paths, controlGroups);
}
