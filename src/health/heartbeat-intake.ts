import type { HeartbeatMessage } from '../amphora/protocol/heartbeat-message.ts';
import type { Clock } from '../lib/clock.ts';
import { deriveStatuses } from '../model/status/derive-statuses.ts';
import type { DerivedStatus } from '../model/status/status-tree.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { HealthWriter } from './health-writer.ts';
import { knowsAll, reportsAllListeners, type AmphoraSnapshot, type LoadBalancerSnapshot } from './load-balancer-snapshot.ts';
import { createOpinions, type Opinions } from './opinions.ts';
import type { Series } from './series.ts';
import type { SnapshotCache } from './snapshot-cache.ts';
import type { Statistics } from './statistics.ts';
import type { Zombies } from './zombies.ts';

export interface Heartbeat {
  readonly message: HeartbeatMessage;
  readonly receivedAtMs: number;
  readonly address: string;
}

export interface HeartbeatIntakeOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly cache: SnapshotCache;
  readonly writer: HealthWriter;
  readonly statistics: Statistics;
  /** Null: figures are not kept over time. */
  readonly series: Series | null;
  readonly zombies: Zombies;
  readonly heartbeatIntervalMs: () => number;
}

/**
 * Judges heartbeats. One that says nothing new costs no SQL; whatever deviates from the remembered rows (a status, the
 * number of listeners, an unknown object) is judged by rows that are read after it came, because other processes change
 * them at any time.
 */
export interface HeartbeatIntake {
  accept(heartbeat: Heartbeat): void;
  /** The rows that were asked for have been read, beginning at `beganAtMs`: settles the heartbeats that came before. */
  rowsRead(amphoraIds: readonly string[], beganAtMs: number): void;
  /** Drops heartbeats that wait for rows longer than one heartbeat interval. */
  dropLate(): void;
  /** When a healthy heartbeat of this amphora last came, in milliseconds since the epoch. */
  lastHealthyMs(amphoraId: string): number | undefined;
  /** Forgets amphorae that were not heard of for `ageMs`. */
  prune(ageMs: number): void;
}

export function createHeartbeatIntake(options: HeartbeatIntakeOptions): HeartbeatIntake {
  const { cache, clock, log } = options;
  const held = new Map<string, Heartbeat[]>();
  const healthyAt = new Map<string, number>();
  const opinions = createOpinionRegistry(() => options.heartbeatIntervalMs() * 3);
  const hold = (heartbeat: Heartbeat) => {
    const { id } = heartbeat.message;
    const queue = held.get(id);
    if (queue === undefined) held.set(id, [heartbeat]);
    else queue.push(heartbeat);
    cache.request(id);
  };

  /** False when the remembered rows do not suffice. */
  const judge = (heartbeat: Heartbeat, amphora: AmphoraSnapshot, loadBalancer: LoadBalancerSnapshot | null, isFresh: boolean): boolean => {
    const { message } = heartbeat;
    const isHealthy = reportsAllListeners(message, loadBalancer);
    const report = loadBalancer === null ? [] : deriveStatuses(loadBalancer, message);
    const deviates = !isHealthy || report.some((status) => status.operatingStatus !== status.storedStatus) || (loadBalancer !== null && !knowsAll(loadBalancer, message));
    if (deviates && !isFresh) return false;
    if (isHealthy) {
      healthyAt.set(message.id, heartbeat.receivedAtMs);
      options.writer.heard(message.id, heartbeat.receivedAtMs);
    } else {
      const expected = loadBalancer?.listeners.filter((listener) => listener.enabled).length ?? 0;
      log.warn({ amphora: message.id, reported: Object.keys(message.listeners).length, expected }, 'An amphora reports another number of listeners than it should have');
    }
    if (loadBalancer === null) return true;
    options.statistics.add(message, (listenerId) => loadBalancer.nodes.has(listenerId));
    options.series?.add(message, loadBalancer, heartbeat.receivedAtMs);
    change(options.writer, loadBalancer, opinions.heard(loadBalancer.id, amphora.id, report, clock.now()), message);
    return true;
  };

  const judgeFresh = (heartbeat: Heartbeat) => {
    const { message } = heartbeat;
    const amphora = cache.amphora(message.id);
    if (amphora === undefined) {
      options.zombies.warn(message.id, heartbeat.address);
      return;
    }
    const loadBalancer = amphora.loadBalancerId === null ? null : cache.lastRead(amphora.loadBalancerId);
    if (amphora.status === 'DELETED' || (loadBalancer?.provisioningStatus === 'DELETED' && !amphora.status.startsWith('PENDING_'))) {
      // While it cannot be removed its health row is kept young, so that housekeeping does not forget its machine (upstream).
      void options.zombies.remove(amphora.id, amphora.computeId).then((isGone) => {
        if (!isGone) options.writer.heard(amphora.id, heartbeat.receivedAtMs);
      });
      return;
    }
    judge(heartbeat, amphora, loadBalancer?.provisioningStatus === 'DELETED' ? null : (loadBalancer ?? null), true);
  };

  return {
    accept(heartbeat) {
      const { id } = heartbeat.message;
      const amphora = cache.amphora(id);
      // Behind one that waits, so that an older report never overrules a newer one.
      if (amphora === undefined || held.has(id) || amphora.status === 'DELETED') return hold(heartbeat);
      const loadBalancer = loadBalancerOf(cache, amphora);
      if (loadBalancer === undefined || loadBalancer?.provisioningStatus === 'DELETED' || !judge(heartbeat, amphora, loadBalancer, false)) hold(heartbeat);
    },
    rowsRead(amphoraIds, beganAtMs) {
      for (const id of amphoraIds) {
        const queue = held.get(id) ?? [];
        const later = queue.filter((heartbeat) => heartbeat.receivedAtMs > beganAtMs);
        if (later.length === 0) held.delete(id);
        else held.set(id, later);
        for (const heartbeat of queue) if (!later.includes(heartbeat)) judgeFresh(heartbeat);
      }
    },
    dropLate() {
      const oldest = clock.now() - options.heartbeatIntervalMs();
      let dropped = 0;
      for (const [id, queue] of held) {
        const kept = queue.filter((heartbeat) => heartbeat.receivedAtMs > oldest);
        dropped += queue.length - kept.length;
        if (kept.length === 0) held.delete(id);
        else held.set(id, kept);
      }
      if (dropped > 0) log.warn({ heartbeats: dropped }, 'Heartbeats waited too long for the database and are ignored');
    },
    lastHealthyMs: (id) => healthyAt.get(id),
    prune(ageMs) {
      const oldest = clock.now() - ageMs;
      for (const [id, at] of healthyAt) if (at < oldest) healthyAt.delete(id);
      opinions.prune(oldest);
    },
  };
}

/** Undefined: to be read; null: the amphora works for none. */
function loadBalancerOf(cache: SnapshotCache, amphora: AmphoraSnapshot): LoadBalancerSnapshot | null | undefined {
  return amphora.loadBalancerId === null ? null : cache.loadBalancer(amphora.loadBalancerId);
}

function change(writer: HealthWriter, loadBalancer: LoadBalancerSnapshot, changes: readonly DerivedStatus[], { extension }: HeartbeatMessage): void {
  if (changes.length === 0) return;
  for (const one of changes) {
    const node = loadBalancer.nodes.get(one.id);
    if (node !== undefined) node.operatingStatus = one.operatingStatus;
  }
  writer.changeStatuses(loadBalancer.id, changes, extension?.failing);
}

/** Opinions are kept only where a second amphora speaks up. */
function createOpinionRegistry(lifetimeMs: () => number) {
  const byLoadBalancer = new Map<string, { amphoraId: string; opinions: Opinions | null; heardAtMs: number }>();
  return {
    heard(loadBalancerId: string, amphoraId: string, report: readonly DerivedStatus[], nowMs: number): readonly DerivedStatus[] {
      let entry = byLoadBalancer.get(loadBalancerId);
      if (entry === undefined) byLoadBalancer.set(loadBalancerId, (entry = { amphoraId, opinions: null, heardAtMs: nowMs }));
      entry.heardAtMs = nowMs;
      if (entry.opinions === null && entry.amphoraId !== amphoraId) entry.opinions = createOpinions(lifetimeMs());
      return entry.opinions?.heard(amphoraId, report, nowMs) ?? report.filter((status) => status.operatingStatus !== status.storedStatus);
    },
    prune(oldestMs: number) {
      for (const [id, entry] of byLoadBalancer) if (entry.heardAtMs < oldestMs) byLoadBalancer.delete(id);
    },
  };
}
