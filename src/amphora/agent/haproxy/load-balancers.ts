import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailed } from '../../../lib/run.ts';
import { renderMetricsBridge } from '../prometheus/bridge-config.ts';
import type { AmphoraPaths } from '../amphora-paths.ts';
import { isMissingFile } from '../../../lib/missing-file.ts';
import { haproxyVersion } from '../package-versions.ts';
import { readTextOrNull, replaceFile } from '../../../lib/replace-file.ts';
import type { World } from '../world.ts';
import { factsOf, withConnectionLimit, withoutGroup } from './config-facts.ts';
import type { ConfigFacts } from './config-facts.ts';
import type { HaproxyService } from './haproxy-service.ts';
import { connectionLimit, renderPreamble } from './preamble.ts';
import type { LogRing } from './preamble.ts';

/** Large configurations, and machines that hardly get their turn; the controller itself waits a minute. */
const CHECK_TIMEOUT_MS = 45_000;

/** `refused`: haproxy's own check said no; the file is kept aside and the old one stays. */
export type UploadOutcome = { readonly kind: 'stored'; readonly md5: string } | { readonly kind: 'refused'; readonly output: string };

/** The load balancers of an amphora as files: configuration, preamble, certificates. */
export class LoadBalancerFiles {
  readonly #paths: AmphoraPaths;
  readonly #world: World;
  readonly #haproxyCommand: string;
  readonly #logRing: LogRing | null;

  constructor(paths: AmphoraPaths, world: World, haproxyCommand: string, logRing: LogRing | null = null) {
    this.#logRing = logRing;
    this.#paths = paths;
    this.#world = world;
    this.#haproxyCommand = haproxyCommand;
  }

  /** Ids of load balancers that have a configuration. */
  async list(): Promise<string[]> {
    const names = await readdir(this.#paths.onHost(this.#paths.base)).catch((error: unknown) => {
      if (isMissingFile(error)) return [];
      throw error;
    });
    const present = await Promise.all(names.map(async (name) => ((await this.exists(name)) ? [name] : [])));
    return present.flat().sort();
  }

  async exists(id: string): Promise<boolean> {
    const found = await stat(this.#paths.onHost(this.#paths.haproxyConfig(id))).catch((error: unknown) => {
      if (isMissingFile(error) || (error instanceof Error && 'code' in error && error.code === 'ENOTDIR')) return null;
      throw error;
    });
    return found !== null;
  }

  config(id: string): Promise<string | null> {
    return readTextOrNull(this.#paths.onHost(this.#paths.haproxyConfig(id)));
  }

  async facts(id: string): Promise<ConfigFacts | null> {
    const config = await this.config(id);
    return config === null ? null : factsOf(config);
  }

  /** Lets haproxy check the configuration and puts it in place of the old one. Nothing running is touched. */
  async store(id: string, body: Buffer, service: HaproxyService): Promise<UploadOutcome> {
    const config = withoutGroup(body.toString('utf8'));
    const [fresh, freshEffective] = [`${this.#paths.haproxyConfig(id)}.new`, `${this.#paths.effectiveConfig(id)}.new`];
    await mkdir(this.#paths.onHost(this.#paths.loadBalancerDir(id)), { recursive: true, mode: 0o755 });
    const facts = readFacts(config);
    await writeFile(this.#paths.onHost(fresh), config, { mode: 0o600 });
    if (typeof facts !== 'string') {
      await writeFile(this.#paths.onHost(freshEffective), await this.#limited(config, facts), { mode: 0o600 });
      await this.#writePreamble(id, facts);
    }
    const refusal = typeof facts === 'string' ? facts : await this.#check(service.configArguments(id, freshEffective));
    if (refusal !== null) {
      await rename(this.#paths.onHost(fresh), this.#paths.onHost(`${fresh}-failed`));
      return { kind: 'refused', output: refusal };
    }
    await rename(this.#paths.onHost(freshEffective), this.#paths.onHost(this.#paths.effectiveConfig(id)));
    await rename(this.#paths.onHost(fresh), this.#paths.onHost(this.#paths.haproxyConfig(id)));
    return { kind: 'stored', md5: createHash('md5').update(body).digest('hex') };
  }

  /** Takes away every file of the load balancer; none is success. */
  async remove(id: string): Promise<void> {
    const directories = [this.#paths.certificateDir(id), this.#paths.loadBalancerDir(id)];
    await Promise.all([...directories.map((path) => rm(this.#paths.onHost(path), { recursive: true, force: true })), rm(this.#paths.onHost(this.#paths.statsSocket(id)), { force: true })]);
  }

  certificateFile(id: string, fileName: string): string {
    return this.#paths.onHost(join(this.#paths.certificateDir(id), fileName));
  }

  async #limited(config: string, { maxConnections }: ConfigFacts): Promise<string> {
    return maxConnections === null ? config : withConnectionLimit(config, await connectionLimit(maxConnections, this.#logRing));
  }

  async #writePreamble(id: string, facts: ConfigFacts): Promise<void> {
    const bridge = facts.servesMetrics ? renderMetricsBridge(this.#paths, id) : '';
    await replaceFile(this.#paths.onHost(this.#paths.haproxyPreamble(id)), renderPreamble(this.#paths.adminSocket(id), this.#logRing, await haproxyVersion(this.#haproxyCommand)) + bridge, 0o600);
  }

  async #check(configArguments: readonly string[]): Promise<string | null> {
    try {
      await this.#world.run([this.#haproxyCommand, '-c', ...configArguments], { timeoutMs: CHECK_TIMEOUT_MS });
      return null;
    } catch (error) {
      if (error instanceof CommandFailed && error.exitCode !== null) return error.stderr + error.stdout;
      throw error;
    }
  }
}

/** The reason when the text is no configuration at all. */
function readFacts(config: string): ConfigFacts | string {
  try {
    return factsOf(config);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'haproxy-config-unreadable') return error.message;
    throw error;
  }
}
