import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { OctaviaError, reasonOf } from '../../../lib/errors.ts';
import { killHard } from '../../../lib/kill.ts';
import { childrenOf, isSameProcessAlive, lookAt } from '../../../lib/linux/process-look.ts';
import type { ProcessIdentity } from '../../../lib/linux/process-look.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import { peerName } from '../../protocol/peer-name.ts';
import { HaproxyConfigUnreadable, parseHaproxyConfig } from '../../haproxy/parse-config.ts';
import { HaproxyStatsUnreadable } from '../../haproxy/read-stats.ts';
import { prepareServerState } from '../../haproxy/server-state-file.ts';
import type { AmphoraPaths } from '../amphora-paths.ts';
import { readTextOrNull, replaceFile } from '../../../lib/replace-file.ts';
import { ServiceFailed } from '../services/service-manager.ts';
import type { ServiceManager, ServiceSpec } from '../services/service-manager.ts';
import { askHaproxy, HaproxyUnreachable, workerPid } from './haproxy-socket.ts';

const POLL_MS = 3;
const READY_TIMEOUT_MS = 15_000;
const RELOAD_ATTEMPTS = 3;
/** A master that has just started its worker loses a signal now and then. */
const SIGNAL_AGAIN_MS = 500;
/** What a master says at once when it begins to reload: haproxy 2.6 and later, and before. */
const HEARD = /Reloading HAProxy|Reexecuting Master process/;

export interface HaproxyServiceOptions {
  readonly amphoraId: string;
  readonly paths: AmphoraPaths;
  readonly services: ServiceManager;
  readonly haproxyCommand: string;
  readonly log: Logger;
}

/** One load balancer's haproxy: a master that keeps its workers, reloaded without losing a connection. */
export class HaproxyService {
  readonly #options: HaproxyServiceOptions;

  constructor(options: HaproxyServiceOptions) {
    this.#options = options;
  }

  /** Arguments that name the configuration, in the order haproxy must read it. */
  configArguments(id: string, config: string): string[] {
    const { amphoraId, paths } = this.#options;
    return ['-L', peerName(amphoraId), '-f', paths.haproxyPreamble(id), '-f', config, '-f', paths.userGroupConfig];
  }

  isRunning(id: string): Promise<boolean> {
    return this.#options.services.running(serviceName(id)).then((process) => process !== null);
  }

  /** Starts haproxy and waits until it serves; running already is success. Throws ServiceFailed with what haproxy said. */
  async start(id: string): Promise<void> {
    const { paths, services, haproxyCommand } = this.#options;
    const spec: ServiceSpec = {
      name: serviceName(id),
      description: 'HAProxy Load Balancer',
      command: [haproxyCommand, '-W', '-db', '-p', paths.haproxyPid(id), ...this.configArguments(id, paths.effectiveConfig(id))],
      // The servers' state is for reloads: one that starts anew would go by checks of long ago and by ports and addresses of them.
      stalePidFiles: [paths.haproxyPid(id), paths.serverState(id)],
      isLimited: true,
    };
    await services.start(spec);
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while ((await this.#answeringWorker(id)) === null) {
      if ((await services.exits(spec.name)) > 0 || Date.now() > deadline) {
        const output = await services.output(spec.name);
        // Left alone it would be tried for ever with a configuration that cannot run.
        await services.remove(spec.name);
        throw new ServiceFailed(spec.name, 'does not start', output);
      }
      await sleep(POLL_MS);
    }
  }

  async stop(id: string): Promise<void> {
    await this.#options.services.stop(serviceName(id));
  }

  async remove(id: string): Promise<void> {
    await this.#options.services.remove(serviceName(id));
  }

  /**
   * Kills every process of a haproxy that hangs, for its supervisor to start it anew. An amphora that stands still as a
   * whole, supervisor included, is left alone: nothing would start again, and VRRP has noticed.
   */
  async endHung(id: string, worker: number): Promise<void> {
    const { services, log } = this.#options;
    const master = await services.running(serviceName(id));
    const supervisor = master && lookAt(lookAt(master.pid)?.parent ?? 0);
    if (!master || supervisor?.state === 'T') return;
    log.error({ lb: id, worker }, 'haproxy hangs and is started anew');
    for (const pid of new Set([...childrenOf(master.pid), master.pid])) killHard(pid);
  }

  /** Loads the configuration file without losing a connection; starts haproxy when it does not run. */
  async reload(id: string): Promise<void> {
    const { services, log } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const master = await services.running(serviceName(id));
      if (!master) return this.start(id);
      if (!(await this.#isOurs(id, master))) return this.#replaceForeign(id);
      try {
        await this.#saveServerState(id);
        return await this.#replaceWorker(id, master);
      } catch (error) {
        if (attempt >= RELOAD_ATTEMPTS || !(error instanceof ServiceFailed && error.retry === 'retry')) throw error;
        log.warn({ lb: id, attempt, reason: reasonOf(error) }, 'Reload of haproxy failed, trying again');
      }
    }
  }

  /** One that the Python agent has started, on a machine that has changed its agent, lacks our settings. */
  async #isOurs(id: string, master: ProcessIdentity): Promise<boolean> {
    const commandLine = await readTextOrNull(`/proc/${master.pid}/cmdline`);
    return commandLine === null || commandLine.split('\0').includes(this.#options.paths.haproxyPreamble(id));
  }

  /** Once for each load balancer: connections end, as nothing could be handed over. */
  async #replaceForeign(id: string): Promise<void> {
    this.#options.log.warn({ lb: id }, 'haproxy was started by another agent and is started anew');
    await this.stop(id);
    await this.start(id);
  }

  /** Without it every server would start unchecked after a reload. A failure only costs that: the state of a former one is worse than none. */
  async #saveServerState(id: string): Promise<void> {
    const { paths, log } = this.#options;
    try {
      const dump = await askHaproxy(paths.onHost(paths.adminSocket(id)), 'show servers state');
      const wanted = parseHaproxyConfig((await readTextOrNull(paths.onHost(paths.haproxyConfig(id)))) ?? '');
      await replaceFile(paths.onHost(paths.serverState(id)), prepareServerState(dump, wanted), 0o644);
    } catch (error) {
      if (!(error instanceof HaproxyUnreachable || error instanceof HaproxyStatsUnreadable || error instanceof HaproxyConfigUnreadable)) throw error;
      log.warn({ lb: id, reason: reasonOf(error) }, 'State of the servers was not saved before the reload');
      await rm(paths.onHost(paths.serverState(id)), { force: true });
    }
  }

  async #replaceWorker(id: string, master: ProcessIdentity): Promise<void> {
    const { services } = this.#options;
    const name = serviceName(id);
    const before = await this.#workersOf(id, master);
    await services.forgetOutput(name);
    let signalledAt = 0;
    const deadline = Date.now() + READY_TIMEOUT_MS;
    for (;;) {
      const worker = await this.#answeringWorker(id);
      if (worker !== null && signalledAt > 0 && !before.has(worker)) return;
      const output = await services.output(name);
      // The first time in any case: what is heard by then began before this configuration was there.
      const isLost = signalledAt > 0 && Date.now() - signalledAt > SIGNAL_AGAIN_MS && !HEARD.test(output);
      if ((signalledAt === 0 || isLost) && isSameProcessAlive(master)) {
        process.kill(master.pid, 'SIGUSR2');
        signalledAt = Date.now();
      }
      if (/^\[ALERT\].*(?:Fatal errors found in configuration|cannot bind|Starting frontend|Failed to load worker)/m.test(output)) {
        throw new ReloadRefused(name, output);
      }
      // A master that died was started anew by its supervisor, with the new configuration.
      if (!isSameProcessAlive(master) && (await services.running(name))) return this.start(id);
      if (Date.now() > deadline) throw new ServiceFailed(name, 'does not load its new configuration', output);
      await sleep(POLL_MS);
    }
  }

  /** By their master too: one that is silent at this moment must not be taken for a new one when it answers again. */
  async #workersOf(id: string, master: ProcessIdentity): Promise<ReadonlySet<number>> {
    const answering = await this.#answeringWorker(id);
    return new Set([...childrenOf(master.pid), ...(answering === null ? [] : [answering])]);
  }

  async #answeringWorker(id: string): Promise<number | null> {
    const { paths } = this.#options;
    try {
      return await workerPid(paths.onHost(paths.adminSocket(id)), 2000);
    } catch (error) {
      if (error instanceof HaproxyUnreachable) return null;
      throw error;
    }
  }
}

/** haproxy keeps serving the old configuration: the new one passed the check but cannot run. */
export class ReloadRefused extends OctaviaError {
  readonly output: string;

  constructor(name: string, output: string) {
    super('haproxy-reload-refused', `${name} keeps its old configuration: ${output.trim().slice(-1500)}`);
    this.output = output;
  }
}

function serviceName(loadBalancerId: string): string {
  return `haproxy-${loadBalancerId}`;
}
