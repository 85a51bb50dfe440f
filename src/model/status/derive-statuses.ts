import type { OperatingStatus } from '../enums.ts';
import { poolsById, type PoolStatusReport, type StatusReport } from './report.ts';
import type { DerivedStatus, ListenerNode, StatusKind, StatusNode, StatusTree } from './status-tree.ts';

/**
 * Operating statuses of a whole tree from one amphora's report (contracts section 19.3; upstream
 * octavia/amphorae/drivers/health/heartbeat_udp.py). Objects about which the report says nothing certain are left out.
 * A disabled object is OFFLINE whatever is reported; below a disabled load balancer everything is,
 * except members without monitor.
 */
export function deriveStatuses(tree: StatusTree, report: StatusReport): DerivedStatus[] {
  const derived: DerivedStatus[] = [];
  const add = (kind: StatusKind, node: StatusNode, operatingStatus: OperatingStatus) => {
    derived.push({ kind, id: node.id, operatingStatus, storedStatus: node.operatingStatus });
  };
  const addOwn = (kind: StatusKind, node: StatusNode) => {
    const status = ownStatus(tree, node);
    if (status !== null) add(kind, node, status);
  };
  let worst: Severity = 0;
  for (const listener of tree.listeners) {
    const status = listenerStatus(tree, listener, report);
    if (status !== null) add('listener', listener, status);
    // A missing listener is in ERROR itself but does not drag the load balancer along (upstream).
    if (status === 'DEGRADED') worst = worse(worst, 1);
    for (const policy of listener.l7policies) {
      addOwn('l7policy', policy);
      for (const rule of policy.rules) addOwn('l7rule', rule);
    }
  }
  const reports = poolsById(report);
  for (const pool of tree.pools) {
    const poolReport = tree.enabled && pool.enabled ? reports.get(pool.id) : undefined;
    const members = poolReport?.members ?? {};
    const hasFailedMember = poolReport !== undefined && pool.members.some((member) => member.enabled && isDown(members[member.id]));
    const status = poolStatus(poolReport, hasFailedMember);
    if (status === 'ERROR') worst = worse(worst, 2);
    if (status === 'DEGRADED') worst = worse(worst, 1);
    for (const member of pool.members) {
      const memberState = memberStatus(member, members[member.id]);
      if (memberState !== null) add('member', member, memberState);
    }
    if (pool.healthMonitor !== null) addOwn('health_monitor', pool.healthMonitor);
    if (status !== null) add('pool', pool, status);
  }
  add('load_balancer', tree, tree.enabled ? BY_SEVERITY[worst] : 'OFFLINE');
  return derived;
}

/** Only what differs from the tree. */
export function changedStatuses(tree: StatusTree, report: StatusReport): DerivedStatus[] {
  return deriveStatuses(tree, report).filter((status) => status.operatingStatus !== status.storedStatus);
}

type Severity = 0 | 1 | 2;
const BY_SEVERITY = ['ONLINE', 'DEGRADED', 'ERROR'] as const satisfies readonly OperatingStatus[];

function worse(one: Severity, other: Severity): Severity {
  return one > other ? one : other;
}

function listenerStatus(tree: StatusTree, listener: ListenerNode, report: StatusReport): OperatingStatus | null {
  if (!tree.enabled || !listener.enabled) return 'OFFLINE';
  const own = report.listeners[listener.id];
  if (own === undefined) return tree.provisioningStatus === 'ACTIVE' ? 'ERROR' : 'OFFLINE';
  if (own.status === 'OPEN') return 'ONLINE';
  return own.status === 'FULL' ? 'DEGRADED' : null;
}

function poolStatus(report: PoolStatusReport | undefined, hasFailedMember: boolean): OperatingStatus | null {
  if (report === undefined) return 'OFFLINE';
  if (report.status === 'UP') return hasFailedMember ? 'DEGRADED' : 'ONLINE';
  return report.status === 'DOWN' ? 'ERROR' : null;
}

function memberStatus(member: StatusNode, text: string | undefined): OperatingStatus | null {
  if (!member.enabled) return 'OFFLINE';
  if (text === undefined) return member.operatingStatus === 'NO_MONITOR' ? null : 'OFFLINE';
  // `UP 1/3` and `DOWN 1/2` are transitions towards the other state.
  if (text.startsWith('UP')) return 'ONLINE';
  if (isDown(text)) return 'ERROR';
  switch (text) {
    case 'DRAIN':
      return 'DRAINING';
    case 'MAINT':
      return 'OFFLINE';
    case 'no check':
      return 'NO_MONITOR';
    default:
      // RESTARTING: keepalived has not checked yet, the former status stands until it has.
      return null;
  }
}

function isDown(text: string | undefined): boolean {
  return text?.startsWith('DOWN') ?? false;
}

/** Monitors, policies and rules are in no report: what the worker made of them counts, and a pending change alters nothing. */
function ownStatus(tree: StatusTree, node: StatusNode): OperatingStatus | null {
  if (!tree.enabled || !node.enabled) return 'OFFLINE';
  if (node.provisioningStatus.startsWith('PENDING_')) return null;
  return node.provisioningStatus === 'ACTIVE' ? 'ONLINE' : 'OFFLINE';
}
