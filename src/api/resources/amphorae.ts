import { randomUUID } from 'node:crypto';
import { toSqlDatetime } from '../../lib/clock.ts';
import { amphora } from '../../model/resources/amphora.ts';
import { serialise, type Row } from '../../model/resources/serialise.ts';
import { amphoraeOfProject } from '../../store/amphorae-of-project.ts';
import type { Trx } from '../../store/database.ts';
import { amphoraStatistics } from '../../store/listener-statistics.ts';
import { lockRow } from '../../store/lock-row.ts';
import { addRequest } from '../../store/requests.ts';
import { lockLoadBalancer, markPending } from '../../store/resources/lock-load-balancer.ts';
import { selectRow } from '../../store/resources/row-query.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { sendCasts, transaction } from '../machinery/change-tree.ts';
import type { ApiRequest, Handler, Route } from '../machinery/define-routes.ts';
import { immutableObject, notFound } from '../machinery/faults.ts';
import { parseFields } from '../machinery/list-query.ts';
import { ruleName } from '../machinery/read-handlers.ts';
import { sendList } from '../machinery/send-list.ts';
import { sendEmpty, sendJson } from '../machinery/respond.ts';
import { enforceShared } from './shared-objects.ts';
import { statisticsBody } from './statistics-body.ts';

/** Amphorae for administrators. Changes are wishes (`ts_request`) that the worker fulfils. */
export function amphoraRoutes(deps: ApiDependencies): Route[] {
  const collection = '/v2/octavia/amphorae';
  return [
    { method: 'GET', path: collection, handler: listAmphorae(deps) },
    { method: 'GET', path: `${collection}/:id`, handler: showAmphora(deps) },
    { method: 'DELETE', path: `${collection}/:id`, handler: deleteAmphora(deps) },
    { method: 'GET', path: `${collection}/:id/stats`, handler: showStatistics(deps) },
    { method: 'PUT', path: `${collection}/:id/config`, handler: configureAmphora(deps) },
    { method: 'PUT', path: `${collection}/:id/failover`, handler: failOverAmphora(deps) },
  ];
}

function listAmphorae(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    enforceShared(deps, amphora, 'get_all', request);
    const { project_id: project, ...query } = request.query;
    if (typeof project !== 'string' || !deps.config.api_settings.allow_filtering) return sendList(deps, amphora, request, reply, {});
    return sendList(deps, amphora, { ...request, query }, reply, { filters: [amphoraeOfProject(project)] });
  };
}

function showAmphora(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const row = await requireAmphora(deps, request);
    enforceShared(deps, amphora, 'get_one', request);
    const fields = parseFields(request.query, deps.config.api_settings);
    return sendJson(reply, 200, { amphora: serialise(amphora, row, {}, fields ?? undefined) });
  };
}

function showStatistics(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    enforceShared(deps, amphora, 'get_stats', request);
    const id = request.params['id'] ?? '';
    const row = await deps.store.read.selectFrom('amphora').select('load_balancer_id').where('id', '=', id).executeTakeFirst();
    const figures = row === undefined ? [] : await amphoraStatistics(deps.store.read, id);
    if (figures.length === 0) throw notFound('Amphora stats for', id);
    const bodies = figures.map((listener) => ({
      ...statisticsBody(listener), id, listener_id: listener.listenerId, loadbalancer_id: row?.load_balancer_id ?? null,
    }));
    return sendJson(reply, 200, { amphora_stats: bodies });
  };
}

/** Pushes the agent's configuration anew; the load balancer stays as it is. */
function configureAmphora(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const { id, loadBalancerId } = await requireOwned(deps, request, 'put_config');
    await transaction(deps, (trx) => addRequest(trx, { id: randomUUID(), kind: 'configure_amphora', loadBalancerId, amphoraId: id, requestId: request.context.requestId }));
    sendCasts(deps, [{ method: 'update_amphora_agent_config', args: { amphora_id: id }, requestId: request.context.requestId }]);
    return sendEmpty(reply, 202);
  };
}

function failOverAmphora(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const { id, loadBalancerId } = await requireOwned(deps, request, 'put_failover');
    if (loadBalancerId === null) throw immutableObject('Amphora', id);
    await transaction(deps, async (trx) => {
      const loadBalancer = await lockLoadBalancer(trx, loadBalancerId);
      if (loadBalancer?.provisioning_status !== 'ACTIVE') throw immutableObject('Load Balancer', loadBalancerId);
      await markPending(trx, loadBalancerId, {}, toSqlDatetime(deps.clock.now()));
      await addRequest(trx, { id: randomUUID(), kind: 'failover_amphora', loadBalancerId, amphoraId: id, requestId: request.context.requestId });
    });
    sendCasts(deps, [{ method: 'failover_amphora', args: { amphora_id: id }, requestId: request.context.requestId }]);
    return sendEmpty(reply, 202);
  };
}

/** Only amphorae in ERROR may go: the others serve or are on their way. */
function deleteAmphora(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    enforceShared(deps, amphora, 'delete', request);
    const id = request.params['id'] ?? '';
    await transaction(deps, (trx) => markForDeletion(trx, id, request.context.requestId, toSqlDatetime(deps.clock.now())));
    sendCasts(deps, [{ method: 'delete_amphora', args: { amphora_id: id }, requestId: request.context.requestId }]);
    return sendEmpty(reply, 204);
  };
}

async function markForDeletion(trx: Trx, id: string, requestId: string, now: string): Promise<void> {
  await lockRow(trx, 'amphora', id);
  const row = await trx.selectFrom('amphora').select(['status', 'load_balancer_id']).where('id', '=', id).where('status', '<>', 'DELETED').executeTakeFirst();
  if (row === undefined) throw notFound('Amphora', id);
  if (row.status !== 'ERROR') throw immutableObject('amphora', id);
  await trx.updateTable('amphora').set({ status: 'PENDING_DELETE', updated_at: now }).where('id', '=', id).execute();
  await addRequest(trx, { id: randomUUID(), kind: 'delete_amphora', loadBalancerId: row.load_balancer_id, amphoraId: id, requestId });
}

async function requireAmphora(deps: ApiDependencies, request: ApiRequest): Promise<Row> {
  const id = request.params['id'] ?? '';
  const row = await selectRow(deps.store.read, amphora, id);
  if (!row) throw notFound(amphora.label, id);
  return row;
}

/** The amphora, after policy has judged by the project of its load balancer. */
async function requireOwned(deps: ApiDependencies, request: ApiRequest, action: string): Promise<{ id: string; loadBalancerId: string | null }> {
  const row = await requireAmphora(deps, request);
  const loadBalancerId = typeof row['load_balancer_id'] === 'string' ? row['load_balancer_id'] : null;
  const owner = loadBalancerId === null ? undefined
    : await deps.store.read.selectFrom('load_balancer').select('project_id').where('id', '=', loadBalancerId).executeTakeFirst();
  deps.policy.enforce(ruleName(amphora, action), request.context, { project_id: owner?.project_id ?? null });
  return { id: String(row['id']), loadBalancerId };
}
