import { OctaviaError } from '../../lib/errors.ts';
import type { ListenerReport, PoolReport } from '../protocol/heartbeat-message.ts';
import { isOwnProxy } from './own-proxies.ts';

/** Output of a statistics command that has not the expected columns. */
export class HaproxyStatsUnreadable extends OctaviaError {
  constructor(reason: string) {
    super('haproxy-stats-unreadable', `haproxy statistics: ${reason}`, { retry: 'retry' });
  }
}

/** What one haproxy process says of its listeners and pools. */
export interface HaproxyReport {
  /** By listener id; counters are absolute since the process started, heartbeats carry their increase. */
  readonly listeners: Readonly<Record<string, ListenerReport>>;
  /** By `<pool>:<listener>`. */
  readonly pools: Readonly<Record<string, PoolReport>>;
}

/**
 * Turns the CSV of `show stat` into heartbeat reports (contracts section 11). Our own proxies are left out. `leaving` holds `<backend>/<server>` that were removed but still finish connections.
 */
export function readStats(csv: string | readonly StatRow[], leaving: ReadonlySet<string> = new Set()): HaproxyReport {
  const listeners: Record<string, ListenerReport> = {};
  const pools: Record<string, { status: PoolReport['status']; members: Record<string, string> }> = {};
  for (const row of typeof csv === 'string' ? readStatRows(csv) : csv) {
    const proxy = column(row, 'pxname');
    const name = column(row, 'svname');
    if (isOwnProxy(proxy)) continue;
    if (name === 'FRONTEND') {
      listeners[proxy] = readListener(row);
      continue;
    }
    const pool = (pools[proxy] ??= { status: 'DOWN', members: {} });
    if (name === 'BACKEND') pool.status = column(row, 'status') === 'UP' ? 'UP' : 'DOWN';
    else if (!leaving.has(`${proxy}/${name}`)) pool.members[name] = memberStatus(row);
  }
  return { listeners, pools };
}

/** Lines of `show info` by name. */
export function readInfo(text: string): Readonly<Record<string, string>> {
  const entries = text.split('\n').map((line) => /^([^:]+):\s*(.*)$/.exec(line.trimEnd())).filter((match) => match !== null);
  return Object.fromEntries(entries.map((match) => [match[1] ?? '', match[2] ?? '']));
}

/** One server of `show servers state`. */
export interface LiveServer {
  readonly backend: string;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  /** The configuration's or the operator's maintenance. */
  readonly isInMaintenance: boolean;
  readonly isUp: boolean;
}

/** Parses `show servers state` (format version 1). */
export function readServersState(text: string): readonly LiveServer[] {
  return serverStateRows(text).map((row) => ({
    backend: column(row, 'be_name'), name: column(row, 'srv_name'), address: column(row, 'srv_addr'), port: Number(column(row, 'srv_port')),
    weight: Number(column(row, 'srv_uweight')),
    isInMaintenance: (Number(column(row, 'srv_admin_state')) & FORCED_MAINTENANCE) !== 0,
    isUp: column(row, 'srv_op_state') === '2',
  }));
}

/** Admin state bits of `show servers state` (haproxy management guide): forced and configured maintenance, forced drain. */
export const FORCED_MAINTENANCE = 0x01;
export const CONFIGURED_MAINTENANCE = 0x04;
export const FORCED_DRAIN = 0x08;

/** Rows of `show servers state` as column name to text, in the order of the dump. */
export function serverStateRows(text: string): readonly ReadonlyMap<string, string>[] {
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const header = lines.find((line) => line.startsWith('# '))?.slice(2).split(' ');
  if (lines[0] !== '1' || !header) throw new HaproxyStatsUnreadable('show servers state is not of version 1');
  return lines.filter((line) => line !== '1' && !line.startsWith('#')).map((line) => {
    const values = line.split(' ');
    return new Map(header.map((name, index) => [name, values[index] ?? '-']));
  });
}

function readListener(row: ReadonlyMap<string, string>): ListenerReport {
  const count = (name: string): number => Number(column(row, name) || 0);
  // haproxy 2.3 and later call a full frontend OPEN.
  const isFull = column(row, 'status') === 'FULL' || (count('slim') > 0 && count('scur') >= count('slim'));
  return {
    status: isFull ? 'FULL' : 'OPEN',
    stats: { tx: count('bout'), rx: count('bin'), conns: count('scur'), totconns: count('stot'), ereq: count('ereq') },
  };
}

/** Some versions of haproxy report a drained server as UP with weight 0. */
function memberStatus(row: ReadonlyMap<string, string>): string {
  const status = column(row, 'status');
  return status === 'UP' && column(row, 'weight') === '0' ? 'DRAIN' : status;
}

function column(row: ReadonlyMap<string, string>, name: string): string {
  const value = row.get(name);
  if (value === undefined) throw new HaproxyStatsUnreadable(`column ${name} is missing`);
  return value;
}

/** One line of `show stat` as column name to text. */
export type StatRow = ReadonlyMap<string, string>;

/** The lines of the CSV of `show stat`. */
export function readStatRows(csv: string): readonly StatRow[] {
  const [first, ...lines] = csv.split('\n').filter((line) => line.trim() !== '');
  if (!first?.startsWith('# ')) throw new HaproxyStatsUnreadable('show stat has no header line');
  const header = splitCsv(first.slice(2));
  return lines.map((line) => {
    const values = splitCsv(line);
    return new Map(header.map((name, index) => [name, values[index] ?? '']));
  });
}

function splitCsv(line: string): string[] {
  const fields = [...line.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/g)];
  return fields.map((field) => field[1]?.replaceAll('""', '"') ?? field[2] ?? '');
}
