import { healthMonitor } from '../../model/resources/health-monitor.ts';
import { checkMonitorOnUpdate, isHttpMonitor } from '../../model/rules/health-monitor.ts';
import { withNullsResolved } from '../../model/rules/null-meaning.ts';
import { checkMonitorType, isDatagramProtocol } from '../../model/rules/protocols.ts';
import { healthMonitorDict } from '../../providers/provider-models.ts';
import { bareGraph } from '../../store/resources/provider-pieces.ts';
import { healthMonitorRelations } from '../../store/resources/relations.ts';
import { toHealthMonitor } from '../../store/graph-rows.ts';
import { replaceTags, toColumns, updateRow } from '../../store/resources/write-rows.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { changeTree } from '../machinery/change-tree.ts';
import type { Handler, Route } from '../machinery/define-routes.ts';
import { objectBody } from '../machinery/object-body.ts';
import { parseCreate, parseUpdate } from '../machinery/parse-body.ts';
import { listHandler, ruleName, showHandler } from '../machinery/read-handlers.ts';
import { sendEmpty, sendJson } from '../machinery/respond.ts';
import { requireRow, requireStaying } from './child-rows.ts';
import { checkNewMonitor, insertHealthMonitor } from './insert-health-monitor.ts';
import { touchPool } from './parent-pool.ts';

export function healthMonitorRoutes(deps: ApiDependencies): Route[] {
  const collection = '/v2/healthmonitors';
  return [
    { method: 'GET', path: collection, handler: listHandler(deps, healthMonitor, healthMonitorRelations) },
    { method: 'POST', path: collection, handler: createMonitor(deps) },
    { method: 'GET', path: `${collection}/:id`, handler: showHandler(deps, healthMonitor, healthMonitorRelations) },
    { method: 'PUT', path: `${collection}/:id`, handler: updateMonitor(deps) },
    { method: 'DELETE', path: `${collection}/:id`, handler: deleteMonitor(deps) },
  ];
}

function createMonitor(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const body = parseCreate(healthMonitor, request.body);
    const pool = await requireRow(deps.store.read, 'pool', 'Pool', body.pool_id);
    deps.policy.enforce(ruleName(healthMonitor, 'post'), request.context, { project_id: pool.project_id });
    checkNewMonitor(deps, body, pool.protocol);
    const quota = { type: 'health_monitor', label: 'Health Monitor', count: 1 } as const;
    const answer = await changeTree(deps, { loadBalancerId: pool.load_balancer_id ?? '', context: request.context, quota }, async (change) => {
      await touchPool(change, pool.id);
      const id = await insertHealthMonitor(change, pool.id, body);
      const row = await requireRow(change.trx, 'health_monitor', 'Health Monitor', id);
      await change.provider((driver) => driver.healthMonitorCreate(healthMonitorDict(bareGraph(change.loadBalancer), toHealthMonitor(row))));
      change.record('create', 'health_monitor', id);
      return objectBody(change.trx, healthMonitor, id, healthMonitorRelations);
    });
    return sendJson(reply, 201, answer);
  };
}

function updateMonitor(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const body = parseUpdate(healthMonitor, request.body);
    const id = request.params['id'] ?? '';
    const row = await requireRow(deps.store.read, 'health_monitor', 'Health Monitor', id);
    const pool = await requireRow(deps.store.read, 'pool', 'Pool', row.pool_id);
    deps.policy.enforce(ruleName(healthMonitor, 'put'), request.context, { project_id: pool.project_id });
    const answer = await changeTree(deps, { loadBalancerId: pool.load_balancer_id ?? '', context: request.context }, async (change) => {
      const current = await requireStaying(change.trx, 'health_monitor', 'Health Monitor', id);
      checkMonitorOnUpdate(body, { type: current.type, httpVersion: current.http_version, domainName: current.domain_name });
      if (isDatagramProtocol(pool.protocol)) {
        checkMonitorType({ type: current.type, delay: body.delay }, pool.protocol, deps.config.api_settings.udp_connect_min_interval_health_monitor);
      }
      const { tags: _tags, ...changes } = withNullsResolved(healthMonitor, body, isHttpMonitor(current.type) ? {} : { http_method: null, url_path: null, expected_codes: null });
      await touchPool(change, pool.id);
      await change.provider((driver) => driver.healthMonitorUpdate(healthMonitorDict(bareGraph(change.loadBalancer), toHealthMonitor(current)), { healthmonitor_id: id, ...changes }));
      const status = current.provisioning_status === 'PENDING_CREATE' ? 'PENDING_CREATE' : 'PENDING_UPDATE';
      await updateRow(change.trx, 'health_monitor', id, { ...toColumns(healthMonitor, changes), provisioning_status: status, updated_at: change.now });
      await replaceTags(change.trx, id, body.tags);
      change.record('update', 'health_monitor', id);
      return objectBody(change.trx, healthMonitor, id, healthMonitorRelations);
    });
    return sendJson(reply, 200, answer);
  };
}

function deleteMonitor(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const id = request.params['id'] ?? '';
    const row = await requireRow(deps.store.read, 'health_monitor', 'Health Monitor', id);
    const pool = await requireRow(deps.store.read, 'pool', 'Pool', row.pool_id);
    deps.policy.enforce(ruleName(healthMonitor, 'delete'), request.context, { project_id: pool.project_id });
    await changeTree(deps, { loadBalancerId: pool.load_balancer_id ?? '', context: request.context }, async (change) => {
      const current = await requireRow(change.trx, 'health_monitor', 'Health Monitor', id);
      await touchPool(change, pool.id);
      await updateRow(change.trx, 'health_monitor', id, { provisioning_status: 'PENDING_DELETE', updated_at: change.now });
      await change.provider((driver) => driver.healthMonitorDelete(healthMonitorDict(bareGraph(change.loadBalancer), toHealthMonitor(current))));
      change.record('delete', 'health_monitor', id);
    });
    return sendEmpty(reply, 204);
  };
}
