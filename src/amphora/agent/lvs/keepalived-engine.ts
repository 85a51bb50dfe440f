import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AmphoraPaths } from '../amphora-paths.ts';
import { readTextOrNull } from '../../../lib/replace-file.ts';
import { ServiceFailed } from '../services/service-manager.ts';
import type { ServiceManager } from '../services/service-manager.ts';
import { keepalivedLog } from '../vrrp.ts';
import type { World } from '../world.ts';
import { reportLvs } from './ipvs-report.ts';
import type { L4Engine, L4Report } from './l4-engine.ts';

const START_TIMEOUT_MS = 3000;
const POLL_MS = 5;
const PID_KINDS = ['pid', 'vrrp.pid', 'check.pid'] as const;

export interface KeepalivedEngineOptions {
  readonly paths: AmphoraPaths;
  readonly services: ServiceManager;
  readonly world: World;
  readonly logFacility: number;
}

/** One keepalived for each listener, balancing in the kernel's IP_VS. */
export class KeepalivedEngine implements L4Engine {
  readonly kind = 'lvs';
  readonly #paths: AmphoraPaths;
  readonly #services: ServiceManager;
  readonly #world: World;

  readonly #logFacility: number;

  constructor(options: KeepalivedEngineOptions) {
    this.#paths = options.paths;
    this.#services = options.services;
    this.#world = options.world;
    this.#logFacility = options.logFacility;
  }

  async apply(id: string): Promise<void> {
    const name = serviceName(id);
    const [main = '', vrrp = '', check = ''] = PID_KINDS.map((kind) => this.#paths.lvsPid(id, kind));
    // A reload would keep members in the state they had: the original restarts.
    await this.#services.stop(name);
    const keepalived = ['keepalived', '--dont-fork', ...keepalivedLog(this.#world.isWholeMachine, this.#logFacility), '-f', this.#paths.lvsConfig(id), '-p', main, '-r', vrrp, '-c', check];
    await this.#services.start({ name, description: 'Keepalive Daemon (LVS)', command: this.#underItsName(keepalived), stalePidFiles: [main, vrrp, check], isLimited: true });
    const deadline = Date.now() + START_TIMEOUT_MS;
    while ((await readTextOrNull(this.#paths.onHost(main))) === null) {
      if ((await this.#services.exits(name)) > 0 || Date.now() > deadline) {
        const output = await this.#services.output(name);
        await this.#services.remove(name);
        throw new ServiceFailed(name, 'does not start', output);
      }
      await sleep(POLL_MS);
    }
  }

  async stop(id: string): Promise<void> {
    await this.#services.stop(serviceName(id));
  }

  async remove(id: string): Promise<void> {
    await this.#services.remove(serviceName(id));
  }

  async isRunning(id: string): Promise<boolean> {
    return (await this.#services.running(serviceName(id))) !== null;
  }

  async report(id: string): Promise<L4Report | null> {
    const config = await readTextOrNull(this.#paths.onHost(this.#paths.lvsConfig(id)));
    if (config === null || !(await this.isRunning(id))) return null;
    const [listing, counters] = await Promise.all([this.#world.runInNetwork(['ipvsadm', '-Ln']), this.#world.runInNetwork(['ipvsadm', '-Ln', '--stats', '--exact'])]);
    return reportLvs({ config, listing: listing.stdout, counters: counters.stdout, isRestarting: await this.#isRestarting(id) });
  }

  async adopt(): Promise<void> {
    // The supervised daemons need nothing from this process.
  }

  async close(): Promise<void> {
    // They go on without it, too.
  }

  /** The configuration is newer than the checker that should have read it. */
  async #isRestarting(id: string): Promise<boolean> {
    const [config, check] = await Promise.all([
      stat(this.#paths.onHost(this.#paths.lvsConfig(id))),
      stat(this.#paths.onHost(this.#paths.lvsPid(id, 'check.pid'))).catch(() => null),
    ]);
    return check === null || config.mtimeMs > check.mtimeMs;
  }

  /** The configuration names the namespace `amphora-haproxy`: elsewhere this namespace appears under that name. */
  #underItsName(command: readonly string[]): readonly string[] {
    if (this.#world.isWholeMachine) return command;
    const script = 'mount -t tmpfs tmpfs /run/netns && : >/run/netns/amphora-haproxy && mount --bind /proc/self/ns/net /run/netns/amphora-haproxy && exec "$@"';
    // A mount namespace for each start: a restarted daemon must not mount onto its predecessor's.
    return ['unshare', '--mount', 'sh', '-c', script, 'sh', ...command];
  }
}

function serviceName(listenerId: string): string {
  return `octavia-keepalivedlvs-${listenerId}`;
}
