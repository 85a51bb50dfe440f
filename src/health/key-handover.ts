import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { Clock } from '../lib/clock.ts';
import type { Store } from '../store/database.ts';
import { addRequest } from '../store/requests.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** The accepted keys, the one that amphorae shall sign with first. */
export function keysOf(settings: Pick<Config['health_manager'], 'heartbeat_key' | 'accepted_heartbeat_keys'>): readonly string[] {
  return [...new Set([settings.heartbeat_key ?? '', ...settings.accepted_heartbeat_keys].filter((key) => key !== ''))];
}

export interface KeyHandoverOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: Metrics;
}

/** Gives the present heartbeat key to amphorae that sign with another one, without a failover. */
export interface KeyHandover {
  /** An amphora signed with an accepted key that is not the present one. */
  note(amphoraId: string): void;
  /** Asks the workers for a few new configurations. Throws what the database throws. */
  handOver(): Promise<void>;
}

/** Per look: a change of keys shall not keep workers from creating load balancers. */
const BATCH = 20;
/** A worker that does not know the new key yet pushes the old one: asked again later. */
const AGAIN_AFTER_MS = 300_000;
/** No such heartbeat for so long: the amphora has the present key, or is gone. */
const FORGET_AFTER_MS = 120_000;

export function createKeyHandover({ store, clock, log, metrics }: KeyHandoverOptions): KeyHandover {
  const lagging = new Map<string, { heardAtMs: number; askedAtMs: number | null }>();
  const gauge = metrics?.gauge('octavia_health_other_key_amphorae', 'Amphorae that sign heartbeats with an accepted key other than heartbeat_key.');
  return {
    note(amphoraId) {
      const known = lagging.get(amphoraId);
      if (known === undefined) lagging.set(amphoraId, { heardAtMs: clock.now(), askedAtMs: null });
      else known.heardAtMs = clock.now();
    },
    async handOver() {
      if (lagging.size === 0) return;
      const nowMs = clock.now();
      for (const [id, { heardAtMs }] of lagging) if (heardAtMs < nowMs - FORGET_AFTER_MS) lagging.delete(id);
      gauge?.set(lagging.size);
      if (lagging.size === 0) {
        log.info({}, 'No amphora signs with another heartbeat key any more; accepted_heartbeat_keys may be emptied');
        return;
      }
      const due = [...lagging].filter(([, { askedAtMs }]) => askedAtMs === null || askedAtMs < nowMs - AGAIN_AFTER_MS).slice(0, BATCH).map(([id]) => id);
      if (due.length === 0) return;
      await store.transaction(async (trx) => {
        const rows = await trx.selectFrom('amphora').select(['id', 'load_balancer_id']).where('id', 'in', due).where('status', 'in', ['ALLOCATED', 'READY', 'FAILOVER_STOPPED']).execute();
        for (const row of rows) await addRequest(trx, { id: randomUUID(), kind: 'configure_amphora', loadBalancerId: row.load_balancer_id, amphoraId: row.id });
      });
      for (const id of due) {
        const entry = lagging.get(id);
        if (entry !== undefined) entry.askedAtMs = nowMs;
      }
      log.info({ amphorae: due.length, left: lagging.size }, 'Amphorae that sign with another heartbeat key are given the present one');
    },
  };
}
