import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { AmphoraFacts } from '../protocol/agent-api.ts';
import { DEFAULT_HAPROXY_OPTIONS } from './options.ts';
import type { HaproxyOptions } from './options.ts';
import { renderHaproxy } from './render.ts';
import { createCheckBench } from './testdata/check-config.ts';
import { SAMPLE_FACTS, sampleGraph } from './testdata/sample-graph.ts';
import type { SampleGraph } from './testdata/sample-graph.ts';
import { NO_TLS } from './tls-files.ts';
import type { ResolvedTls } from './tls-files.ts';

interface GoldenCase {
  readonly graph: SampleGraph;
  readonly facts?: Partial<AmphoraFacts>;
  readonly options?: Partial<HaproxyOptions>;
  readonly tls?: Partial<ResolvedTls>;
}

const DIRECTORY = join(import.meta.dirname, 'testdata');
const NAMES = readdirSync(DIRECTORY).filter((name) => name.endsWith('.in.yaml')).map((name) => name.slice(0, -'.in.yaml'.length));

// haproxy remarks on these in the original's files as well; they change nothing.
const KNOWN_REMARKS = /^\s*$|Removing incomplete section 'peers|no local peer|missing timeouts|verify none|Proxy '.*': in multi-process/;

/** UPDATE_GOLDEN=1 rewrites the expected files; the difference is then reviewed. */
describe('haproxy.cfg', () => {
  const bench = createCheckBench();
  afterAll(() => bench.close());

  test.each(NAMES)('%s is rendered as recorded and accepted by haproxy', async (name) => {
    const input: GoldenCase = parse(readFileSync(join(DIRECTORY, `${name}.in.yaml`), 'utf8')) as GoldenCase;
    const graph = sampleGraph(input.graph);
    const rendered = renderHaproxy(
      graph, graph.amphorae[0]!, { ...SAMPLE_FACTS, ...input.facts }, { ...NO_TLS, ...input.tls }, { ...DEFAULT_HAPROXY_OPTIONS, ...input.options },
    );
    const golden = join(DIRECTORY, `${name}.out.cfg`);
    if (process.env['UPDATE_GOLDEN']) writeFileSync(golden, rendered);
    expect(rendered).toBe(readFileSync(golden, 'utf8'));
    const remarks = (await bench.check(rendered)).split('\n').filter((line) => !KNOWN_REMARKS.test(line));
    expect(remarks).toEqual([]);
  });
});
