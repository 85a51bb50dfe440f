import type { Bus } from '../bus/bus.ts';
import type { Config } from '../config/config.ts';
import type { ComputeDriver } from '../drivers/compute/compute-driver.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import { OctaviaError } from '../lib/errors.ts';
import { figureWriteInterval } from '../model/figures.ts';
import type { Store } from '../store/database.ts';
import { silentLogger, type Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createHealthWriter } from './health-writer.ts';
import { createHeartbeatIntake } from './heartbeat-intake.ts';
import { listenForHeartbeats, type HeartbeatReceiver } from './heartbeat-receiver.ts';
import { createJudgement } from './judgement.ts';
import { createKeyHandover, keysOf } from './key-handover.ts';
import { measureHealth } from './health-metrics.ts';
import { createSeries } from './series.ts';
import { createSnapshotCache, type SnapshotCache } from './snapshot-cache.ts';
import { checkStale } from './stale-check.ts';
import { createStormBrake } from './storm-brake.ts';
import { createStatistics } from './statistics.ts';
import { createStatisticsDrivers } from './statistics-drivers.ts';
import { createZombies } from './zombies.ts';

export interface HealthManagerOptions {
  readonly store: Store;
  readonly config: Pick<Config, 'health_manager' | 'controller_worker'>;
  readonly bus: Bus;
  /** Removes the machines of deleted amphorae that still report; without it they are only named in the log. */
  readonly compute?: Pick<ComputeDriver, 'remove' | 'findByAmphora'>;
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly metrics?: Metrics;
}

export interface HealthManager {
  /** Begins to listen; the first judgement comes one heartbeat_timeout later. */
  start(): Promise<void>;
  /** Stops listening, writes what was heard, lets a running check end. */
  stop(): Promise<void>;
  /** Where heartbeats go; null before start. */
  readonly address: { readonly host: string; readonly port: number } | null;
  /** The options that SIGHUP may change: heartbeat_key (the former one stays accepted) and heartbeat_interval. */
  reconfigure(config: Pick<Config, 'health_manager'>): void;
  /** Writes what was heard so far. */
  flush(): Promise<void>;
  /** Looks for silent amphorae now. */
  check(): Promise<void>;
  /** Says that the rows of this load balancer changed (same-process workers): its next heartbeat is judged by new ones. */
  noteChange(loadBalancerId: string): void;
}

const FLUSH_EVERY_MS = 500;
const FLUSH_AT_ITEMS = 1000;
const FORGET_AFTER_MS = 3_600_000;

/** Receives heartbeats, keeps operating statuses, liveness and statistics, and has silent amphorae replaced. Any number may run. */
export function createHealthManager(options: HealthManagerOptions): HealthManager {
  const { store, bus, clock = systemClock, log = silentLogger } = options;
  const settings = options.config.health_manager;
  if (settings.heartbeat_key === null || settings.heartbeat_key === '') throw new OctaviaError('no-heartbeat-key', 'Set [health_manager] heartbeat_key: without it nobody can tell a heartbeat from a forgery.');
  let keys: readonly string[] = keysOf(settings);
  let intervalMs = settings.heartbeat_interval * 1000;
  const timeoutMs = settings.heartbeat_timeout * 1000;
  const checkIntervalMs = settings.health_check_interval * 1000;
  const judgement = createJudgement({ timeoutMs, intervalMs: checkIntervalMs, startedAtMs: clock.now() });
  const brake = createStormBrake(timeoutMs);
  const databaseFailed = (error: unknown) => {
    if (judgement.databaseFailed()) log.error({ err: error }, 'The database failed; no amphora is judged until one heartbeat timeout after it answers again');
  };
  const statistics = createStatistics(createStatisticsDrivers(options.config.controller_worker.statistics_drivers, { store, log }));
  // An operator who wants no statistics in the database wants none over time either.
  const series = options.config.controller_worker.statistics_drivers.includes('stats_db') ? createSeries({ store, log }) : null;
  const measured = measureHealth(options.metrics, () => writer.backlog);
  const writer = createHealthWriter({
    store, clock, log, statistics, maxLagMs: () => intervalMs,
    onFailure(error, loadBalancerIds) {
      cache.forget(loadBalancerIds);
      databaseFailed(error);
    },
  });
  const cache: SnapshotCache = createSnapshotCache({
    store, clock,
    onRead: (ids, beganAtMs) => intake.rowsRead(ids, beganAtMs),
    onFailure: (error) => {
      intake.dropLate();
      databaseFailed(error);
    },
  });
  const intake = createHeartbeatIntake({ clock, log, cache, writer, statistics, series, zombies: createZombies({ clock, log, compute: options.compute ?? null }), heartbeatIntervalMs: () => intervalMs });

  const handover = createKeyHandover({ store, clock, log, ...(options.metrics && { metrics: options.metrics }) });
  let receiver: HeartbeatReceiver | null = null;
  const timers: NodeJS.Timeout[] = [];
  let running: Promise<void> = Promise.resolve();

  const check = async () => {
    try {
      await writer.flush();
      await cache.noticeChanges();
      // The first statement that succeeds after an outage starts the period of grace.
      judgement.databaseAnswered(clock.now());
      const outcome = await checkStale({ store, bus, clock, log, judgement, brake, timeoutMs, maxFailovers: settings.failover_threads, threshold: settings.failover_threshold, lastHealthyMs: (id) => intake.lastHealthyMs(id) });
      measured.checked(outcome);
      await handover.handOver();
    } catch (error) {
      measured.frozen();
      databaseFailed(error);
    }
    cache.prune();
    intake.prune(FORGET_AFTER_MS);
    series?.prune(clock.now() - FORGET_AFTER_MS);
    receiver?.prune(FORGET_AFTER_MS);
  };
  /** One check after the other, however long they take. */
  const checkInTurn = () => (running = running.then(check));

  return {
    async start() {
      receiver = await listenForHeartbeats({
        host: settings.bind_ip, port: settings.bind_port, receiveBufferBytes: settings.sock_rlimit, keys: () => keys, clock, log,
        onHeartbeat(heartbeat) {
          measured.heartbeat('accepted');
          intake.accept(heartbeat);
          if (writer.backlog >= FLUSH_AT_ITEMS) void writer.flush();
        },
        onOtherKey: (amphoraId) => handover.note(amphoraId),
        onDropped: (reason) => measured.heartbeat(reason),
      });
      timers.push(setInterval(() => void writer.flush(), FLUSH_EVERY_MS), setInterval(() => void checkInTurn(), checkIntervalMs));
      if (series !== null) timers.push(setInterval(() => void series.flush(clock.now()), figureWriteInterval(settings.heartbeat_interval) * 1000));
      log.info({ ...receiver.address }, 'Listening for heartbeats');
    },
    async stop() {
      for (const timer of timers.splice(0)) clearInterval(timer);
      await receiver?.close();
      receiver = null;
      await running;
      await cache.settled();
      await writer.flush();
      await series?.close();
    },
    get address() {
      return receiver?.address ?? null;
    },
    reconfigure({ health_manager: next }) {
      intervalMs = next.heartbeat_interval * 1000;
      // Amphorae learn of a new key one by one, so the former ones stay accepted while this process runs.
      keys = [...new Set([...keysOf(next), ...keys])];
    },
    flush: () => writer.flush(),
    check: checkInTurn,
    noteChange: (loadBalancerId) => cache.forget([loadBalancerId]),
  };
}
