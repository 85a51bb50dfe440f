import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPERATING_STATUSES, PROVISIONING_STATUSES, type OperatingStatus, type ProvisioningStatus } from '../enums.ts';
import { changedStatuses, deriveStatuses } from './derive-statuses.ts';
import type { StatusReport } from './report.ts';
import type { StatusKind, StatusNode, StatusTree } from './status-tree.ts';

const node = (id: string, changes: Partial<StatusNode> = {}): StatusNode =>
  ({ id, enabled: true, provisioningStatus: 'ACTIVE', operatingStatus: 'OFFLINE', ...changes });

/** One listener `l`, one pool `p` with the given members, everything ACTIVE and enabled. */
function treeOf(members: readonly StatusNode[], changes: { lb?: Partial<StatusNode>; listener?: Partial<StatusNode>; pool?: Partial<StatusNode> } = {}): StatusTree {
  return {
    ...node('lb', changes.lb),
    listeners: [{ ...node('l', changes.listener), l7policies: [{ ...node('policy'), rules: [node('rule')] }] }],
    pools: [{ ...node('p', changes.pool), healthMonitor: node('monitor'), members }],
  };
}

function statusOf(tree: StatusTree, report: StatusReport, kind: StatusKind): OperatingStatus | undefined {
  return deriveStatuses(tree, report).find((status) => status.kind === kind)?.operatingStatus;
}

const up = (members: Record<string, string> = {}, listener = 'OPEN', pool = 'UP'): StatusReport =>
  ({ listeners: { l: { status: listener } }, pools: { 'p:l': { status: pool, members } } });
const nothing: StatusReport = { listeners: {}, pools: {} };

describe('statuses from a report, by the table of the contract', () => {
  it.each<[string, StatusTree, StatusReport, Partial<Record<StatusKind, OperatingStatus | undefined>>]>([
    ['all well', treeOf([node('m')]), up({ m: 'UP' }), { load_balancer: 'ONLINE', listener: 'ONLINE', pool: 'ONLINE', member: 'ONLINE' }],
    ['listener FULL', treeOf([]), up({}, 'FULL'), { load_balancer: 'DEGRADED', listener: 'DEGRADED', pool: 'ONLINE' }],
    ['listener missing', treeOf([]), nothing, { load_balancer: 'ONLINE', listener: 'ERROR', pool: 'OFFLINE' }],
    ['listener missing while pending', treeOf([], { lb: { provisioningStatus: 'PENDING_UPDATE' } }), nothing, { listener: 'OFFLINE' }],
    ['listener missing and disabled', treeOf([], { listener: { enabled: false } }), nothing, { listener: 'OFFLINE' }],
    ['listener of unknown state', treeOf([]), up({}, 'UNKNOWN'), { listener: undefined, load_balancer: 'ONLINE' }],
    ['pool DOWN', treeOf([node('m')]), up({ m: 'DOWN' }, 'OPEN', 'DOWN'), { load_balancer: 'ERROR', pool: 'ERROR', member: 'ERROR' }],
    ['pool DOWN and listener FULL', treeOf([]), up({}, 'FULL', 'DOWN'), { load_balancer: 'ERROR', listener: 'DEGRADED' }],
    ['pool of unknown state', treeOf([node('m')]), up({ m: 'DOWN' }, 'OPEN', 'UNKNOWN'), { load_balancer: 'ONLINE', pool: undefined, member: 'ERROR' }],
    ['one member DOWN', treeOf([node('m')]), up({ m: 'DOWN 1/2' }), { load_balancer: 'DEGRADED', pool: 'DEGRADED', member: 'ERROR' }],
    ['load balancer disabled', treeOf([node('m', { operatingStatus: 'ONLINE' })], { lb: { enabled: false } }), up({ m: 'UP' }),
      { load_balancer: 'OFFLINE', listener: 'OFFLINE', pool: 'OFFLINE', member: 'OFFLINE', health_monitor: 'OFFLINE', l7policy: 'OFFLINE', l7rule: 'OFFLINE' }],
    ['pool disabled', treeOf([node('m', { operatingStatus: 'NO_MONITOR' })], { pool: { enabled: false } }), up({ m: 'UP' }), { pool: 'OFFLINE', member: undefined, load_balancer: 'ONLINE' }],
    ['monitor, policy and rule', treeOf([]), up(), { health_monitor: 'ONLINE', l7policy: 'ONLINE', l7rule: 'ONLINE' }],
  ])('%s', (_name, tree, report, expected) => {
    for (const [kind, status] of Object.entries(expected)) expect([kind, statusOf(tree, report, kind as StatusKind)]).toEqual([kind, status]);
  });

  it.each<[string | undefined, OperatingStatus, OperatingStatus | undefined]>([
    ['UP', 'OFFLINE', 'ONLINE'], ['UP 1/3', 'OFFLINE', 'ONLINE'], ['DOWN', 'ONLINE', 'ERROR'], ['DOWN 1/2', 'ONLINE', 'ERROR'], ['DRAIN', 'ONLINE', 'DRAINING'],
    ['MAINT', 'ONLINE', 'OFFLINE'], ['no check', 'OFFLINE', 'NO_MONITOR'], ['RESTARTING', 'ERROR', undefined], ['something else', 'ERROR', undefined],
    [undefined, 'ONLINE', 'OFFLINE'], [undefined, 'NO_MONITOR', undefined],
  ])('member text %s over %s gives %s', (text, stored, expected) => {
    const tree = treeOf([node('m', { operatingStatus: stored })]);
    expect(statusOf(tree, up(text === undefined ? {} : { m: text }), 'member')).toBe(expected);
  });

  it.each([
    ['p', 'ONLINE'], ['p:l', 'ONLINE'], ['p:a:b', 'OFFLINE'], ['q:l', 'OFFLINE'],
  ])('pool key %s makes pool p %s', (key, expected) => {
    expect(statusOf(treeOf([]), { listeners: {}, pools: { [key]: { status: 'UP', members: {} } } }, 'pool')).toBe(expected);
  });

  it('a monitor that is being changed keeps its status', () => {
    const tree = treeOf([]);
    const pools = tree.pools.map((pool) => ({ ...pool, healthMonitor: node('monitor', { provisioningStatus: 'PENDING_UPDATE', operatingStatus: 'ONLINE' }) }));
    expect(statusOf({ ...tree, pools }, up(), 'health_monitor')).toBeUndefined();
  });
});

const anyNode = (id: string) => fc.record({
  id: fc.constant(id), enabled: fc.boolean(), provisioningStatus: fc.constantFrom<ProvisioningStatus>(...PROVISIONING_STATUSES),
  operatingStatus: fc.constantFrom<OperatingStatus>(...OPERATING_STATUSES),
});
const anyReport: fc.Arbitrary<StatusReport> = fc.record({
  listeners: fc.dictionary(fc.constantFrom('l', 'other'), fc.record({ status: fc.constantFrom('OPEN', 'FULL', 'UNKNOWN') })),
  pools: fc.dictionary(fc.constantFrom('p', 'p:l', 'other:l'), fc.record({
    status: fc.constantFrom('UP', 'DOWN', 'UNKNOWN'),
    members: fc.dictionary(fc.constantFrom('m1', 'm2', 'm3'), fc.constantFrom('UP', 'UP 1/2', 'DOWN', 'DRAIN', 'MAINT', 'no check', 'RESTARTING', '?')),
  })),
});
const anyTree: fc.Arbitrary<StatusTree> = fc.tuple(anyNode('lb'), anyNode('l'), anyNode('policy'), anyNode('rule'), anyNode('p'), anyNode('monitor'), anyNode('m1'), anyNode('m2'))
  .map(([lb, listener, policy, rule, pool, healthMonitor, ...members]) =>
    ({ ...lb, listeners: [{ ...listener, l7policies: [{ ...policy, rules: [rule] }] }], pools: [{ ...pool, healthMonitor, members }] }));

function applied(tree: StatusTree, report: StatusReport): StatusTree {
  const changes = new Map(changedStatuses(tree, report).map((status) => [status.id, status.operatingStatus]));
  const visit = <T>(value: T): T => {
    if (Array.isArray(value)) return value.map(visit) as T;
    if (typeof value !== 'object' || value === null) return value;
    const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner)]));
    return ('id' in copy ? { ...copy, operatingStatus: changes.get(String(copy['id'])) ?? copy['operatingStatus'] } : copy) as T;
  };
  return visit(tree);
}

describe('derivation of statuses', () => {
  it('is settled after one application: the same report again changes nothing, so two amphorae that agree never fight', () => {
    fc.assert(fc.property(anyTree, anyReport, (tree, report) => {
      expect(changedStatuses(applied(tree, report), report)).toEqual([]);
    }));
  });

  it('names only objects of the tree, each once', () => {
    fc.assert(fc.property(anyTree, anyReport, (tree, report) => {
      const ids = deriveStatuses(tree, report).map((status) => status.id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.every((id) => ['lb', 'l', 'policy', 'rule', 'p', 'monitor', 'm1', 'm2'].includes(id))).toBe(true);
    }));
  });

  it('shows nothing of a disabled load balancer as working', () => {
    fc.assert(fc.property(anyTree, anyReport, (tree, report) => {
      const after = applied({ ...tree, enabled: false }, report);
      const all = [after, ...after.listeners, ...after.pools, ...after.pools.flatMap((pool) => pool.members)];
      expect(all.filter((one) => one.operatingStatus !== 'OFFLINE' && one.operatingStatus !== 'NO_MONITOR').map((one) => one.id)).toEqual([]);
    }));
  });

});
