import { rm } from 'node:fs/promises';
import { reasonOf } from '../../../lib/errors.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import { parseHaproxyConfig } from '../../haproxy/parse-config.ts';
import { planChange } from '../../haproxy/plan-runtime-change.ts';
import { readServersState } from '../../haproxy/read-stats.ts';
import { isRefused, isUnknownServer } from '../../haproxy/runtime-answers.ts';
import type { AmphoraPaths } from '../amphora-paths.ts';
import { readTextOrNull, replaceFile } from '../../../lib/replace-file.ts';
import type { HaproxyService } from './haproxy-service.ts';
import { askHaproxy, HaproxyUnreachable } from './haproxy-socket.ts';
import { areCertificatesStale, digestCertificates, rememberLoaded } from './loaded-certificates.ts';
import { removeUnusedCertificates } from './unused-certificates.ts';
import { isOwnProxy } from '../../haproxy/own-proxies.ts';

export interface ApplyOptions {
  readonly paths: AmphoraPaths;
  readonly service: HaproxyService;
  readonly log: Logger;
}

/**
 * Brings running haproxies to their uploaded configuration with the least disturbance: changes of members go through the
 * runtime API, anything else is a reload. Which configuration a process runs is remembered in `haproxy.cfg.running`, which
 * certificates it has read in `haproxy.cfg.certificates`.
 */
export class ConfigApplier {
  readonly #options: ApplyOptions;
  /** `del server` commands that wait until the server's connections have ended, by load balancer. */
  readonly #removals = new Map<string, Set<string>>();

  constructor(options: ApplyOptions) {
    this.#options = options;
  }

  async start(id: string): Promise<void> {
    if (await this.#options.service.isRunning(id)) return this.reload(id);
    await this.#loading(id, () => this.#options.service.start(id));
    await this.#forgetKeys(id, await this.#remember(id));
  }

  async reload(id: string): Promise<void> {
    const { paths, service, log } = this.#options;
    const how = (await service.isRunning(id)) && !(await areCertificatesStale(paths, id)) ? await this.#applyAtRuntime(id) : 'reload';
    if (how === 'reload') {
      await this.#loading(id, () => service.reload(id));
      this.#removals.delete(id);
    }
    log.info({ lb: id, how }, 'haproxy configuration applied');
    const loaded = await this.#remember(id);
    if (how === 'reload') await this.#forgetKeys(id, loaded);
  }

  async stop(id: string): Promise<void> {
    await rm(this.#options.paths.onHost(runningConfig(this.#options.paths, id)), { force: true });
    await this.#options.service.stop(id);
  }

  /** True between start and stop, also while the process is gone. */
  async isStarted(id: string): Promise<boolean> {
    return (await readTextOrNull(this.#options.paths.onHost(runningConfig(this.#options.paths, id)))) !== null;
  }

  forget(id: string): void {
    this.#removals.delete(id);
  }

  /** Tries again to take away servers whose connections had not ended; called now and then. */
  async finishRemovals(id: string): Promise<void> {
    const waiting = this.#removals.get(id);
    for (const command of waiting ?? []) {
      const answer = await this.#ask(id, command).catch((error: unknown) => {
        if (error instanceof HaproxyUnreachable) return null;
        throw error;
      });
      if (answer !== null && (!isRefused(command, answer) || isUnknownServer(answer))) waiting?.delete(command);
    }
    if (waiting?.size === 0) this.#removals.delete(id);
  }

  /** `<backend>/<server>` that the configuration no longer has but that still end their connections. */
  leaving(id: string): ReadonlySet<string> {
    return new Set([...(this.#removals.get(id) ?? [])].map((command) => command.split(' ')[2] ?? ''));
  }

  async #applyAtRuntime(id: string): Promise<'none' | 'runtime' | 'reload'> {
    const { paths, log } = this.#options;
    const running = await readTextOrNull(paths.onHost(runningConfig(paths, id)));
    const wanted = await readTextOrNull(paths.onHost(paths.haproxyConfig(id)));
    if (running === null || wanted === null) return 'reload';
    try {
      await this.finishRemovals(id);
      const live = readServersState(await this.#ask(id, 'show servers state'));
      const change = planChange(parseHaproxyConfig(running), parseHaproxyConfig(wanted), new Set(live.map((server) => `${server.backend}/${server.name}`)));
      if (change.kind === 'reload') log.debug({ lb: id, reason: change.reason }, 'The change needs a reload');
      if (change.kind !== 'runtime') return change.kind;
      for (const command of change.commands) {
        const answer = await this.#ask(id, command);
        if (isRefused(command, answer)) {
          log.warn({ lb: id, command, answer }, 'haproxy refused a runtime change, reloading');
          return 'reload';
        }
      }
      this.#removals.set(id, new Set([...(this.#removals.get(id) ?? []), ...change.removals]));
      await this.finishRemovals(id);
      return (await this.#hasWantedServers(id, wanted)) ? 'runtime' : 'reload';
    } catch (error) {
      log.warn({ lb: id, reason: reasonOf(error) }, 'Runtime change failed, reloading');
      return 'reload';
    }
  }

  /** What the process says it has now, compared with the file: a plan that missed something ends in a reload. */
  async #hasWantedServers(id: string, wanted: string): Promise<boolean> {
    const leaving = this.leaving(id);
    const live = readServersState(await this.#ask(id, 'show servers state')).map((server) => `${server.backend}/${server.name}`);
    const expected = parseHaproxyConfig(wanted).sections.filter((section) => section.kind === 'backend')
      .flatMap((section) => section.directives.filter(([keyword]) => keyword === 'server').map((directive) => `${section.name}/${directive[1]}`));
    const present = new Set(live.filter((path) => !leaving.has(path) && !isOwnServer(path)));
    const served = expected.filter((path) => !isOwnServer(path));
    return present.size === served.length && served.every((path) => present.has(path));
  }

  async #loading(id: string, load: () => Promise<void>): Promise<void> {
    const digests = await digestCertificates(this.#options.paths, id);
    await load();
    await rememberLoaded(this.#options.paths, id, digests);
  }

  async #remember(id: string): Promise<string | null> {
    const { paths } = this.#options;
    const config = await readTextOrNull(paths.onHost(paths.haproxyConfig(id)));
    if (config !== null) await replaceFile(paths.onHost(runningConfig(paths, id)), config, 0o600);
    return config;
  }

  /** Which keys are needed is told from the files: whoever uploaded them may not be the one who uploads now. */
  async #forgetKeys(id: string, loaded: string | null): Promise<void> {
    const { paths, log } = this.#options;
    if (loaded === null) return;
    try {
      const removed = await removeUnusedCertificates(paths, id, loaded);
      if (removed.length > 0) log.info({ lb: id, removed }, 'TLS files that nothing names any more were removed');
    } catch (error) {
      log.warn({ lb: id, reason: reasonOf(error) }, 'TLS files that nothing names any more could not be removed');
    }
  }

  #ask(id: string, command: string): Promise<string> {
    const { paths } = this.#options;
    return askHaproxy(paths.onHost(paths.adminSocket(id)), command);
  }
}

function runningConfig(paths: AmphoraPaths, id: string): string {
  return `${paths.haproxyConfig(id)}.running`;
}

function isOwnServer(path: string): boolean {
  return isOwnProxy(path.split('/')[0] ?? '');
}
