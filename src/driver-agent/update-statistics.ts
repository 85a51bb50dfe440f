import { isJsonObject } from '../model/resources/decode-body.ts';
import type { ListenerFigures } from '../store/listener-statistics.ts';
import { OctaviaError, reasonOf } from '../lib/errors.ts';

/** octavia-lib's answer to a statistics update. */
export interface StatisticsAnswer {
  readonly status_code: 200 | 500;
  readonly fault_string?: string;
  readonly stats_object?: 'listeners';
}

/** Takes absolute figures, replacing what was there ([controller_worker] statistics_drivers). */
export type StatisticsSink = (figures: readonly ListenerFigures[]) => Promise<void>;

/** Takes `{listeners: [{id, active_connections, bytes_in, bytes_out, request_errors, total_connections}]}`: all of them or none. */
export async function updateStatistics(sink: StatisticsSink, request: unknown): Promise<StatisticsAnswer> {
  try {
    const figures = parseStatistics(request);
    if (figures.length > 0) await sink(figures);
    return { status_code: 200 };
  } catch (error) {
    return { status_code: 500, fault_string: reasonOf(error), stats_object: 'listeners' };
  }
}

/** A record of statistics that cannot be stored. */
class UnreadableFigures extends OctaviaError {
  constructor(reason: string) {
    super('driver-agent-unreadable-statistics', reason);
  }
}

function parseStatistics(request: unknown): readonly ListenerFigures[] {
  const entries = isJsonObject(request) ? (request['listeners'] ?? []) : null;
  if (!Array.isArray(entries)) throw new UnreadableFigures('listeners must be a list.');
  return entries.map(parseFigures);
}

function parseFigures(entry: unknown): ListenerFigures {
  if (!isJsonObject(entry) || typeof entry['id'] !== 'string') throw new UnreadableFigures('A record of listeners has no id.');
  const { id } = entry;
  const count = (name: string): number => {
    const value = entry[name];
    if (typeof value !== 'number' || !Number.isInteger(value)) throw new UnreadableFigures(`${name} of listener ${id} is not a whole number.`);
    return value;
  };
  return {
    // Providers have no amphorae; the listener stands in for one, as in the original.
    listenerId: id, amphoraId: id, bytesIn: BigInt(count('bytes_in')), bytesOut: BigInt(count('bytes_out')), activeConnections: count('active_connections'),
    totalConnections: BigInt(count('total_connections')), requestErrors: BigInt(count('request_errors')),
  };
}
