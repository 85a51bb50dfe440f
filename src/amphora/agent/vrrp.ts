import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkScript, haproxyCheckScript, lvsCheckScript } from '../keepalived/check-scripts.ts';
import type { AmphoraPaths } from './amphora-paths.ts';
import { virtualAddresses } from '../keepalived/virtual-addresses.ts';
import { haproxyVrrpCheck } from './haproxy/vrrp-check.ts';
import { readTextOrNull, replaceFile } from '../../lib/replace-file.ts';
import { Serial } from './serial.ts';
import { ServiceFailed } from './services/service-manager.ts';
import type { ServiceManager, ServiceSpec } from './services/service-manager.ts';

const SERVICE = 'octavia-keepalived';
const SETTLE_TIMEOUT_MS = 3000;
const POLL_MS = 5;
/** Each look starts a program. */
const HAND_OVER_POLL_MS = 15;

/**
 * Takes keepalived out of the queue for the processor, as late advertisements look like a dead node; where that is not
 * allowed it runs all the same. keepalived's own `vrrp_rt_priority` brings a limit of processor time with it which, without
 * CAP_SYS_RESOURCE, falls to 10 ms for good at the first reload: the kernel then kills the process that sends the
 * advertisements, and keepalived waits seconds before it starts another.
 */
const REALTIME = ['sh', '-c', 'chrt --rr 50 true 2>/dev/null && exec chrt --rr 50 "$@"; exec "$@"', 'sh'];

export interface VrrpOptions {
  readonly paths: AmphoraPaths;
  readonly services: ServiceManager;
  /** local0 to local7, of keepalived's own log in the syslog. */
  readonly logFacility: () => number;
  /** The amphora has a syslog, and the agent for itself. Else keepalived prints its lines, which the agent follows. */
  readonly isWholeMachine: boolean;
  readonly listLoadBalancers: () => Promise<readonly string[]>;
  readonly listLvsListeners: () => Promise<readonly string[]>;
  /** Addresses that this node has on any interface. */
  readonly listAddresses: () => Promise<readonly string[]>;
}

/** keepalived of an active-standby amphora and the scripts by which it judges this node. */
export class Vrrp {
  readonly #options: VrrpOptions;
  readonly #checks = new Serial();

  constructor(options: VrrpOptions) {
    this.#options = options;
  }

  async isConfigured(): Promise<boolean> {
    const { paths } = this.#options;
    return (await readTextOrNull(paths.onHost(paths.vrrpConfig))) !== null;
  }

  /** True when keepalived runs, judged by its process: pid files lie (limits, pitfall 2). */
  async isRunning(): Promise<boolean> {
    return (await this.#options.services.running(SERVICE)) !== null;
  }

  async store(config: Buffer): Promise<void> {
    const { paths } = this.#options;
    await mkdir(paths.onHost(paths.vrrpCheckScripts), { recursive: true, mode: 0o755 });
    await this.#installScripts();
    await this.updateHaproxyCheck(null);
    await replaceFile(paths.onHost(paths.vrrpConfig), config, 0o644);
  }

  /** Starts keepalived, or lets the running one read its configuration again. */
  async start(): Promise<'start' | 'reload'> {
    if (await this.isRunning()) {
      await this.reload();
      return 'reload';
    }
    const { paths, services, logFacility, isWholeMachine } = this.#options;
    const pidFiles = (['pid', 'vrrp.pid', 'check.pid'] as const).map((kind) => paths.vrrpPid(kind));
    const [main = '', vrrp = '', check = ''] = pidFiles;
    const spec: ServiceSpec = {
      name: SERVICE,
      description: 'Keepalive Daemon (VRRP)',
      command: [...REALTIME, 'keepalived', '--dont-fork', ...keepalivedLog(isWholeMachine, logFacility()), '-f', paths.vrrpConfig, '-p', main, '-r', vrrp, '-c', check],
      stalePidFiles: pidFiles,
    };
    await services.start(spec);
    // keepalived writes its pid file once it has read its configuration and stays.
    const deadline = Date.now() + SETTLE_TIMEOUT_MS;
    while ((await readTextOrNull(paths.onHost(vrrp))) === null) {
      if ((await services.exits(SERVICE)) > 0 || Date.now() > deadline) {
        const output = await services.output(SERVICE);
        await services.remove(SERVICE);
        throw new ServiceFailed(SERVICE, 'does not start', output);
      }
      await sleep(POLL_MS);
    }
    await this.#rememberLoaded();
    return 'start';
  }

  async stop(): Promise<void> {
    await this.#options.services.stop(SERVICE);
  }

  /** Resolves once this node holds none of the addresses that keepalived manages. @param signal gives up, without an error */
  async untilHandedOver(signal: AbortSignal): Promise<void> {
    const managed = new Set(virtualAddresses((await this.#config()) ?? ''));
    while (!signal.aborted && (await this.#options.listAddresses()).some((address) => managed.has(address))) await sleep(HAND_OVER_POLL_MS);
  }

  /**
   * Loads another configuration; what keepalived has already is left alone. A reload stops the advertisements for a moment,
   * which on a busy machine is enough for the other node to take the VIP.
   */
  async reload(): Promise<void> {
    const process_ = await this.#options.services.running(SERVICE);
    if (!process_) return void (await this.start());
    if ((await readTextOrNull(this.#loadedFile)) === (await this.#config())) return;
    process.kill(process_.pid, 'SIGHUP');
    await this.#rememberLoaded();
  }

  /** Kept in a file: this agent may be killed and keepalived goes on. */
  async #rememberLoaded(): Promise<void> {
    const config = await this.#config();
    if (config !== null) await replaceFile(this.#loadedFile, config, 0o644);
  }

  #config(): Promise<string | null> {
    return readTextOrNull(this.#options.paths.onHost(this.#options.paths.vrrpConfig));
  }

  get #loadedFile(): string {
    return `${this.#options.paths.onHost(this.#options.paths.vrrpConfig)}.loaded`;
  }

  /** Rewrites the check of the haproxies; `stopped` is left out because it is about to stop. Uploads and starts ask for it side by side. */
  updateHaproxyCheck(stopped: string | null): Promise<void> {
    return this.#checks.run(() => this.#writeHaproxyCheck(stopped));
  }

  async #writeHaproxyCheck(stopped: string | null): Promise<void> {
    const { paths, listLoadBalancers, listLvsListeners } = this.#options;
    const [loadBalancers, listeners] = await Promise.all([listLoadBalancers(), listLvsListeners()]);
    const script = paths.onHost(paths.haproxyCheckScript);
    if (loadBalancers.length === 0 && listeners.length > 0) return rm(script, { force: true });
    const sockets = loadBalancers.filter((id) => id !== stopped).map((id) => paths.statsSocket(id));
    // All haproxies stopped on purpose: the original asks none and so keeps the node eligible.
    const text = loadBalancers.length > 0 && sockets.length === 0 ? 'exit 0\n' : haproxyCheckScript(sockets, `sh ${this.#checkCommand}`);
    await replaceFile(script, text, 0o755);
  }

  /** Lets keepalived fail this node when a process that serves UDP or SCTP is gone. */
  async installLvsCheck(): Promise<void> {
    const { paths } = this.#options;
    await replaceFile(paths.onHost(paths.lvsVrrpCheckScript), lvsCheckScript(paths.lvsDir), 0o755);
  }

  get #checkCommand(): string {
    return join(this.#options.paths.vrrpDir, 'haproxy-vrrp-check');
  }

  async #installScripts(): Promise<void> {
    const { paths, isWholeMachine } = this.#options;
    await replaceFile(paths.onHost(paths.vrrpCheckScript), checkScript(paths.vrrpCheckScripts), 0o755);
    await replaceFile(paths.onHost(this.#checkCommand), haproxyVrrpCheck(isWholeMachine ? paths.agentPid : null), 0o755);
    await chmod(paths.onHost(paths.vrrpDir), 0o755);
  }
}

/** Where keepalived logs to. */
export function keepalivedLog(hasSyslog: boolean, facility: number): readonly string[] {
  return hasSyslog ? [`--log-facility=${facility}`] : ['--log-console', '--no-syslog'];
}
