import { listener } from '../../model/resources/listener.ts';
import { checkAllowedCidrs } from '../../model/rules/allowed-cidrs.ts';
import { withNullsResolved } from '../../model/rules/null-meaning.ts';
import { listenerDict } from '../../providers/provider-models.ts';
import { readListenerGraph } from '../../store/resources/listener-parts.ts';
import { listenerRelations } from '../../store/resources/relations.ts';
import { listenerStatistics } from '../../store/listener-statistics.ts';
import { replaceTags, toColumns, updateRow } from '../../store/resources/write-rows.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { changeTree } from '../machinery/change-tree.ts';
import type { Handler, Route } from '../machinery/define-routes.ts';
import { notFound } from '../machinery/faults.ts';
import { objectBody } from '../machinery/object-body.ts';
import { parseCreate, parseUpdate } from '../machinery/parse-body.ts';
import { listHandler, ruleName, showHandler } from '../machinery/read-handlers.ts';
import { sendEmpty, sendJson } from '../machinery/respond.ts';
import { checkListenerChanges } from './check-listener.ts';
import { requireRow, requireStaying } from './child-rows.ts';
import { insertTree, planTree } from './create-tree.ts';
import { replaceCidrs, replaceSni, requireDefaultPool, vipOf } from './insert-listener.ts';
import { statisticsBody } from './statistics-body.ts';

export function listenerRoutes(deps: ApiDependencies): Route[] {
  const collection = '/v2/listeners';
  return [
    { method: 'GET', path: collection, handler: listHandler(deps, listener, listenerRelations) },
    { method: 'POST', path: collection, handler: createListener(deps) },
    { method: 'GET', path: `${collection}/:id`, handler: showHandler(deps, listener, listenerRelations) },
    { method: 'PUT', path: `${collection}/:id`, handler: updateListener(deps) },
    { method: 'DELETE', path: `${collection}/:id`, handler: deleteListener(deps) },
    { method: 'GET', path: `${collection}/:id/stats`, handler: showStatistics(deps) },
  ];
}

function createListener(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const body = parseCreate(listener, request.body);
    const parent = await deps.store.read.selectFrom('load_balancer').select(['id', 'project_id']).where('id', '=', body.loadbalancer_id).where('provisioning_status', '<>', 'DELETED').executeTakeFirst();
    if (!parent) throw notFound('Load Balancer', body.loadbalancer_id);
    deps.policy.enforce(ruleName(listener, 'post'), request.context, { project_id: parent.project_id });
    // A listener may bring its default pool and policies along, as in a fully populated create.
    const tree = await planTree(deps, request.context, parent.project_id, { listeners: [body] });
    const answer = await changeTree(deps, { loadBalancerId: parent.id, context: request.context }, async (change) => {
      await change.markPending();
      const [id = ''] = await insertTree(deps, change, tree);
      const whole = await readListenerGraph(change.trx, change.loadBalancer, await requireRow(change.trx, 'listener', 'Listener', id));
      await change.provider((driver) => driver.listenerCreate(listenerDict(whole.graph, whole.listener)));
      change.record('create', 'listener', id);
      return objectBody(change.trx, listener, id, listenerRelations);
    });
    return sendJson(reply, 201, answer);
  };
}

function updateListener(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const body = parseUpdate(listener, request.body);
    const id = request.params['id'] ?? '';
    const row = await requireRow(deps.store.read, 'listener', 'Listener', id);
    deps.policy.enforce(ruleName(listener, 'put'), request.context, { project_id: row.project_id });
    await checkListenerChanges(deps, row, body);
    const { tags: _tags, ...changes } = withNullsResolved(listener, body, configuredDefaults(deps));
    const loadBalancerId = row.load_balancer_id ?? '';
    const answer = await changeTree(deps, { loadBalancerId, context: request.context }, async (change) => {
      const { trx } = change;
      if (body.allowed_cidrs) checkAllowedCidrs(body.allowed_cidrs, await vipOf(trx, loadBalancerId));
      if (body.default_pool_id) await requireDefaultPool(trx, loadBalancerId, body.default_pool_id, row.protocol);
      const current = await requireStaying(trx, 'listener', 'Listener', id);
      await change.markPending({ listeners: [id] });
      const whole = await readListenerGraph(trx, change.loadBalancer, current);
      await change.provider((driver) => driver.listenerUpdate(listenerDict(whole.graph, whole.listener), { listener_id: id, ...changes }));
      await updateRow(trx, 'listener', id, { ...toColumns(listener, changes), updated_at: change.now });
      if (body.sni_container_refs !== undefined) await replaceSni(trx, id, body.sni_container_refs ?? []);
      if (body.allowed_cidrs !== undefined) await replaceCidrs(trx, id, body.allowed_cidrs ?? []);
      await replaceTags(trx, id, body.tags);
      change.record('update', 'listener', id);
      return objectBody(trx, listener, id, listenerRelations);
    });
    return sendJson(reply, 200, answer);
  };
}

/** Null on update means the configured default again, whatever the protocol (contracts: quirk 8). */
function configuredDefaults({ config }: ApiDependencies): Record<string, unknown> {
  const { api_settings: settings, haproxy_amphora: timeouts } = config;
  return {
    timeout_client_data: timeouts.timeout_client_data, timeout_member_connect: timeouts.timeout_member_connect, timeout_member_data: timeouts.timeout_member_data,
    timeout_tcp_inspect: timeouts.timeout_tcp_inspect, tls_ciphers: settings.default_listener_ciphers, tls_versions: settings.default_listener_tls_versions,
    alpn_protocols: settings.default_listener_alpn_protocols,
  };
}

function deleteListener(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const id = request.params['id'] ?? '';
    const row = await requireRow(deps.store.read, 'listener', 'Listener', id);
    deps.policy.enforce(ruleName(listener, 'delete'), request.context, { project_id: row.project_id });
    await changeTree(deps, { loadBalancerId: row.load_balancer_id ?? '', context: request.context }, async (change) => {
      const whole = await readListenerGraph(change.trx, change.loadBalancer, await requireRow(change.trx, 'listener', 'Listener', id));
      await change.markPending();
      await updateRow(change.trx, 'listener', id, { provisioning_status: 'PENDING_DELETE', updated_at: change.now });
      await change.provider((driver) => driver.listenerDelete(listenerDict(whole.graph, whole.listener)));
      change.record('delete', 'listener', id);
    });
    return sendEmpty(reply, 204);
  };
}

function showStatistics(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const id = request.params['id'] ?? '';
    const row = await requireRow(deps.store.read, 'listener', 'Listener', id);
    deps.policy.enforce(ruleName(listener, 'get_stats'), request.context, { project_id: row.project_id });
    return sendJson(reply, 200, { stats: statisticsBody(await listenerStatistics(deps.store.read, id)) });
  };
}
