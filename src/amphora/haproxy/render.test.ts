import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { AmphoraFacts } from '../protocol/agent-api.ts';
import { DEFAULT_HAPROXY_OPTIONS } from './options.ts';
import type { HaproxyOptions } from './options.ts';
import { renderHaproxy } from './render.ts';
import { createCheckBench } from './testdata/check-config.ts';
import { SAMPLE_FACTS, sampleGraph, sampleId } from './testdata/sample-graph.ts';
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

/** The original agent's own patterns (octavia: octavia/amphorae/backends/agent/api_server/util.py): what they must find. */
const FOREIGN_AGENT = {
  section: /\n(frontend|backend)\s+(\S+)\n/g,
  mode: /^\s+mode\s+(.*)$/m,
  certificates: /^\s+bind\s+\S+\s+ssl crt-list\s+(\S*)/m,
  socket: /stats socket\s+(\S+)/,
};

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

  test.each(NAMES)('%s is understood by the original\'s agent', (name) => {
    const text = readFileSync(join(DIRECTORY, `${name}.out.cfg`), 'utf8');
    expect(FOREIGN_AGENT.socket.exec(text)?.[1]).toBe(`/var/lib/octavia/${sampleId('1', 1)}.sock`);
    const parts = text.split(FOREIGN_AGENT.section);
    const frontends = parts.flatMap((part, index) => (part === 'frontend' ? [[parts[index + 1] ?? '', parts[index + 2] ?? ''] as const] : []));
    expect(frontends).toHaveLength(text.match(/^frontend /gm)?.length ?? 0);
    for (const [id, body] of frontends) {
      expect(FOREIGN_AGENT.mode.exec(body)?.[1]).toMatch(/^(http|tcp)$/);
      if (body.includes('crt-list')) expect(FOREIGN_AGENT.certificates.exec(body)?.[1]).toContain(`${id}.pem`);
    }
  });
});

test('both logs go to the ring of an amphora that has no syslog', () => {
  const graph = sampleGraph({});
  const rendered = renderHaproxy(graph, graph.amphorae[0]!, { ...SAMPLE_FACTS, isOurs: true, logRing: 'octavia-log' }, NO_TLS, DEFAULT_HAPROXY_OPTIONS);
  expect(rendered.match(/^ {4}log .*$/gm)).toEqual(['    log ring@octavia-log local0', '    log ring@octavia-log local1 notice', '    log global']);
});

test('a check that waits longer than haproxy can count waits as long as it can', async () => {
  const graph = sampleGraph({
    listeners: [{ defaultPoolId: sampleId('3', 1) }],
    pools: [{ members: [{}], healthMonitor: { type: 'TCP', delaySeconds: 2_147_483_647, timeoutSeconds: 2_147_484 } }],
  });
  const rendered = renderHaproxy(graph, graph.amphorae[0]!, SAMPLE_FACTS, NO_TLS, DEFAULT_HAPROXY_OPTIONS);
  expect(rendered).toContain(' inter 2147483s ');
  const bench = createCheckBench();
  try {
    await bench.check(rendered);
  } finally {
    bench.close();
  }
});
