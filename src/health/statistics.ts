import { OctaviaError } from '../lib/errors.ts';
import type { HeartbeatMessage } from '../amphora/protocol/heartbeat-message.ts';
import type { ListenerFigures as StoredFigures } from '../store/listener-statistics.ts';

/** Figures of one listener on one amphora since the last hand-over. */
export interface ListenerFigures extends StoredFigures {
  /** True: add to what is stored; false (agents before version 3): replace it. `activeConnections` always replaces. */
  readonly isDelta: boolean;
}

const MAX_INT = 2 ** 31 - 1;

/** Where figures go ([controller_worker] statistics_drivers). */
export interface StatisticsDriver {
  readonly name: string;
  update(figures: readonly ListenerFigures[]): Promise<void>;
}

/** Adds up what heartbeats report and hands it over now and then. */
export interface Statistics {
  /** Takes the listeners of a report that `isKnown` accepts. */
  add(message: HeartbeatMessage, isKnown: (listenerId: string) => boolean): void;
  /** Listeners (times amphorae) that wait. */
  readonly size: number;
  /** Gives each driver what came since its last success. A failure is told; what may pass (RetryClass) is tried again. */
  handOver(onFailure: (error: unknown, driver: string) => void): Promise<void>;
}

export function createStatistics(drivers: readonly StatisticsDriver[]): Statistics {
  const sinks = drivers.map((driver) => ({ driver, buffer: createBuffer() }));
  return {
    add(message, isKnown) {
      for (const { buffer } of sinks) buffer.add(message, isKnown);
    },
    get size() {
      return Math.max(0, ...sinks.map(({ buffer }) => buffer.size));
    },
    async handOver(onFailure) {
      for (const { driver, buffer } of sinks) {
        const figures = buffer.take();
        if (figures.length === 0) continue;
        try {
          await driver.update(figures);
        } catch (error) {
          // Figures that the driver refuses for good must not block those that follow.
          if (error instanceof OctaviaError && error.retry !== 'fatal') buffer.giveBack(figures);
          onFailure(error, driver.name);
        }
      }
    },
  };
}

interface Buffer {
  add(message: HeartbeatMessage, isKnown: (listenerId: string) => boolean): void;
  readonly size: number;
  take(): ListenerFigures[];
  giveBack(figures: readonly ListenerFigures[]): void;
}

function createBuffer(): Buffer {
  const waiting = new Map<string, ListenerFigures>();
  // Gauge as last taken in: an idle listener whose connections stand still is not worth a row update.
  const gauges = new Map<string, number>();
  const merge = (figures: ListenerFigures, isOlder: boolean) => {
    const key = keyOf(figures);
    const other = waiting.get(key);
    if (other === undefined) {
      waiting.set(key, figures);
      return;
    }
    const [before, after] = isOlder ? [figures, other] : [other, figures];
    waiting.set(key, after.isDelta ? { ...sum(before, after), isDelta: before.isDelta } : after);
  };
  return {
    add(message, isKnown) {
      for (const [listenerId, { stats }] of Object.entries(message.listeners)) {
        if (!isKnown(listenerId)) continue;
        const figures: ListenerFigures = {
          listenerId, amphoraId: message.id, isDelta: message.ver >= 3, bytesIn: wholeOf(stats.rx), bytesOut: wholeOf(stats.tx),
          activeConnections: Math.min(Math.max(Math.trunc(stats.conns), 0), MAX_INT), totalConnections: wholeOf(stats.totconns), requestErrors: wholeOf(stats.ereq),
        };
        const key = keyOf(figures);
        if (figures.isDelta && gauges.get(key) === figures.activeConnections && isIdle(figures)) continue;
        gauges.set(key, figures.activeConnections);
        merge(figures, false);
      }
    },
    get size() {
      return waiting.size;
    },
    take() {
      const figures = [...waiting.values()];
      waiting.clear();
      return figures;
    },
    giveBack(figures) {
      for (const one of figures) merge(one, true);
    },
  };
}

function keyOf(figures: ListenerFigures): string {
  return `${figures.listenerId}/${figures.amphoraId}`;
}

function isIdle(figures: ListenerFigures): boolean {
  return figures.bytesIn === 0n && figures.bytesOut === 0n && figures.totalConnections === 0n && figures.requestErrors === 0n;
}

function sum(before: ListenerFigures, after: ListenerFigures): ListenerFigures {
  return {
    ...after,
    bytesIn: before.bytesIn + after.bytesIn,
    bytesOut: before.bytesOut + after.bytesOut,
    totalConnections: before.totalConnections + after.totalConnections,
    requestErrors: before.requestErrors + after.requestErrors,
  };
}

/** A counter as the column can hold it, whatever the agent sent. */
function wholeOf(value: number): bigint {
  return BigInt(Math.min(Math.max(Math.trunc(value), 0), Number.MAX_SAFE_INTEGER));
}
