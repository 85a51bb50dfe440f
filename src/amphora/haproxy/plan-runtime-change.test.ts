import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_HAPROXY_OPTIONS } from './options.ts';
import { parseHaproxyConfig } from './parse-config.ts';
import { planChange } from './plan-runtime-change.ts';
import { readServersState, readStats } from './read-stats.ts';
import { renderHaproxy } from './render.ts';
import { isRefused } from './runtime-answers.ts';
import { prepareServerState } from './server-state-file.ts';
import { startHaproxy } from './testdata/live-haproxy.ts';
import type { LiveHaproxy } from './testdata/live-haproxy.ts';
import { SAMPLE_FACTS, sampleGraph, sampleId } from './testdata/sample-graph.ts';
import type { SamplePool } from './testdata/sample-graph.ts';
import { NO_TLS } from './tls-files.ts';

const OURS = { ...SAMPLE_FACTS, isOurs: true, maxOpenFiles: 20_000 };
const OPTIONS = { ...DEFAULT_HAPROXY_OPTIONS, connectionLogging: false };

function configOf(pool: SamplePool): string {
  const protocol = pool.protocol === 'TCP' ? 'TCP' : 'HTTP';
  const graph = sampleGraph({ listeners: [{ protocol, protocolPort: 80, defaultPoolId: sampleId('3', 1) }], pools: [pool] });
  return renderHaproxy(graph, graph.amphorae[0]!, OURS, NO_TLS, OPTIONS);
}

function plan(before: SamplePool, after: SamplePool, live: readonly string[] = []): ReturnType<typeof planChange> {
  return planChange(parseHaproxyConfig(configOf(before)), parseHaproxyConfig(configOf(after)), new Set(live));
}

const [A, B, C] = [
  { id: sampleId('4', 1), ipAddress: '127.0.0.1', protocolPort: 1 },
  { id: sampleId('4', 2), ipAddress: '127.0.0.2', protocolPort: 2 },
  { id: sampleId('4', 3), ipAddress: '127.0.0.3', protocolPort: 3 },
];
const BACKEND = `${sampleId('3', 1)}:${sampleId('2', 1)}`;

describe('what needs a reload', () => {
  test.each<[string, SamplePool, SamplePool]>([
    ['another algorithm', { members: [A] }, { members: [A], lbAlgorithm: 'LEAST_CONNECTIONS' }],
    ['a new monitor', { members: [A] }, { members: [A], healthMonitor: { type: 'TCP' } }],
    ['a changed monitor', { members: [A], healthMonitor: { type: 'TCP' } }, { members: [A], healthMonitor: { type: 'TCP', delaySeconds: 9 } }],
    ['a new member behind cookies', { members: [A], sessionPersistence: { type: 'HTTP_COOKIE' } }, { members: [A, B], sessionPersistence: { type: 'HTTP_COOKIE' } }],
    ['a member that becomes backup', { members: [A] }, { members: [{ ...A, backup: true }] }],
    ['a check address taken away', { members: [{ ...A, monitorPort: 7 }], healthMonitor: { type: 'TCP' } }, { members: [A], healthMonitor: { type: 'TCP' } }],
    ['a new member behind ping checks', { members: [A], healthMonitor: { type: 'PING' } }, { members: [A, B], healthMonitor: { type: 'PING' } }],
    ['the pool disabled', { members: [A] }, { members: [A], enabled: false }],
  ])('%s', (_, before, after) => {
    expect(plan(before, after).kind).toBe('reload');
  });

  test('a member that comes back while its old server still finishes connections', () => {
    expect(plan({ members: [A] }, { members: [A, B] }, [`${BACKEND}/${B.id}`]).kind).toBe('reload');
  });

  test('a map-based source balance, as a foreign configuration has it', () => {
    const foreign = (pool: SamplePool): ReturnType<typeof parseHaproxyConfig> => parseHaproxyConfig(configOf(pool).replace('    hash-type consistent\n', ''));
    const source = (members: SamplePool['members'] & object): SamplePool => ({ lbAlgorithm: 'SOURCE_IP', members });
    expect(planChange(foreign(source([A])), foreign(source([A, B])), new Set()).kind).toBe('reload');
    expect(planChange(foreign(source([A])), foreign(source([{ ...A, weight: 3 }])), new Set()).kind).toBe('reload');
  });

  test('a server line that this agent does not write', () => {
    const text = configOf({ members: [A] });
    const odd = parseHaproxyConfig(text.replace(' weight 1', ' weight 1 maxconn 3'));
    expect(planChange(odd, parseHaproxyConfig(text), new Set()).kind).toBe('reload');
  });
});

test('nothing is done for an equal configuration, whatever the TLS cache', () => {
  const text = configOf({ members: [A] });
  const other = text.replace('    maxconn', '    tune.ssl.cachesize 70000\n    maxconn');
  expect(planChange(parseHaproxyConfig(text), parseHaproxyConfig(other), new Set())).toEqual({ kind: 'none' });
});

describe('against a running haproxy', () => {
  const running: LiveHaproxy[] = [];
  const backends: Server[] = [];
  afterEach(async () => { await Promise.all(running.splice(0).map((haproxy) => haproxy.stop())); });
  afterAll(() => { for (const backend of backends) backend.close(); });
  beforeAll(async () => {
    for (const name of ['one', 'two', 'three']) {
      const backend = createServer((_, response) => response.end(name));
      await new Promise<void>((resolve) => { backend.listen(0, '127.0.0.1', resolve); });
      backends.push(backend);
    }
  });

  async function start(config: string, state: string | null = null): Promise<LiveHaproxy> {
    const haproxy = await startHaproxy(config, state);
    running.push(haproxy);
    return haproxy;
  }

  /** Everything about servers that must not depend on how the process got there. */
  async function settings(haproxy: LiveHaproxy): Promise<readonly string[]> {
    const rows = (await haproxy.ask('show servers state')).split('\n').filter((line) => /^\d+ /.test(line)).map((line) => line.split(' '));
    return rows.map((row) => {
      const isMaintained = Number(row[6]) & 1;
      const areChecksEnabled = isMaintained ? 'paused' : Number(row[13]) & 4;
      return [row[1], row[3], row[4], `port ${row[18]}`, `maint ${isMaintained}`, `weight ${row[7]}`, `checks ${areChecksEnabled}`, `tls ${row[20]}`, `check ${row[22]}:${row[21]}`].join(' ');
    }).toSorted();
  }

  async function apply(haproxy: LiveHaproxy, before: string, after: string): Promise<void> {
    const change = planChange(parseHaproxyConfig(before), parseHaproxyConfig(after), new Set());
    if (change.kind !== 'runtime') throw new Error(`expected runtime commands, got ${JSON.stringify(change)}`);
    for (const command of [...change.commands, ...change.removals]) {
      const answer = await haproxy.ask(command);
      expect({ command, answer, isRefused: isRefused(command, answer) }).toEqual({ command, answer, isRefused: false });
    }
  }

  const SHAPES: readonly [string, SamplePool][] = [
    ['plain', {}],
    ['tcp, least connections', { protocol: 'TCP', lbAlgorithm: 'LEAST_CONNECTIONS' }],
    ['source hash', { lbAlgorithm: 'SOURCE_IP' }],
    ['sticky by source', { sessionPersistence: { type: 'SOURCE_IP' } }],
    ['http checks', { healthMonitor: { type: 'HTTP', delaySeconds: 30 } }],
    ['https checks over tls', { tlsEnabled: true, tlsCiphers: 'HIGH:!aNULL', tlsVersions: ['TLSv1.2'], healthMonitor: { type: 'HTTPS', delaySeconds: 30 } }],
    ['proxy protocol', { protocol: 'PROXYV2' }],
  ];

  test.each(SHAPES)('%s: members added, removed, moved, weighed, drained and disabled are as after a fresh start', async (_, shape) => {
    const before = configOf({ ...shape, members: [A, B] });
    const after = configOf({
      ...shape,
      members: [{ ...A, ipAddress: '127.0.0.9', protocolPort: 99, weight: 0 }, { ...C, weight: 7, backup: true, monitorPort: 5 }, { ...C, id: sampleId('4', 4), enabled: false }],
    });
    const haproxy = await start(before);
    await apply(haproxy, before, after);
    const fresh = await start(after);
    expect(await settings(haproxy)).toEqual(await settings(fresh));
  });

  test('members that are checked at an IPv6 address are added and changed as after a fresh start', async () => {
    const monitor = { type: 'TCP', delaySeconds: 30 } as const;
    const before = configOf({ healthMonitor: monitor, members: [{ ...A, monitorAddress: 'fd00::1:20' }] });
    const after = configOf({ healthMonitor: monitor, members: [{ ...A, monitorAddress: 'fd00::1:21' }, { ...B, ipAddress: '::1', monitorAddress: 'fd00::2', monitorPort: 5 }] });
    const haproxy = await start(before);
    await apply(haproxy, before, after);
    const fresh = await start(after);
    expect(await settings(haproxy)).toEqual(await settings(fresh));
    expect((await settings(fresh)).map((line) => line.split(' check ')[1])).toEqual(['fd00::1:21:0', 'fd00::2:5']);
    const restarted = await start(after, prepareServerState(await haproxy.ask('show servers state'), parseHaproxyConfig(after)));
    expect(await settings(restarted)).toEqual(await settings(fresh));
  });

  test('any series of member changes ends where a fresh start ends', async () => {
    const member = fc.record({ weight: fc.integer({ min: 0, max: 256 }), enabled: fc.boolean(), protocolPort: fc.integer({ min: 1, max: 65_535 }) });
    const members = fc.array(fc.option(member, { nil: null }), { minLength: 3, maxLength: 3 });
    await fc.assert(fc.asyncProperty(fc.array(members, { minLength: 2, maxLength: 5 }), async (series) => {
      const configs = series.map((step) => configOf({
        healthMonitor: { type: 'TCP', delaySeconds: 30 },
        members: step.flatMap((over, index) => (over ? [{ id: sampleId('4', index), ipAddress: '127.0.0.1', ...over }] : [])),
      }));
      const haproxy = await start(configs[0]!);
      for (const [index, config] of configs.entries()) {
        if (index > 0 && config !== configs[index - 1]) await apply(haproxy, configs[index - 1]!, config);
      }
      const fresh = await start(configs.at(-1)!);
      expect(await settings(haproxy)).toEqual(await settings(fresh));
      await Promise.all(running.splice(0).map((process) => process.stop()));
    }), { numRuns: 8 });
  });

  test('a server added at runtime gets traffic, a removed one none, without a failed request', async () => {
    const at = (index: number): { ipAddress: string; protocolPort: number } => ({ ipAddress: '127.0.0.1', protocolPort: (backends[index]!.address() as AddressInfo).port });
    const before = configOf({ members: [{ id: A.id, ...at(0) }, { id: B.id, ...at(1) }] });
    const after = configOf({ members: [{ id: B.id, ...at(1) }, { id: C.id, ...at(2) }] });
    const haproxy = await start(before);
    expect(new Set([await haproxy.get(80), await haproxy.get(80)])).toEqual(new Set(['one', 'two']));
    await apply(haproxy, before, after);
    const answers = new Set<string>();
    for (let request = 0; request < 8; request += 1) answers.add(await haproxy.get(80));
    expect(answers).toEqual(new Set(['two', 'three']));
  });

  test('the state file keeps health but not values that the new configuration overrides', async () => {
    const monitor = { type: 'TCP', delaySeconds: 30, fallThreshold: 1 } as const;
    const start0 = configOf({ healthMonitor: monitor, members: [{ ...A, weight: 1 }, { ...B, weight: 1 }] });
    const changed = configOf({ healthMonitor: monitor, members: [{ ...A, weight: 5, enabled: false }, { ...B, weight: 0, protocolPort: 7 }] });
    const haproxy = await start(start0);
    await apply(haproxy, start0, changed);
    const back = parseHaproxyConfig(start0);
    const state = prepareServerState(await haproxy.ask('show servers state'), back);
    const fresh = await start(start0);
    const restarted = await start(start0, state);
    expect(await settings(restarted)).toEqual(await settings(fresh));
    const live = readServersState(await restarted.ask('show servers state'));
    expect(live.find((server) => server.name === A.id)?.isInMaintenance).toBe(false);
  });

  test('drained, disabled, unchecked and failing members are reported in the words of the heartbeat', async () => {
    const at = (index: number): { ipAddress: string; protocolPort: number } => ({ ipAddress: '127.0.0.1', protocolPort: (backends[index]!.address() as AddressInfo).port });
    const haproxy = await start(configOf({
      healthMonitor: { type: 'TCP', delaySeconds: 30, fallThreshold: 1 },
      members: [{ id: A.id, ...at(0) }, { ...B, enabled: false }, { id: C.id, ...at(1), weight: 0 }],
    }));
    await haproxy.get(80);
    const report = readStats(await haproxy.ask('show stat'));
    expect(report.listeners[sampleId('2', 1)]).toMatchObject({ status: 'OPEN', stats: { totconns: 1, ereq: 0 } });
    expect(report.pools[BACKEND]).toEqual({ status: 'UP', members: { [A.id]: 'UP', [B.id]: 'MAINT', [C.id]: 'DRAIN' } });
    const unchecked = await start(configOf({ members: [A] }));
    expect(readStats(await unchecked.ask('show stat')).pools[BACKEND]).toEqual({ status: 'UP', members: { [A.id]: 'no check' } });
    const empty = await start(configOf({ members: [] }));
    expect(readStats(await empty.ask('show stat')).pools[BACKEND]).toEqual({ status: 'UP', members: {} });
  });
});
