import type { AmphoraStatus, ListenerProtocol, OperatingStatus, ProvisioningStatus } from '../model/enums.ts';
import type { HeartbeatMessage } from '../amphora/protocol/heartbeat-message.ts';

/** A status node whose operating status follows what was written, between two reads of the rows. */
export interface LiveNode {
  readonly id: string;
  readonly enabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  operatingStatus: OperatingStatus;
}

export interface LiveListener extends LiveNode {
  readonly protocol: ListenerProtocol;
  readonly defaultPoolId: string | null;
  readonly l7policies: (LiveNode & { readonly rules: LiveNode[] })[];
}

export interface LivePool extends LiveNode {
  healthMonitor: LiveNode | null;
  readonly members: LiveNode[];
}

/** The rows of one load balancer that heartbeats are judged by, and when they were read. */
export interface LoadBalancerSnapshot extends LiveNode {
  readonly projectId: string | null;
  readonly listeners: LiveListener[];
  readonly pools: LivePool[];
  readonly nodes: ReadonlyMap<string, LiveNode>;
  /** Milliseconds since the epoch. */
  readonly readAtMs: number;
}

/** One amphora's row. */
export interface AmphoraSnapshot {
  readonly id: string;
  readonly status: AmphoraStatus;
  readonly computeId: string | null;
  readonly loadBalancerId: string | null;
}

/**
 * Whether the amphora works on everything it should: it reports as many listeners as are enabled (quirk 17: upstream
 * compares counts only). While the load balancer changes or is disabled any count will do. A listener in ERROR may or may
 * not be there: its last change did not reach the amphora, which is no fault of the amphora's (upstream replaces it).
 */
export function reportsAllListeners(message: HeartbeatMessage, loadBalancer: LoadBalancerSnapshot | null): boolean {
  const reported = Object.keys(message.listeners).length;
  if (loadBalancer === null) return reported === 0;
  if (!loadBalancer.enabled || loadBalancer.provisioningStatus.startsWith('PENDING_')) return true;
  const sure = loadBalancer.listeners.filter(({ provisioningStatus }) => provisioningStatus !== 'ERROR');
  const least = sure.filter((listener) => listener.enabled && isExpected(message, listener, loadBalancer)).length;
  return reported >= least && reported <= least + loadBalancer.listeners.length - sure.length;
}

/** Every object that the report names is in the snapshot. */
export function knowsAll(loadBalancer: LoadBalancerSnapshot, message: HeartbeatMessage): boolean {
  for (const listener of Object.keys(message.listeners)) if (!loadBalancer.nodes.has(listener)) return false;
  for (const key of Object.keys(message.pools)) {
    const colon = key.lastIndexOf(':');
    if (!loadBalancer.nodes.has(colon < 0 ? key : key.slice(0, colon))) return false;
    for (const member of Object.keys(message.pools[key]?.members ?? {})) if (!loadBalancer.nodes.has(member)) return false;
  }
  return true;
}

/** Agents that send no version (0) leave out UDP listeners without an enabled member (upstream: Rocky). */
function isExpected(message: HeartbeatMessage, listener: LiveListener, loadBalancer: LoadBalancerSnapshot): boolean {
  if (message.ver !== 0 || listener.protocol !== 'UDP') return true;
  const pool = loadBalancer.pools.find((one) => one.id === listener.defaultPoolId);
  return pool?.members.some((member) => member.enabled) ?? false;
}
