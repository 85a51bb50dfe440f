import { isOwnProxy } from './own-proxies.ts';
import type { StatRow } from './read-stats.ts';

/** A member that haproxy has taken out, as its statistics tell. */
export interface FailingMember {
  /** Seconds since it went down. */
  readonly sinceSeconds: number;
  /** What the last check met, in haproxy's words. */
  readonly reason: string;
}

/** What one haproxy process says beyond the heartbeat of the original. */
export interface HaproxyFigures {
  /** By listener, pool and member id: open connections, then the counters of FIGURES since the process started. */
  readonly figures: ReadonlyMap<string, readonly number[]>;
  readonly failing: ReadonlyMap<string, FailingMember>;
}

const RESPONSES = ['hrsp_1xx', 'hrsp_2xx', 'hrsp_3xx', 'hrsp_4xx', 'hrsp_5xx'] as const;
const MAX_REASON = 300;

/** Reads figures and failures out of `show stat`. A pool that serves several listeners is a backend for each: they are added up. */
export function readFigures(rows: readonly StatRow[]): HaproxyFigures {
  const figures = new Map<string, number[]>();
  const failing = new Map<string, FailingMember>();
  for (const row of rows) {
    const proxy = row.get('pxname') ?? '';
    const name = row.get('svname') ?? '';
    if (isOwnProxy(proxy)) continue;
    const id = name === 'FRONTEND' ? proxy : name === 'BACKEND' ? poolOf(proxy) : name;
    const known = figures.get(id);
    const now = figuresOf(row, name === 'FRONTEND');
    figures.set(id, known === undefined ? now : known.map((value, index) => value + (now[index] ?? 0)));
    if (row.get('status')?.startsWith('DOWN') && id === name) failing.set(id, { sinceSeconds: count(row, 'lastchg'), reason: reasonOf(row) });
  }
  return { figures, failing };
}

function figuresOf(row: StatRow, isListener: boolean): number[] {
  const responses = RESPONSES.map((name) => count(row, name));
  // haproxy counts no requests of single servers: each answers what it was asked.
  const requests = row.get('req_tot') ? count(row, 'req_tot') : responses.reduce((sum, value) => sum + value, 0);
  const errors = isListener ? count(row, 'ereq') : count(row, 'econ') + count(row, 'eresp');
  return [count(row, 'scur'), requests, count(row, 'stot'), count(row, 'bin'), count(row, 'bout'), errors, ...responses];
}

function reasonOf(row: StatRow): string {
  const what = row.get('check_desc') || row.get('check_status') || '';
  const detail = [row.get('check_code'), row.get('last_chk')].filter(Boolean).join(' ');
  return [what, detail].filter(Boolean).join(': ').slice(0, MAX_REASON);
}

/** Backends are named `<pool>:<listener>`. */
function poolOf(proxy: string): string {
  const colon = proxy.lastIndexOf(':');
  return colon < 0 ? proxy : proxy.slice(0, colon);
}

const count = (row: StatRow, name: string): number => Number(row.get(name) || 0);
