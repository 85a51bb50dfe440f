import type { HealthMonitorType, ListenerProtocol, PoolProtocol } from '../enums.ts';
import { RuleViolation, validationFailure } from '../violation.ts';

/** Pools a listener may send traffic to (octavia: common/constants.py VALID_LISTENER_POOL_PROTOCOL_MAP). */
const POOL_PROTOCOLS_OF_LISTENER: Readonly<Record<ListenerProtocol, readonly PoolProtocol[]>> = {
  TCP: ['HTTP', 'HTTPS', 'PROXY', 'PROXYV2', 'TCP'],
  HTTP: ['HTTP', 'PROXY', 'PROXYV2'],
  HTTPS: ['HTTPS', 'PROXY', 'PROXYV2', 'TCP'],
  TERMINATED_HTTPS: ['HTTP', 'PROXY', 'PROXYV2'],
  UDP: ['UDP'],
  SCTP: ['SCTP'],
  PROMETHEUS: [],
};

export function checkPoolProtocol(listener: ListenerProtocol, pool: PoolProtocol): void {
  if (POOL_PROTOCOLS_OF_LISTENER[listener].includes(pool)) return;
  throw validationFailure(`The pool protocol '${pool}' is invalid while the listener protocol is '${listener}'.`);
}

/** PROMETHEUS listeners serve metrics themselves: no pools, no policies. */
export function checkTakesChildren(protocol: ListenerProtocol): void {
  if (protocol === 'PROMETHEUS') throw new RuleViolation('Protocol PROMETHEUS listeners cannot have child objects.');
}

/** Listeners of one load balancer may share a port only across these classes. */
export function l4ProtocolOf(protocol: ListenerProtocol): 'TCP' | 'UDP' | 'SCTP' {
  return protocol === 'UDP' || protocol === 'SCTP' ? protocol : 'TCP';
}

/** Pools that are balanced per datagram or association, without HAProxy. */
export const isDatagramProtocol = (protocol: ListenerProtocol | PoolProtocol) => protocol === 'UDP' || protocol === 'SCTP';

const DATAGRAM_MONITORS: readonly HealthMonitorType[] = ['UDP-CONNECT', 'SCTP', 'TCP', 'HTTP'];

/** Which checks suit which pools, and the least delay of UDP checks. */
export function checkMonitorType(monitor: { readonly type: HealthMonitorType; readonly delay?: number | null | undefined }, poolProtocol: PoolProtocol, minimumUdpDelay: number): void {
  if (!isDatagramProtocol(poolProtocol)) {
    if (monitor.type !== 'UDP-CONNECT' && monitor.type !== 'SCTP') return;
    throw validationFailure(`The ${monitor.type} type is only supported for pools of type UDP/SCTP.`);
  }
  if (!DATAGRAM_MONITORS.includes(monitor.type)) {
    throw validationFailure(`The associated pool protocol is ${poolProtocol}, so only a ${DATAGRAM_MONITORS.join('/')} health monitor is supported.`);
  }
  if (monitor.type === 'UDP-CONNECT' && monitor.delay !== undefined && monitor.delay !== null && monitor.delay < minimumUdpDelay) {
    throw validationFailure(`The request delay value ${monitor.delay} should be larger than ${minimumUdpDelay} for UDP-CONNECT health monitor type.`);
  }
}
