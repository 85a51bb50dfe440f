import type { Kysely } from 'kysely';
import { FIGURES, PERIODS, type Figure } from '../../model/figures.ts';
import type { Database } from '../../store/database.ts';
import { listSamples, type Sample } from '../../store/samples.ts';

/** What one listener, pool or member does per second. */
type ObjectRates = Readonly<Record<Figure | 'active_connections', number>> & { readonly id: string };

/** Rates as the API and the stream of changes tell them. */
export interface RatesBody {
  readonly loadbalancer_id: string;
  /** How old the figures are. */
  readonly delay_seconds: number;
  /** Only those that do something. */
  readonly objects: readonly ObjectRates[];
}

const { stepSeconds: STEP } = PERIODS.hour;

/** Rates over one step of time that ended `delaySeconds` ago: newer figures may not have come from every amphora. */
export async function readRates(db: Kysely<Database>, { loadBalancerId, delaySeconds, nowMs }: { readonly loadBalancerId: string; readonly delaySeconds: number; readonly nowMs: number }): Promise<RatesBody> {
  const to = Math.floor(nowMs / 1000) - delaySeconds;
  const samples = await listSamples(db, { loadBalancerId, step: STEP, from: Math.floor((to - STEP) / STEP) * STEP });
  const byObject = Map.groupBy(samples.filter(({ at }) => at < to), ({ objectId }) => objectId);
  return { loadbalancer_id: loadBalancerId, delay_seconds: delaySeconds, objects: [...byObject].map(([id, own]) => ratesOf(id, own, to)).toSorted((a, b) => (a.id < b.id ? -1 : 1)) };
}

/** A step that lies in the window with a part counts with that part. */
function ratesOf(id: string, samples: readonly Sample[], to: number): ObjectRates {
  const shareOf = ({ at }: Sample) => (Math.min(to, at + STEP) - Math.max(to - STEP, at)) / STEP;
  const rates = Object.fromEntries(FIGURES.map((name) => [name, rounded(samples.reduce((sum, sample) => sum + sample.counts[name] * shareOf(sample), 0) / STEP)])) as Record<Figure, number>;
  const newest = samples.reduce((best, sample) => (sample.at > best.at ? sample : best));
  return { id, active_connections: newest.counts.peak_connections, ...rates };
}

const rounded = (value: number) => Math.round(value * 100) / 100;
