import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { L7policy, Listener, Pool } from '../../dashboard/src/api/schema.ts';
import type { Condition, Point } from '../../dashboard/src/data/figures.ts';
import { formatBytes, timeOf } from '../../dashboard/src/format/figures.ts';
import { objectName } from '../../dashboard/src/format/object-name.ts';
import { rawWords, readableLine } from '../../dashboard/src/pages/statistics/readable-line.ts';
import { CHARTS, columnsOf } from '../../dashboard/src/pages/statistics/series.ts';
import { countStatuses, explain, topologyOf, unhealthyOnly } from '../../dashboard/src/pages/topology/topology-model.ts';

const well = { operating_status: 'ONLINE', provisioning_status: 'ACTIVE' };
const listener = (id: string, port: number, pool: string | null) => ({ ...well, id, name: id, protocol_port: port, default_pool_id: pool, l7policies: [] }) as unknown as Listener;
const pool = (id: string, members: number, operating = 'ONLINE') => ({ ...well, id, name: id, operating_status: operating, members: Array.from({ length: members }, (_, index) => ({ id: `${id}-${index}` })) }) as unknown as Pool;
const policy = (id: string, target: string) => ({ ...well, id, name: id, redirect_pool_id: target }) as unknown as L7policy;
const member = (id: string, operating: string) => ({ ...well, id, name: id, operating_status: operating, address: '192.0.2.1', protocol_port: 1 });
const tree = (pools: Readonly<Record<string, readonly ReturnType<typeof member>[]>>) => ({
  ...well, id: 'lb', name: 'lb', listeners: [{ ...well, id: 'l', name: 'l', pools: Object.entries(pools).map(([id, members]) => ({ ...well, id, name: id, members })) }],
});

it('stands pools in the order in which listeners lead to them, and those nobody uses last', () => {
  const { listeners, pools } = topologyOf({
    listeners: [listener('b', 443, 'p10'), listener('a', 80, 'p2')], pools: [pool('unused', 0), pool('p10', 1), pool('p2', 1), pool('p3', 2)],
    policies: new Map([['a', [policy('x', 'p3')]]]), tree: tree({ p2: [member('m', 'ONLINE')] }), members: new Map(),
  });
  expect(listeners.map((one) => [one.listener.id, one.poolIds])).toEqual([['a', ['p3', 'p2']], ['b', ['p10']]]);
  expect(pools.map((one) => [one.pool.id, one.members?.length ?? null])).toEqual([['p3', null], ['p2', 1], ['p10', null], ['unused', 0]]);
});

it('leaves of a large one only what is not well and what leads there', () => {
  const all = topologyOf({
    listeners: [listener('a', 1, 'fine'), listener('b', 2, 'bad')], pools: [pool('fine', 1), pool('bad', 3)], policies: new Map(),
    tree: tree({ fine: [member('f', 'NO_MONITOR')], bad: [member('up', 'ONLINE'), member('down', 'ERROR'), member('out', 'DRAINING')] }), members: new Map(),
  });
  const { listeners, pools } = unhealthyOnly(all);
  expect(listeners.map((one) => one.listener.id)).toEqual(['b']);
  expect(pools.map((one) => [one.pool.id, one.only, one.members?.length])).toEqual([['bad', ['down', 'out'], 3]]);
  expect(countStatuses(all.pools.flatMap(({ members }) => members ?? []))).toEqual([['ERROR', 1], ['DRAINING', 1], ['NO_MONITOR', 1], ['ONLINE', 1]]);
});

it.each([
  ['ONLINE', {}, null], ['NO_MONITOR', {}, 'topology.reason.no-monitor'], ['DRAINING', {}, 'topology.reason.draining'], ['OFFLINE', { admin_state_up: false }, 'topology.reason.admin-down'],
  ['OFFLINE', {}, 'topology.reason.not-reported'], ['ONLINE', { provisioning_status: 'ERROR' }, 'topology.reason.provisioning'], ['OFFLINE', { provisioning_status: 'PENDING_CREATE' }, 'topology.reason.pending'],
])('explains %s with %j', (operating, more, key) => {
  const explained = explain({ ...member('m', operating), updated_at: '2026-01-02T03:04:05', ...more }, new Map());
  expect(explained === null ? null : explained.reason).toEqual(key === null ? null : { key });
  if (explained !== null) expect(explained.since).toBe('2026-01-02T03:04:05');
});

it('prefers what the amphora said, as long as it is about the status that is shown', () => {
  const condition: Condition = { object_id: 'm', object_type: 'member', operating_status: 'ERROR', since: '2026-01-01T00:00:00', reason: 'Layer4 timeout' };
  expect(explain(member('m', 'ERROR'), new Map([['m', condition]]))).toEqual({ since: '2026-01-01T00:00:00', reason: { text: 'Layer4 timeout' } });
  expect(explain(member('m', 'DRAINING'), new Map([['m', condition]]))).toEqual({ since: null, reason: { key: 'topology.reason.draining' } });
});

it('charts have a value for each step of the period, zero where nothing was counted, and lose nothing', () => {
  const [requests] = CHARTS;
  fc.assert(fc.property(fc.uniqueArray(fc.nat(359), { maxLength: 50 }), (steps) => {
    const from = 1_800_000_000;
    const zero = { connections: 0, bytes_in: 0, bytes_out: 0, errors: 0, responses_1xx: 0, responses_2xx: 0, responses_3xx: 0, responses_4xx: 0, responses_5xx: 0, peak_connections: 0 };
    const points: Point[] = steps.map((step) => ({ ...zero, at: from + step * 10, requests: 20 }));
    const [times = [], values = []] = columnsOf({ from, to: from + 3605, step_seconds: 10, points }, requests?.lines ?? []);
    expect(times).toHaveLength(360);
    expect(values.reduce((sum, value) => sum + value * 10, 0)).toBe(steps.length * 20);
  }));
});

it('writes figures as people read them, and takes times without a zone as UTC', () => {
  expect([0, 999, 1000, 1_234_567, 999_999].map((bytes) => formatBytes(bytes, 'en'))).toEqual(['0 B', '999 B', '1 kB', '1.23 MB', '1 MB']);
  expect(timeOf('2026-01-02T03:04:05')).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
  expect(timeOf('2026-01-02 03:04:05')).toBe(timeOf('2026-01-02T03:04:05Z'));
});

it('shows log lines with names, and finds them by names', () => {
  const [lb, listener1, member1] = ['719a4bf0-700f-4cdd-b538-b9817d98e9af', '2c28fcb5-e890-40d2-bcf0-e7b7ac18b157', '00000000-0000-4000-8000-000000000001'];
  const names = new Map([[listener1, 'front'], [member1, 'web1']]);
  const line = `Nov 21 11:34:32 amphora-${lb} haproxy[247]: ea9af0ef87e64022a3430e79ffcc3a30 ${lb} ${listener1} 10.0.10.1 53788 "GET /" 200 ${member1}`;
  expect(readableLine(line, lb, names)).toBe('front 10.0.10.1 53788 "GET /" 200 web1');
  expect(readableLine('a format of their own', lb, names)).toBe('a format of their own');
  expect(rawWords('web1  404', names)).toBe(`${member1} 404`);
});

it('calls what has no name by its id, so that no link or button is without words', () => {
  expect([objectName('some-id', 'web'), objectName('some-id', ''), objectName('some-id', undefined), objectName('some-id', null)]).toEqual(['web', 'some-id', 'some-id', 'some-id']);
});
