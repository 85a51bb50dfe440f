import { rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { reasonOf } from '../../../lib/errors.ts';
import { nftApply } from '../../../lib/linux/nft.ts';
import { CommandFailed } from '../../../lib/run.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import { flowsToForget } from '../../l4/forget-flows.ts';
import { L4ConfigRejected } from '../../l4/l4-service.ts';
import type { L4Service } from '../../l4/l4-service.ts';
import { parseLvs } from '../../l4/parse-lvs.ts';
import { removeNftables, renderNftables, tableName } from '../../l4/render-nftables.ts';
import type { AmphoraPaths } from '../amphora-paths.ts';
import { readTextOrNull, replaceFile } from '../../../lib/replace-file.ts';
import { Serial } from '../serial.ts';
import { ServiceFailed } from '../services/service-manager.ts';
import type { World } from '../world.ts';
import { countFlows } from './count-flows.ts';
import { endFlows } from './end-flows.ts';
import type { L4Engine, L4Report } from './l4-engine.ts';
import { MemberChecks } from './member-checks.ts';
import { listLvsConfigs } from './list-configs.ts';
import { nftablesReport } from './nftables-report.ts';

const FLOW_SAMPLE_MS = 5000;

interface Served {
  readonly service: L4Service;
  readonly checks: MemberChecks;
  readonly down: ReadonlySet<string>;
  readonly flows: ReadonlyMap<string, number>;
}

export interface NftablesEngineOptions {
  readonly paths: AmphoraPaths;
  readonly world: World;
  readonly log: Logger;
}

/**
 * Balances in nftables, for kernels without IP_VS. The rules live in the kernel and outlive the agent; the members' health
 * is checked from here. What the kernel has is remembered in `<configuration>.applied`, and members that it leaves out
 * because they are down in `<configuration>.down`.
 */
export class NftablesEngine implements L4Engine {
  readonly kind = 'nftables';
  readonly #options: NftablesEngineOptions;
  readonly #served = new Map<string, Served>();
  readonly #serial = new Serial();
  #sampler: NodeJS.Timeout | null = null;
  #sampling: Promise<void> | null = null;

  constructor(options: NftablesEngineOptions) {
    this.#options = options;
  }

  apply(id: string): Promise<void> {
    return this.#serial.run(async () => {
      const { paths } = this.#options;
      const config = await readTextOrNull(paths.onHost(paths.lvsConfig(id)));
      try {
        const service = parseLvs(config ?? '');
        const before = this.#served.get(id);
        const down = before?.checks.stillDown(service) ?? new Set<string>();
        await this.#load(service, before ?? null, down, before?.flows ?? new Map());
        await replaceFile(this.#appliedFile(id), config ?? '', 0o644);
        await this.#rememberDown(id, down);
        this.#serve(id, service, down);
      } catch (error) {
        if (error instanceof L4ConfigRejected) throw new ServiceFailed(id, 'cannot be served', error.message);
        if (error instanceof CommandFailed) throw new ServiceFailed(id, 'was refused by nftables', error.stderr);
        throw error;
      }
    });
  }

  stop(id: string): Promise<void> {
    return this.#serial.run(async () => {
      const served = this.#served.get(id);
      served?.checks.close();
      this.#served.delete(id);
      if ((await readTextOrNull(this.#appliedFile(id))) === null) return;
      await nftApply(removeNftables(id), this.#options.world.netns);
      if (served) await this.#forget(served.service, served.down, { ...served.service, pool: null }, new Set());
      await rm(this.#appliedFile(id), { force: true });
      await this.#rememberDown(id, new Set());
    });
  }

  async remove(id: string): Promise<void> {
    await this.stop(id);
  }

  async isRunning(id: string): Promise<boolean> {
    return this.#served.has(id);
  }

  async report(id: string): Promise<L4Report | null> {
    const served = this.#served.get(id);
    if (!served?.service.isEnabled) return null;
    const hasTable = served.service.pool?.isEnabled === true && served.service.vips.length > 0;
    const listing = hasTable ? (await this.#options.world.runInNetwork(['nft', '-j', 'list', 'counters', 'table', 'inet', tableName(id)])).stdout : null;
    return nftablesReport(served.service, served.down, served.flows, listing);
  }

  /** Rules that are in the kernel stay as they are; those that a reboot took away are loaded again. */
  async adopt(): Promise<void> {
    const { paths, world, log } = this.#options;
    for (const id of await listLvsConfigs(paths)) {
      const applied = await readTextOrNull(this.#appliedFile(id));
      if (applied === null) continue;
      try {
        const service = parseLvs(applied);
        const down = new Set(((await readTextOrNull(this.#downFile(id))) ?? '').split('\n').filter((member) => member !== ''));
        if (!(await this.#hasTable(id))) await this.#load(service, null, down, new Map());
        this.#serve(id, service, down);
      } catch (error) {
        if (!(error instanceof L4ConfigRejected || error instanceof CommandFailed)) throw error;
        log.error({ listener: id, netns: world.netns, reason: reasonOf(error) }, 'A UDP or SCTP listener could not be restored');
      }
    }
  }

  async close(): Promise<void> {
    if (this.#sampler) clearInterval(this.#sampler);
    for (const { checks } of this.#served.values()) checks.close();
    await this.#sampling;
    await this.#serial.run(async () => undefined);
  }

  #serve(id: string, service: L4Service, down: ReadonlySet<string>): void {
    const { world, log } = this.#options;
    const before = this.#served.get(id);
    before?.checks.close();
    const checks = new MemberChecks({ service, down, world, onChange: () => this.#healthChanged(id) });
    this.#served.set(id, { service, checks, down, flows: before?.flows ?? new Map() });
    checks.start();
    log.info({ listener: id }, 'UDP or SCTP listener is served by nftables');
    this.#sampler ??= setInterval(() => this.#sample(), FLOW_SAMPLE_MS).unref();
  }

  #healthChanged(id: string): void {
    void this.#serial.run(() => this.#followHealth(id)).catch((error: unknown) => {
      this.#options.log.error({ listener: id, reason: reasonOf(error) }, 'A change of member health was not applied; it is tried again soon');
    });
  }

  /** Has the kernel leave out those members that the present checks find down; nothing when it does. Within the serial. */
  async #followHealth(id: string): Promise<void> {
    const served = this.#served.get(id);
    const down = served?.checks.down ?? new Set();
    if (!served || isDeepStrictEqual(down, served.down)) return;
    await this.#load(served.service, served, down, served.flows);
    this.#served.set(id, { ...served, down });
    await this.#rememberDown(id, down);
    this.#options.log.info({ listener: id, down: [...down] }, 'Members that are down changed');
  }

  async #load(service: L4Service, before: Pick<Served, 'service' | 'down'> | null, down: ReadonlySet<string>, flows: ReadonlyMap<string, number>): Promise<void> {
    await nftApply(renderNftables(service, { down, activeFlows: flows, previous: before?.service ?? null }), this.#options.world.netns);
    if (before) await this.#forget(before.service, before.down, service, down);
  }

  async #forget(before: L4Service, beforeDown: ReadonlySet<string>, after: L4Service, afterDown: ReadonlySet<string>): Promise<void> {
    for (const words of flowsToForget(before, beforeDown, after, afterDown)) await endFlows(words, this.#options.world);
  }

  /** Where counting takes longer than the interval, rounds must not pile up before changes of the configuration. */
  #sample(): void {
    this.#sampling ??= this.#sampleFlows().finally(() => {
      this.#sampling = null;
    });
  }

  /** Counts the flows of each member; least connections chooses anew by them. Before that, does what failed when health changed. */
  async #sampleFlows(): Promise<void> {
    for (const id of this.#served.keys()) {
      await this.#serial.run(async () => {
        await this.#followHealth(id);
        const served = this.#served.get(id);
        if (!served?.service.isEnabled) return;
        const flows = await countFlows(served.service, this.#options.world);
        const isChanged = [...flows].some(([member, count]) => served.flows.get(member) !== count);
        if (isChanged && served.service.pool?.algorithm === 'lc') await this.#load(served.service, served, served.down, flows);
        this.#served.set(id, { ...served, flows });
      }).catch((error: unknown) => this.#options.log.warn({ listener: id, reason: reasonOf(error) }, 'Health and flows of members could not be followed'));
    }
  }

  async #hasTable(id: string): Promise<boolean> {
    try {
      await this.#options.world.runInNetwork(['nft', 'list', 'counters', 'table', 'inet', tableName(id)]);
      return true;
    } catch (error) {
      if (error instanceof CommandFailed) return false;
      throw error;
    }
  }

  async #rememberDown(id: string, down: ReadonlySet<string>): Promise<void> {
    if (down.size === 0) await rm(this.#downFile(id), { force: true });
    else await replaceFile(this.#downFile(id), [...down].join('\n'), 0o644);
  }

  #downFile(id: string): string {
    return this.#options.paths.onHost(`${this.#options.paths.lvsConfig(id)}.down`);
  }

  #appliedFile(id: string): string {
    return this.#options.paths.onHost(`${this.#options.paths.lvsConfig(id)}.applied`);
  }
}
