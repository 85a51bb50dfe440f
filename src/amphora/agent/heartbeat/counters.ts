import type { ListenerReport } from '../../protocol/heartbeat-message.ts';

type Stats = ListenerReport['stats'];

/** Last absolute values of one listener, with the names of the original's file. */
interface Counted { readonly bin: number; readonly bout: number; readonly ereq: number; readonly stot: number; readonly process?: number }

const NOTHING: Counted = { bin: 0, bout: 0, ereq: 0, stot: 0 };

/**
 * Turns absolute counters into increases. It is shown every reading, so what was counted between the last heartbeat and a
 * reload of haproxy is not lost with the old process.
 */
export class StatCounters {
  readonly #last: Map<string, Counted>;
  readonly #pending = new Map<string, Counted>();

  /** Continues from a stats_counters.json; text that is none starts anew. */
  constructor(saved: string | null) {
    this.#last = new Map(readSaved(saved));
  }

  /** `process` names the counting process: a new one starts from zero. */
  observe(listenerId: string, stats: Stats, process: number): void {
    const now = { bin: stats.rx, bout: stats.tx, ereq: stats.ereq, stot: stats.totconns };
    const last = this.#last.get(listenerId) ?? NOTHING;
    const isRestarted = last.process !== undefined && last.process !== process;
    const increase = (name: keyof typeof now): number => {
      const difference = now[name] - (isRestarted ? 0 : last[name]);
      return (this.#pending.get(listenerId)?.[name] ?? 0) + (difference < 0 ? now[name] : difference);
    };
    this.#pending.set(listenerId, { bin: increase('bin'), bout: increase('bout'), ereq: increase('ereq'), stot: increase('stot') });
    this.#last.set(listenerId, { ...now, process });
  }

  /** What has come together since the last take; connections are a gauge and stay as they are. */
  take(listenerId: string, stats: Stats): Stats {
    const pending = this.#pending.get(listenerId) ?? NOTHING;
    this.#pending.delete(listenerId);
    return { tx: pending.bout, rx: pending.bin, conns: stats.conns, totconns: pending.stot, ereq: pending.ereq };
  }

  /** Content of stats_counters.json. */
  serialise(): string {
    return JSON.stringify(Object.fromEntries(this.#last));
  }

  /** Forgets listeners that are gone. */
  keepOnly(listenerIds: ReadonlySet<string>): void {
    for (const id of this.#last.keys()) {
      if (listenerIds.has(id)) continue;
      this.#last.delete(id);
      this.#pending.delete(id);
    }
  }
}

function readSaved(saved: string | null): [string, Counted][] {
  if (saved === null) return [];
  try {
    const parsed: unknown = JSON.parse(saved);
    if (typeof parsed !== 'object' || parsed === null) return [];
    return Object.entries(parsed).map(([id, entry]) => {
      const value = new Map<string, unknown>(Object.entries(typeof entry === 'object' && entry !== null ? entry : {}));
      const count = (name: string): number => Number(value.get(name)) || 0;
      const process = value.get('process');
      return [id, { bin: count('bin'), bout: count('bout'), ereq: count('ereq'), stot: count('stot'), ...(typeof process === 'number' && { process }) }];
    });
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
