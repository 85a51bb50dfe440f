import type { HeartbeatExtension } from '../amphora/protocol/heartbeat-message.ts';
import { toSqlDatetime, type Clock } from '../lib/clock.ts';
import type { DerivedStatus } from '../model/status/status-tree.ts';
import { recordHeartbeats } from '../store/amphora-health.ts';
import { recordConditions, type Condition } from '../store/conditions.ts';
import type { Store } from '../store/database.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Statistics } from './statistics.ts';
import { writeStatuses } from './status-rows.ts';

export interface HealthWriterOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly statistics: Statistics;
  /** Heartbeats older than this when their turn comes are not written: the amphora may be dead by now. */
  readonly maxLagMs: () => number;
  readonly onFailure: (error: unknown, loadBalancerIds: readonly string[]) => void;
}

/** Everything the health manager writes because of heartbeats, in batches and one transaction at a time. */
export interface HealthWriter {
  /** Writes as soon as the transaction before it is done, with why members are down as far as an amphora told. */
  changeStatuses(loadBalancerId: string, changes: readonly DerivedStatus[], failing?: Failing): void;
  /** Written with the next flush. */
  heard(amphoraId: string, atMs: number): void;
  /** Writes liveness and statistics now; resolves when everything queued so far is written or given up. */
  flush(): Promise<void>;
  /** Amphorae waiting to be written. */
  readonly backlog: number;
}

type Failing = HeartbeatExtension['failing'];

interface PendingChange {
  readonly loadBalancerId: string;
  readonly change: DerivedStatus;
  readonly failing: Failing[string] | undefined;
}

export function createHealthWriter(options: HealthWriterOptions): HealthWriter {
  const { store, clock } = options;
  const statuses = new Map<string, PendingChange>();
  const liveness = new Map<string, number>();
  let tail: Promise<void> = Promise.resolve();
  let isStatusWriteQueued = false;
  /** A flush that has not begun takes along whatever is heard until it does: a second one would have nothing to do. */
  let queuedFlush: Promise<void> | null = null;
  const inTurn = (work: () => Promise<void>) => {
    tail = tail.then(work);
    return tail;
  };

  const writePendingStatuses = async () => {
    isStatusWriteQueued = false;
    const pending = [...statuses.values()];
    statuses.clear();
    if (pending.length === 0) return;
    try {
      const nowMs = clock.now();
      await store.transaction(async (trx) => {
        await writeStatuses(trx, pending.map((one) => one.change), toSqlDatetime(nowMs));
        await recordConditions(trx, pending.map((one) => conditionOf(one, nowMs)));
      });
    } catch (error) {
      // Not tried again as such: the next heartbeat is judged by rows read anew.
      options.onFailure(error, pending.map((one) => one.loadBalancerId));
    }
  };
  const writePendingLiveness = async () => {
    const heard = new Map(liveness);
    liveness.clear();
    discardLate(heard, options);
    if (heard.size === 0) return;
    try {
      await store.transaction((trx) => recordHeartbeats(trx, heard));
    } catch (error) {
      for (const [id, at] of heard) if (!liveness.has(id)) liveness.set(id, at);
      options.onFailure(error, []);
    }
  };

  return {
    changeStatuses(loadBalancerId, changes, failing = {}) {
      for (const change of changes) statuses.set(change.id, { loadBalancerId, change, failing: Object.hasOwn(failing, change.id) ? failing[change.id] : undefined });
      if (isStatusWriteQueued) return;
      isStatusWriteQueued = true;
      void inTurn(writePendingStatuses);
    },
    heard: (amphoraId, atMs) => void liveness.set(amphoraId, atMs),
    flush: () =>
      (queuedFlush ??= inTurn(async () => {
        queuedFlush = null;
        await writePendingStatuses();
        await writePendingLiveness();
        await options.statistics.handOver((error, driver) => options.log.warn({ err: error, driver }, 'Statistics could not be handed over'));
      })),
    get backlog() {
      return liveness.size + options.statistics.size;
    },
  };
}

function conditionOf({ loadBalancerId, change, failing: [sinceSeconds, reason] = [0, ''] }: PendingChange, nowMs: number): Condition {
  return { objectId: change.id, loadBalancerId, objectType: change.kind, operatingStatus: change.operatingStatus, since: toSqlDatetime(nowMs - sinceSeconds * 1000), reason: reason || null };
}

function discardLate(heard: Map<string, number>, { clock, log, maxLagMs }: HealthWriterOptions): void {
  const oldest = clock.now() - maxLagMs();
  const late = [...heard].filter(([, at]) => at <= oldest).map(([id]) => id);
  for (const id of late) heard.delete(id);
  if (late.length > 0) log.warn({ amphorae: late.length, first: late[0] }, 'Heartbeats were processed too slowly and are ignored; the health manager or its database is overloaded');
}
