import { CommandFailed } from '../../../lib/run.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import type { AmphoraPaths } from '../amphora-paths.ts';
import type { ServiceManager } from '../services/service-manager.ts';
import type { World } from '../world.ts';
import { KeepalivedEngine } from './keepalived-engine.ts';
import type { L4Engine } from './l4-engine.ts';
import { NftablesEngine } from './nftables-engine.ts';

export interface EngineContext {
  readonly paths: AmphoraPaths;
  readonly services: ServiceManager;
  readonly world: World;
  readonly log: Logger;
  /** local0 to local7, of keepalived's own log. */
  readonly logFacility: number;
}

/** keepalived with IP_VS where the kernel has it and its tool is installed, otherwise nftables. */
export async function chooseL4Engine(context: EngineContext): Promise<L4Engine> {
  return (await hasIpvs(context.world)) ? new KeepalivedEngine(context) : new NftablesEngine(context);
}

/** A matter of the kernel: asked once for all agents of this process. */
let answer: Promise<boolean> | null = null;

function hasIpvs(world: World): Promise<boolean> {
  answer ??= askForIpvs(world);
  return answer;
}

async function askForIpvs(world: World): Promise<boolean> {
  try {
    await world.runInNetwork(['ipvsadm', '-Ln']);
    return true;
  } catch (error) {
    if (error instanceof CommandFailed) return false;
    throw error;
  }
}
