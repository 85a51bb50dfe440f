import type { Bus } from '../bus/bus.ts';
import { toSqlDatetime, type Clock } from '../lib/clock.ts';
import type { Store } from '../store/database.ts';
import { findSilent, type SilentAmphora } from '../store/fleet.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Judgement } from './judgement.ts';
import { claimForFailover, countUnderWay, releaseHeard, stopFailovers } from './stale-amphorae.ts';
import { brakeThreshold, type StormBrake } from './storm-brake.ts';

export interface StaleCheckOptions {
  readonly store: Store;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Logger;
  readonly judgement: Judgement;
  readonly timeoutMs: number;
  /** Failovers under way at the same time ([health_manager] failover_threads). */
  readonly maxFailovers: number;
  readonly threshold: number | null;
  readonly brake: StormBrake;
  /** When this manager itself last heard the amphora, in case its note is not in the database yet. */
  readonly lastHealthyMs: (amphoraId: string) => number | undefined;
}

export interface StaleCheckOutcome {
  readonly stale: number;
  readonly claimed: number;
  readonly stopped: number;
  /** So many were silent that none was failed over. */
  readonly isBraking: boolean;
}

/** One look for silent amphorae (contracts section 19.4). Throws what the database throws; the caller then tells `judgement`. */
export async function checkStale(options: StaleCheckOptions): Promise<StaleCheckOutcome> {
  const { store, clock, log } = options;
  const nowMs = clock.now();
  const silentSinceMs = nowMs - options.timeoutMs;
  const mayJudge = options.judgement.mayJudge(nowMs);
  const released = await releaseIfAny(options, silentSinceMs);
  if (released > 0) log.info({ amphorae: released }, 'Amphorae are heard again and may fail over again');
  if (!mayJudge) return { stale: 0, claimed: 0, stopped: 0, isBraking: false };

  const found = await findSilent(store.read, silentSinceMs);
  const stale = found.silent.filter(({ amphoraId }) => (options.lastHealthyMs(amphoraId) ?? 0) < silentSinceMs);
  const threshold = brakeThreshold(options.threshold, found.inService);
  if (stale.length >= threshold) {
    options.brake.engage(nowMs);
    const stopped = await store.transaction((trx) => stopFailovers(trx, stale.map((one) => one.amphoraId), toSqlDatetime(nowMs)));
    if (stopped > 0) log.error({ stale: stale.length, threshold, stopped }, 'So many amphorae are silent that none is failed over; check the management network and the health managers');
    return { stale: stale.length, claimed: 0, stopped, isBraking: true };
  }
  if (options.brake.isHeld(nowMs)) return { stale: stale.length, claimed: 0, stopped: 0, isBraking: true };
  return { stale: stale.length, claimed: await failOver(options, stale, silentSinceMs), stopped: 0, isBraking: false };
}

async function releaseIfAny({ store, clock }: StaleCheckOptions, silentSinceMs: number): Promise<number> {
  const stopped = await store.read.selectFrom('amphora').select('id').where('status', '=', 'FAILOVER_STOPPED').limit(1).executeTakeFirst();
  if (stopped === undefined) return 0;
  return store.transaction((trx) => releaseHeard(trx, silentSinceMs, toSqlDatetime(clock.now())));
}

async function failOver(options: StaleCheckOptions, stale: readonly SilentAmphora[], silentSinceMs: number): Promise<number> {
  if (stale.length === 0) return 0;
  const { store, clock, log } = options;
  let room = options.maxFailovers - (await countUnderWay(store, options.timeoutMs / 1000, silentSinceMs));
  let claimed = 0;
  for (const amphora of stale) {
    if (room <= 0) break;
    const fields = { amphora: amphora.amphoraId, lb: amphora.loadBalancerId };
    const outcome = await claimForFailover(store, amphora, silentSinceMs, clock.now());
    if (outcome === 'load-balancer-busy') log.warn(fields, 'The load balancer of a silent amphora is being changed; failover waits');
    if (outcome !== 'claimed') continue;
    room -= 1;
    claimed += 1;
    log.warn(fields, 'An amphora is silent and will be replaced');
    await announce(options, amphora);
  }
  return claimed;
}

async function announce({ bus, log }: StaleCheckOptions, amphora: SilentAmphora): Promise<void> {
  try {
    await bus.cast({ method: 'failover_amphora', args: { amphora_id: amphora.amphoraId } });
  } catch (error) {
    // The wish is in the database: the worker's sweep finds it.
    log.warn({ amphora: amphora.amphoraId, err: error }, 'The worker could not be told of a failover at once');
  }
}
