/** Frontend and backend that carry log lines from haproxy's ring to our agent. */
export const LOG_BRIDGE = 'octavia-log-bridge';

/** Proxies that are no tenant's: metrics (the original's rule is "prometheus" in the name) and logs. */
export function isOwnProxy(name: string): boolean {
  return name.includes('prometheus') || name === LOG_BRIDGE;
}
