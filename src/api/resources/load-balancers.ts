import { randomUUID } from 'node:crypto';
import { loadBalancer } from '../../model/resources/load-balancer.ts';
import type { UpdateBody } from '../../model/resources/resource.ts';
import { checkNoAllowedCidrs } from '../../model/rules/allowed-cidrs.ts';
import { withNullsResolved } from '../../model/rules/null-meaning.ts';
import { validationFailure } from '../../model/violation.ts';
import { loadBalancerDict } from '../../providers/provider-models.ts';
import { loadBalancerStatistics } from '../../store/listener-statistics.ts';
import { loadGraph } from '../../store/load-balancer-graph.ts';
import { addRequest } from '../../store/requests.ts';
import { loadBalancerRelations } from '../../store/resources/relations.ts';
import { selectRow } from '../../store/resources/row-query.ts';
import { readStatusOutline } from '../../store/resources/status-outline.ts';
import { replaceTags, toColumns, updateRow } from '../../store/resources/write-rows.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { changeTree, type Change } from '../machinery/change-tree.ts';
import type { ApiRequest, Handler, Route } from '../machinery/define-routes.ts';
import { notFound } from '../machinery/faults.ts';
import { objectBody } from '../machinery/object-body.ts';
import { parseUpdate } from '../machinery/parse-body.ts';
import { isTrueFlag } from '../machinery/query-flag.ts';
import { listHandler, ruleName, showHandler } from '../machinery/read-handlers.ts';
import { sendEmpty, sendJson, sendText } from '../machinery/respond.ts';
import { createLoadBalancer } from './create-load-balancer.ts';
import { requireQosPolicy, requireQosSupport, requireSecurityGroups } from './network-checks.ts';
import { statisticsBody } from './statistics-body.ts';
import { statusTree } from './status-tree.ts';

export function loadBalancerRoutes(deps: ApiDependencies): Route[] {
  const collection = '/v2/loadbalancers';
  return [
    { method: 'GET', path: collection, handler: listHandler(deps, loadBalancer, loadBalancerRelations) },
    { method: 'POST', path: collection, handler: createLoadBalancer(deps) },
    { method: 'GET', path: `${collection}/:id`, handler: showHandler(deps, loadBalancer, loadBalancerRelations) },
    { method: 'PUT', path: `${collection}/:id`, handler: updateLoadBalancer(deps) },
    { method: 'DELETE', path: `${collection}/:id`, takes: ['cascade'], handler: deleteLoadBalancer(deps) },
    { method: 'GET', path: `${collection}/:id/stats`, handler: showStatistics(deps) },
    { method: 'GET', path: `${collection}/:id/status`, handler: showStatuses(deps) },
    { method: 'GET', path: `${collection}/:id/statuses`, handler: showStatuses(deps) },
    { method: 'PUT', path: `${collection}/:id/failover`, handler: failOver(deps) },
  ];
}

interface Found {
  readonly id: string;
  readonly vnicType: unknown;
  readonly qosPolicyId: unknown;
}

/** The load balancer of the path, after policy. */
async function requireLoadBalancer(deps: ApiDependencies, request: ApiRequest, actions: readonly string[]): Promise<Found> {
  const id = request.params['id'] ?? '';
  const row = await selectRow(deps.store.read, loadBalancer, id);
  if (!row) throw notFound('Load Balancer', id);
  const project = row['project_id'];
  for (const action of actions) deps.policy.enforce(ruleName(loadBalancer, action), request.context, { project_id: typeof project === 'string' ? project : null });
  return { id, vnicType: row['vip.vnic_type'], qosPolicyId: row['vip.qos_policy_id'] };
}

function updateLoadBalancer(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const body = parseUpdate(loadBalancer, request.body);
    const found = await requireLoadBalancer(deps, request, ['put', ...(body.vip_sg_ids === undefined ? [] : ['put:vip_sg_ids'])]);
    if (body.vip_qos_policy_id !== undefined) await requireQosSupport(deps);
    if (body.vip_qos_policy_id && body.vip_qos_policy_id !== found.qosPolicyId) await requireQosPolicy(deps, request.context, body.vip_qos_policy_id);
    await requireSecurityGroups(deps, request.context, body.vip_sg_ids ?? []);
    if (found.vnicType === 'direct' && body.vip_sg_ids?.length) throw validationFailure('VIP Security Groups are not allowed with VNIC direct type');
    const answer = await changeTree(deps, { loadBalancerId: found.id, context: request.context, conflict: 'state' }, async (change) => {
      await applyUpdate(change, found.id, body);
      change.record('update', 'load_balancer', found.id);
      return objectBody(change.trx, loadBalancer, found.id, loadBalancerRelations);
    });
    return sendJson(reply, 200, answer);
  };
}

async function applyUpdate(change: Change, id: string, body: UpdateBody<typeof loadBalancer>): Promise<void> {
  const { tags: _tags, ...changes } = withNullsResolved(loadBalancer, body);
  const before = await loadGraph(change.trx, id);
  if (before && body.vip_sg_ids?.length) checkNoAllowedCidrs(before.listeners);
  await change.markPending();
  if (before) await change.provider((driver) => driver.loadbalancerUpdate(loadBalancerDict(before), { loadbalancer_id: id, ...changes }));
  await updateRow(change.trx, 'load_balancer', id, { ...toColumns(loadBalancer, changes), updated_at: change.now });
  if (body.vip_qos_policy_id !== undefined) await change.trx.updateTable('vip').set({ qos_policy_id: body.vip_qos_policy_id }).where('load_balancer_id', '=', id).execute();
  if (body.vip_sg_ids !== undefined) {
    await change.trx.deleteFrom('vip_security_group').where('load_balancer_id', '=', id).execute();
    for (const group of new Set(body.vip_sg_ids ?? [])) await change.trx.insertInto('vip_security_group').values({ load_balancer_id: id, sg_id: group }).execute();
  }
  await replaceTags(change.trx, id, body.tags);
}

function deleteLoadBalancer(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const { id } = await requireLoadBalancer(deps, request, ['delete']);
    const cascade = isTrueFlag(request.query['cascade']);
    await changeTree(deps, { loadBalancerId: id, context: request.context, action: 'delete', conflict: 'state' }, async (change) => {
      const graph = await loadGraph(change.trx, id);
      if (!graph) throw notFound('Load Balancer', id);
      if (!cascade && graph.listeners.length + graph.pools.length > 0) throw validationFailure(`Cannot delete Load Balancer ${id} - it has children`);
      await updateRow(change.trx, 'load_balancer', id, { provisioning_status: 'PENDING_DELETE', updated_at: change.now });
      await change.provider((driver) => driver.loadbalancerDelete(loadBalancerDict(graph), cascade));
      change.record('delete', 'load_balancer', id);
    });
    return sendEmpty(reply, 204);
  };
}

/** Providers whose work our own workers do; they also need the wish as a row, because PENDING_UPDATE alone does not say "fail over". */
const OWN_PROVIDERS: readonly (string | null)[] = ['amphora', 'amphorav2', 'octavia', null];

function failOver(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const { id } = await requireLoadBalancer(deps, request, ['put_failover']);
    await changeTree(deps, { loadBalancerId: id, context: request.context, action: 'failover', conflict: 'state' }, async (change) => {
      await change.markPending();
      if (OWN_PROVIDERS.includes(change.loadBalancer.provider)) {
        await addRequest(change.trx, { id: randomUUID(), kind: 'failover_load_balancer', loadBalancerId: id, amphoraId: null, requestId: request.context.requestId });
      }
      await change.provider((driver) => driver.loadbalancerFailover(id));
      change.record('failover', 'load_balancer', id);
    });
    return sendEmpty(reply, 202);
  };
}

function showStatistics(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const { id } = await requireLoadBalancer(deps, request, ['get_stats']);
    return sendJson(reply, 200, { stats: statisticsBody(await loadBalancerStatistics(deps.store.read, id)) });
  };
}

function showStatuses(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const { id } = await requireLoadBalancer(deps, request, ['get_status']);
    const outline = await readStatusOutline(deps.store.read, id);
    if (!outline) throw notFound('Load Balancer', id);
    return sendText(reply, 200, statusTree(outline));
  };
}
