import type { AmphoraClientFactory } from '../amphora/client/amphora-client.ts';
import type { Config } from '../config/config.ts';
import type { CertGenerator } from '../drivers/certs/cert-manager.ts';
import { LONGEST_TIMER_MS, systemClock, type Clock } from '../lib/clock.ts';
import { purgeConditions } from '../store/conditions.ts';
import type { Store, Trx } from '../store/database.ts';
import { purgeEvents } from '../store/events.ts';
import { purgeSamples } from '../store/samples.ts';
import { silentLogger, type Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { measureRuns } from './housekeeping-metrics.ts';
import { purgeAmphorae, purgeLoadBalancers } from './purge.ts';
import { advanceRollout } from './rollout/advance-rollout.ts';
import { rotateCertificates } from './rotate-certificates.ts';

export interface HousekeepingOptions {
  readonly store: Store;
  readonly config: Pick<Config, 'house_keeping' | 'certificates'>;
  /** Without both of them no certificate is renewed. */
  readonly generator?: CertGenerator;
  readonly amphorae?: AmphoraClientFactory;
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly metrics?: Metrics;
}

export interface Housekeeping {
  /** Does every job at once and then at their intervals. */
  start(): void;
  /** Waits for what is running. */
  stop(): Promise<void>;
  /** One clean-up of the database now. */
  cleanUp(): Promise<void>;
  /** One round of renewals now. */
  rotate(): Promise<void>;
  /** Moves a rollout on, when there is one. */
  rollOut(): Promise<void>;
}

const ROLLOUT_INTERVAL_MS = 5000;

/** Forgets what was deleted long ago, renews agent certificates in time (contracts: features 3.8) and moves rollouts on. Any number may run. */
export function createHousekeeping(options: HousekeepingOptions): Housekeeping {
  const { store, generator, amphorae, clock = systemClock, log = silentLogger } = options;
  const settings = options.config.house_keeping;
  const timers: NodeJS.Timeout[] = [];
  let isStopping = false;

  const purge = async (what: string, ageSeconds: number, work: (trx: Trx, expiredBeforeMs: number) => Promise<string[]>) => {
    while (!isStopping) {
      const ids = await store.transaction((trx) => work(trx, clock.now() - ageSeconds * 1000));
      if (ids.length === 0) return;
      log.info({ what, ids }, 'Purged rows that were deleted long ago');
    }
  };
  const measured = measureRuns(options.metrics);
  const cleanUp = inTurn(() => measured('clean-up', async () => {
    await purge('amphorae', settings.amphora_expiry_age, purgeAmphorae);
    await purge('load balancers', settings.load_balancer_expiry_age, purgeLoadBalancers);
    if (isStopping) return;
    await purgeSamples(store, clock.now());
    let forgotten: number;
    do forgotten = await store.transaction((trx) => purgeEvents(trx, settings.event_expiry_age)); while (forgotten > 0 && !isStopping);
    await store.transaction(purgeConditions);
  }), (error) => log.error({ err: error }, 'Cleaning up the database failed'));
  const rotate = inTurn(() => measured('certificates', async () => {
    if (generator === undefined || amphorae === undefined || isStopping) return;
    await rotateCertificates({
      store, clock, log, generator, amphorae, bufferSeconds: settings.cert_expiry_buffer, concurrency: settings.cert_rotate_threads,
      validitySeconds: options.config.certificates.cert_validity_time, isStopping: () => isStopping,
    });
  }), (error) => log.error({ err: error }, 'Renewing certificates failed'));
  const rollOut = inTurn(() => measured('rollout', async () => {
    if (!isStopping) await advanceRollout({ store, clock, log });
  }), (error) => log.error({ err: error }, 'Moving the rollout on failed'));

  return {
    start() {
      timers.push(setInterval(() => void cleanUp(), periodMs(settings.cleanup_interval)), setInterval(() => void rotate(), periodMs(settings.cert_interval)), setInterval(() => void rollOut(), ROLLOUT_INTERVAL_MS));
      void cleanUp();
      void rotate();
      void rollOut();
    },
    async stop() {
      isStopping = true;
      for (const timer of timers.splice(0)) clearInterval(timer);
      await Promise.all([cleanUp(), rotate(), rollOut()]);
    },
    cleanUp,
    rotate,
    rollOut,
  };
}

/** A timer takes more than 24.8 days, and nothing, for a millisecond: the jobs would pile up. */
function periodMs(seconds: number): number {
  return Math.min(Math.max(1, seconds) * 1000, LONGEST_TIMER_MS);
}

/** One run after the other; a failed one is told and does not stop those after it. */
function inTurn(work: () => Promise<void>, onError: (error: unknown) => void): () => Promise<void> {
  let tail: Promise<void> = Promise.resolve();
  return () => {
    tail = tail.then(work).catch(onError);
    return tail;
  };
}
