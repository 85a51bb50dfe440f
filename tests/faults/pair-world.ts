import { join } from 'node:path';
import { expect } from 'vitest';
import { until } from '../harness/until.ts';
import { NamespaceWorld, underTraffic, type Balanced } from './namespace-world.ts';
import { textsBelow } from './paths-below.ts';

/** Silent agents are given up after seconds instead of half a minute. */
const QUICK_TO_GIVE_UP = `active_connection_max_retries = 2
active_connection_retry_interval = 1
rest_request_conn_timeout = 1
rest_request_read_timeout = 2`;

/** Requests under way at one moment: a new one comes every 25 ms and takes a few, and after a pause of a busy machine several come at once. */
export const MOST_CUT = 8;

/** With further lines of two sections. */
export function pairConfig({ amphora = '', health = '' }: { readonly amphora?: string; readonly health?: string } = {}): string {
  return `[haproxy_amphora]\n${QUICK_TO_GIVE_UP}\n${amphora}\n\n[health_manager]\nheartbeat_timeout = 8\n${health}\n`;
}

/** A pair that faults happen to, and a load balancer beside it that must not notice. */
export class PairWorld {
  readonly world: NamespaceWorld;
  readonly pair: Balanced;
  readonly bystander: Balanced;
  #limit = 500;

  private constructor(world: NamespaceWorld, pair: Balanced, bystander: Balanced) {
    this.world = world;
    this.pair = pair;
    this.bystander = bystander;
  }

  static async start(config = pairConfig()): Promise<PairWorld> {
    const world = await NamespaceWorld.start(config);
    return new PairWorld(world, await world.balancer('pair', 'ACTIVE_STANDBY'), await world.balancer('bystander', 'SINGLE'));
  }

  async amphoraIds(): Promise<readonly string[]> {
    return (await Promise.all([this.pair, this.bystander].map(({ id }) => this.world.amphorae(id)))).flat().map((amphora) => String(amphora['id'])).toSorted();
  }

  /** Asks for a change that shows in the configuration of both amphorae. */
  async change(): Promise<void> {
    this.#limit += 1;
    await this.world.ask('PUT', `listeners/${this.pair.listener}`, { listener: { connection_limit: this.#limit } });
  }

  async status(): Promise<unknown> {
    return (await this.world.cloud.show(`/v2/lbaas/loadbalancers/${this.pair.id}`, 'loadbalancer'))['provisioning_status'];
  }

  /** Configurations that the amphorae of the pair run. */
  configurations(): readonly string[] {
    return textsBelow(join(this.world.dataDir, 'amphorae'), `${this.pair.id}/haproxy.cfg.running`);
  }

  /** Everything is ACTIVE and both amphorae run what was asked for last. */
  async untilApplied(): Promise<void> {
    await this.world.settled('pair', 60_000);
    const limits = (): readonly string[] => this.configurations().map((text) => /maxconn (5\d\d)/.exec(text)?.[1] ?? 'none');
    try {
      await until('both amphorae run it', async () => limits().join() === [this.#limit, this.#limit].join(), 60_000);
    } catch (error) {
      throw new Error(`asked for ${this.#limit}, running: ${limits().join()}; ${await this.world.reasons(this.pair.id)}`, { cause: error });
    }
  }

  /** No request fails while `work` goes on. Where it moves the pair's addresses, only what is under way just then may be cut. */
  async withoutFailures(work: () => Promise<void>, { moves = false } = {}): Promise<void> {
    for (const [url, report] of Object.entries(await underTraffic([this.pair, this.bystander], work))) {
      expect(report.requests, url).toBeGreaterThan(20);
      const isCut = (reason: string): boolean => moves && url === this.pair.url && reason === 'read ECONNRESET';
      expect([...report.failureReasons].filter(([reason, times]) => !isCut(reason) || times > MOST_CUT), url).toEqual([]);
    }
  }
}
