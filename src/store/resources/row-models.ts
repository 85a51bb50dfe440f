import type { HealthMonitor, L7Policy, Listener, Pool } from '../../model/graph.ts';
import type { Database } from '../database.ts';
import { toL7Policy, toListener, toPool } from '../graph-rows.ts';

export { toL7Rule as l7ruleOf, toMember as memberOf } from '../graph-rows.ts';

/** Single rows as the domain's own objects for provider dicts, which also carry descriptions. */
export function l7policyOf(row: Database['l7policy']): L7Policy {
  return { ...toL7Policy(row, []), description: row.description };
}

export function listenerOf(row: Database['listener'], parts: Pick<Listener, 'sniContainerRefs' | 'allowedCidrs'> = { sniContainerRefs: [], allowedCidrs: [] }): Listener {
  return { ...toListener(row, { ...parts, l7policies: [] }), description: row.description };
}

export function poolOf(row: Database['pool'], parts: Parameters<typeof toPool>[1]): Pool {
  return { ...toPool(row, parts), description: row.description };
}

export function healthMonitorOf(row: Database['health_monitor']): HealthMonitor {
  return {
    id: row.id, poolId: row.pool_id, name: row.name, type: row.type, delaySeconds: row.delay, timeoutSeconds: row.timeout, riseThreshold: row.rise_threshold,
    fallThreshold: row.fall_threshold, httpMethod: row.http_method, urlPath: row.url_path, expectedCodes: row.expected_codes, httpVersion: row.http_version,
    domainName: row.domain_name, enabled: row.enabled, provisioningStatus: row.provisioning_status, operatingStatus: row.operating_status,
  };
}
