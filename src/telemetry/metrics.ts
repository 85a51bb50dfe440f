import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  /** Names follow `octavia_<room>_<thing>_<unit>`; asking twice for a name gives the same metric. */
  counter<L extends string = never>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  gauge<L extends string = never>(name: string, help: string, labels?: readonly L[]): Gauge<L>;
  /** `buckets` in the unit that the name ends with. */
  histogram<L extends string = never>(name: string, help: string, options?: { readonly labels?: readonly L[]; readonly buckets?: readonly number[] }): Histogram<L>;
  /** Has `read` set its gauges whenever somebody looks; a failure leaves the last values. */
  beforeRender(read: () => Promise<void> | void): void;
  /** The Prometheus text format of everything registered. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

export interface MetricsOptions {
  /** Also CPU, memory and event-loop figures of this process. @default false */
  readonly withProcessFigures?: boolean;
}

const NAME = /^octavia(_[a-z0-9]+){3,}$/;

/** One registry; a process makes one and hands it to its rooms. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  if (options.withProcessFigures === true) collectDefaultMetrics({ register: registry });
  const known = new Map<string, Counter | Gauge | Histogram>();
  const readers: (() => Promise<void> | void)[] = [];
  const once = <M extends Counter | Gauge | Histogram>(name: string, kind: new (...args: never[]) => M, make: () => M): M => {
    if (!NAME.test(name)) throw new TypeError(`Metric ${name} is not named octavia_<room>_<thing>_<unit>.`);
    const existing = known.get(name);
    if (existing instanceof kind) return existing;
    const metric = make();
    known.set(name, metric);
    return metric;
  };
  return {
    counter: <L extends string>(name: string, help: string, labels: readonly L[] = []) =>
      once<Counter<L>>(name, Counter, () => new Counter<L>({ name, help, labelNames: [...labels], registers: [registry] })),
    gauge: <L extends string>(name: string, help: string, labels: readonly L[] = []) =>
      once<Gauge<L>>(name, Gauge, () => new Gauge<L>({ name, help, labelNames: [...labels], registers: [registry] })),
    histogram: <L extends string>(name: string, help: string, { labels = [], buckets }: { readonly labels?: readonly L[]; readonly buckets?: readonly number[] } = {}) =>
      once<Histogram<L>>(name, Histogram, () => new Histogram<L>({ name, help, labelNames: [...labels], registers: [registry], ...(buckets && { buckets: [...buckets] }) })),
    beforeRender: (read) => void readers.push(read),
    async render() {
      await Promise.allSettled(readers.map(async (read) => read()));
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
