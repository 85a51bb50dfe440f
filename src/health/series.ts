import { FIGURES, PERIODS, type Figure } from '../model/figures.ts';
import type { HeartbeatMessage } from '../amphora/protocol/heartbeat-message.ts';
import type { Store } from '../store/database.ts';
import { addSamples, type Sample } from '../store/samples.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { LoadBalancerSnapshot } from './load-balancer-snapshot.ts';

/** Traffic over time: heartbeats are spread over steps of time in memory and written in batches. */
export interface Series {
  /** Takes the figures of known objects. Costs next to nothing for amphorae without traffic. */
  add(message: HeartbeatMessage, loadBalancer: Pick<LoadBalancerSnapshot, 'id' | 'nodes'>, atMs: number): void;
  /** Writes fine steps at each call and coarse ones once a minute. Never rejects. */
  flush(nowMs: number): Promise<void>;
  /** Writes everything. */
  close(): Promise<void>;
  /** Forgets amphorae not heard of since. */
  prune(oldestMs: number): void;
}

const COARSE_EVERY_MS = 60_000;
/** Whatever is longer was an interruption. */
const MAX_PERIOD_MS = 600_000;
/** While the database is away; beyond it the oldest steps are given up. */
const MAX_WAITING = 200_000;
/** What waits to be written of one object in one step of time. */
interface Waiting {
  readonly step: number;
  readonly at: number;
  readonly objectId: string;
  readonly loadBalancerId: string;
  /** Open connections, then FIGURES. */
  readonly values: number[];
}

const STEPS = [PERIODS.hour.stepSeconds, PERIODS.day.stepSeconds] as const;

export function createSeries({ store, log }: { readonly store: Store; readonly log: Logger }): Series {
  const waiting = new Map<number, Map<string, Waiting>>(STEPS.map((step) => [step, new Map()]));
  const heardAtMs = new Map<string, number>();
  let coarseWrittenAtMs = 0;
  let tail: Promise<void> = Promise.resolve();

  const merge = (one: Waiting) => {
    const steps = waiting.get(one.step);
    const key = `${one.at}/${one.objectId}`;
    const other = steps?.get(key)?.values;
    if (other === undefined) steps?.set(key, one);
    else for (const [index, value] of one.values.entries()) other[index] = index === 0 ? Math.max(other[index] ?? 0, value) : (other[index] ?? 0) + value;
  };
  const write = async (steps: readonly number[]) => {
    const ready = steps.flatMap((step) => [...(waiting.get(step)?.values() ?? [])]);
    for (const step of steps) waiting.get(step)?.clear();
    if (ready.length === 0) return;
    try {
      await store.transaction((trx) => addSamples(trx, ready.map(sampleOf)));
    } catch (error) {
      for (const one of ready.slice(-MAX_WAITING)) merge(one);
      log.warn({ err: error, samples: ready.length }, 'Figures over time could not be written');
    }
  };
  const writeInTurn = (steps: readonly number[]) => (tail = tail.then(() => write(steps)));

  return {
    add(message, loadBalancer, atMs) {
      const beforeMs = heardAtMs.get(message.id) ?? atMs - 1000;
      heardAtMs.set(message.id, atMs);
      const told = message.extension;
      const periodMs = told === undefined ? atMs - beforeMs : told.seconds * 1000;
      const fromMs = atMs - Math.min(MAX_PERIOD_MS, Math.max(1000, periodMs));
      const take = (objectId: string, figures: readonly number[]) => {
        if (!loadBalancer.nodes.has(objectId)) return;
        for (const step of STEPS) for (const { at, values } of spread(figures, step, [fromMs, atMs])) merge({ step, at, objectId, loadBalancerId: loadBalancer.id, values });
      };
      if (told !== undefined) for (const [objectId, figures] of Object.entries(told.figures)) take(objectId, figures);
      // Before version 3 figures are no increases.
      if (message.ver < 3) return;
      for (const [listenerId, { stats }] of Object.entries(message.listeners)) {
        if (told !== undefined && Object.hasOwn(told.figures, listenerId)) continue;
        const figures = [stats.conns, 0, stats.totconns, stats.rx, stats.tx, stats.ereq];
        if (figures.some((figure) => figure !== 0)) take(listenerId, figures);
      }
    },
    flush(nowMs) {
      const isCoarseDue = nowMs - coarseWrittenAtMs >= COARSE_EVERY_MS;
      if (isCoarseDue) coarseWrittenAtMs = nowMs;
      return writeInTurn(isCoarseDue ? STEPS : [PERIODS.hour.stepSeconds]);
    },
    close: () => writeInTurn(STEPS),
    prune(oldestMs) {
      for (const [id, at] of heardAtMs) if (at < oldestMs) heardAtMs.delete(id);
    },
  };
}

/** Part of a period that lies in one step of time: open connections, then FIGURES, shorter where the rest is zero. */
export interface SpreadPart {
  /** Seconds since the epoch. */
  readonly at: number;
  readonly values: number[];
}

/**
 * Spreads what came together in a period evenly over the steps of time that it touches, so that heartbeats which do not
 * fall into step leave no teeth in a chart. Whole numbers; nothing is lost.
 */
export function spread(figures: readonly number[], stepSeconds: number, [fromMs, toMs]: readonly [number, number]): readonly SpreadPart[] {
  const stepMs = stepSeconds * 1000;
  const first = Math.floor(fromMs / stepMs);
  // A period that ends with a step does not touch the next.
  const last = Math.max(first, Math.ceil(toMs / stepMs) - 1);
  const totals = figures.slice(0, FIGURES.length + 1).map(wholeOf);
  if (first === last) return [{ at: first * stepSeconds, values: totals }];
  const parts: SpreadPart[] = [];
  for (let step = first; step <= last; step += 1) {
    const before = Math.max(0, (step * stepMs - fromMs) / (toMs - fromMs));
    const after = step === last ? 1 : ((step + 1) * stepMs - fromMs) / (toMs - fromMs);
    parts.push({ at: step * stepSeconds, values: totals.map((total, index) => (index === 0 ? total : Math.floor(total * after) - Math.floor(total * before))) });
  }
  return parts;
}

const MAX_INT = 2 ** 31 - 1;

/** A figure as a column can hold it, whatever the agent sent. */
function wholeOf(value: number, index: number): number {
  return Math.min(Math.max(Math.trunc(value), 0), index === 0 ? MAX_INT : Number.MAX_SAFE_INTEGER);
}

const NOTHING = { ...(Object.fromEntries(FIGURES.map((name) => [name, 0])) as Record<Figure, number>), peak_connections: 0 };

/** Every object of the same shape: objects made from lists of entries took most of the time of a flush. */
function sampleOf({ step, at, objectId, loadBalancerId, values }: Waiting): Sample {
  const counts = { ...NOTHING, peak_connections: values[0] ?? 0 };
  for (let index = 1; index < values.length; index += 1) {
    const name = FIGURES[index - 1];
    if (name !== undefined) counts[name] = values[index] ?? 0;
  }
  return { step, at, objectId, loadBalancerId, counts };
}
