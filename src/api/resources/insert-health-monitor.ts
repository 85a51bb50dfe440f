import type { PoolProtocol } from '../../model/enums.ts';
import { healthMonitor } from '../../model/resources/health-monitor.ts';
import type { CreateBody, NestedBody } from '../../model/resources/resource.ts';
import { checkMonitorOnCreate, checkPingAllowed, httpMonitorDefaults } from '../../model/rules/health-monitor.ts';
import { checkMonitorType } from '../../model/rules/protocols.ts';
import { DuplicateKey } from '../../store/errors.ts';
import { insertRow, replaceTags, toColumns } from '../../store/resources/write-rows.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { Change } from '../machinery/change-tree.ts';
import { duplicateHealthMonitor } from '../machinery/faults.ts';
import { newChild } from './child-rows.ts';

type MonitorBody = CreateBody<typeof healthMonitor> | NestedBody<typeof healthMonitor>;

/** Every rule about a new monitor that needs no database. */
export function checkNewMonitor(deps: Pick<ApiDependencies, 'config'>, body: MonitorBody, poolProtocol: PoolProtocol): void {
  checkPingAllowed(body.type, deps.config.api_settings.allow_ping_health_monitors);
  checkMonitorType(body, poolProtocol, deps.config.api_settings.udp_connect_min_interval_health_monitor);
  checkMonitorOnCreate(body);
}

/** Inserts a monitor and answers its id; a second one on the pool is 409. */
export async function insertHealthMonitor(change: Change, poolId: string, body: MonitorBody): Promise<string> {
  const columns = { ...toColumns(healthMonitor, { ...body, ...httpMonitorDefaults(body.type, body) }), ...newChild(change), pool_id: poolId };
  try {
    await insertRow(change.trx, 'health_monitor', columns);
  } catch (error) {
    if (error instanceof DuplicateKey) throw duplicateHealthMonitor();
    throw error;
  }
  await replaceTags(change.trx, columns.id, body.tags, true);
  return columns.id;
}
