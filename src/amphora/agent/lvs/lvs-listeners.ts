import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OctaviaError } from '../../../lib/errors.ts';
import type { AmphoraPaths } from '../amphora-paths.ts';
import { readTextOrNull, replaceFile } from '../../../lib/replace-file.ts';
import type { L4Engine, L4Report } from './l4-engine.ts';
import { listLvsConfigs } from './list-configs.ts';
import { UDP_CHECK } from './udp-check.ts';

/** An uploaded keepalived LVS configuration that cannot be stored. */
export class LvsConfigRefused extends OctaviaError {
  constructor(message: string) {
    super('lvs-config-refused', message);
  }
}

/** UDP and SCTP listeners of an amphora: their files, and the engine that serves them. */
export class LvsListeners {
  readonly #paths: AmphoraPaths;
  readonly engine: L4Engine;

  constructor(paths: AmphoraPaths, engine: L4Engine) {
    this.#paths = paths;
    this.engine = engine;
  }

  list(): Promise<string[]> {
    return listLvsConfigs(this.#paths);
  }

  config(id: string): Promise<string | null> {
    return readTextOrNull(this.#paths.onHost(this.#paths.lvsConfig(id)));
  }

  async exists(id: string): Promise<boolean> {
    return (await this.config(id)) !== null;
  }

  async store(id: string, body: Buffer): Promise<void> {
    if (body.includes(0)) throw new LvsConfigRefused('The configuration is no text.');
    const checkScript = this.#paths.onHost(this.#paths.lvsCheckScript);
    await mkdir(dirname(checkScript), { recursive: true, mode: 0o755 });
    await replaceFile(checkScript, UDP_CHECK, 0o755);
    await replaceFile(this.#paths.onHost(this.#paths.lvsConfig(id)), body, 0o644);
  }

  async apply(id: string): Promise<void> {
    await this.engine.apply(id);
  }

  async stop(id: string): Promise<void> {
    await this.engine.stop(id);
  }

  async remove(id: string): Promise<void> {
    await this.engine.remove(id);
    const files = [this.#paths.lvsConfig(id), ...(['pid', 'vrrp.pid', 'check.pid'] as const).map((kind) => this.#paths.lvsPid(id, kind))];
    await Promise.all(files.map((file) => rm(this.#paths.onHost(file), { force: true })));
  }

  /** ACTIVE, OFFLINE (stopped or without virtual server) or ERROR (should run and does not). */
  async status(id: string): Promise<'ACTIVE' | 'OFFLINE' | 'ERROR'> {
    const config = (await this.config(id)) ?? '';
    if (await this.engine.isRunning(id)) return config.includes('virtual_server') ? 'ACTIVE' : 'OFFLINE';
    const pidFile = await readTextOrNull(this.#paths.onHost(this.#paths.lvsPid(id, 'pid')));
    return pidFile === null ? 'OFFLINE' : 'ERROR';
  }

  report(id: string): Promise<L4Report | null> {
    return this.engine.report(id);
  }

  /** Addresses of the virtual servers. */
  async vips(id: string): Promise<string[]> {
    const config = (await this.config(id)) ?? '';
    const groups = [...config.matchAll(/^virtual_server_group \S+ \{\n([^}]*)\}/gm)].flatMap((group) => (group[1] ?? '').split('\n'));
    return groups.map((line) => line.trim().split(/\s+/)[0] ?? '').filter((address) => address !== '');
  }
}
