import { l7policy } from '../../model/resources/l7policy.ts';
import { settleRedirect } from '../../model/rules/l7policy.ts';
import { withNullsResolved } from '../../model/rules/null-meaning.ts';
import { checkTakesChildren } from '../../model/rules/protocols.ts';
import { RuleViolation } from '../../model/violation.ts';
import { l7policyDict } from '../../providers/provider-models.ts';
import { bareGraph } from '../../store/resources/provider-pieces.ts';
import { l7policyRelations } from '../../store/resources/relations.ts';
import { toL7Policy } from '../../store/graph-rows.ts';
import { replaceTags, toColumns, updateRow } from '../../store/resources/write-rows.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { changeTree, takeQuota } from '../machinery/change-tree.ts';
import type { Handler, Route } from '../machinery/define-routes.ts';
import { objectBody } from '../machinery/object-body.ts';
import { parseCreate, parseUpdate } from '../machinery/parse-body.ts';
import { listHandler, ruleName, showHandler } from '../machinery/read-handlers.ts';
import { sendEmpty, sendJson } from '../machinery/respond.ts';
import { requireRow, requireStaying } from './child-rows.ts';
import { requireTargetPool } from './insert-listener.ts';
import { checkNewRule, insertPolicy, insertRule, movePolicy } from './insert-policy.ts';

export function l7policyRoutes(deps: ApiDependencies): Route[] {
  const collection = '/v2/l7policies';
  return [
    { method: 'GET', path: collection, handler: listHandler(deps, l7policy, l7policyRelations) },
    { method: 'POST', path: collection, handler: createPolicy(deps) },
    { method: 'GET', path: `${collection}/:id`, handler: showHandler(deps, l7policy, l7policyRelations) },
    { method: 'PUT', path: `${collection}/:id`, handler: updatePolicy(deps) },
    { method: 'DELETE', path: `${collection}/:id`, handler: deletePolicy(deps) },
  ];
}

function createPolicy(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const body = parseCreate(l7policy, request.body);
    const listener = await requireRow(deps.store.read, 'listener', 'Listener', body.listener_id);
    deps.policy.enforce(ruleName(l7policy, 'post'), request.context, { project_id: listener.project_id });
    checkTakesChildren(listener.protocol);
    settleRedirect(body);
    for (const rule of body.rules ?? []) checkNewRule(rule);
    const quota = { type: 'l7policy', label: 'L7 Policy', count: 1 } as const;
    const answer = await changeTree(deps, { loadBalancerId: listener.load_balancer_id ?? '', context: request.context, quota }, async (change) => {
      await requireStaying(change.trx, 'listener', 'Listener', listener.id);
      if (body.redirect_pool_id) await requireTargetPool(change.trx, change.loadBalancer.id, body.redirect_pool_id, listener.protocol);
      await change.markPending({ listeners: [listener.id] });
      const id = await insertPolicy(change, listener.id, body);
      await takeQuota(deps, change.trx, change.loadBalancer.project_id, { type: 'l7rule', label: 'L7 Rule', count: (body.rules ?? []).length });
      for (const rule of body.rules ?? []) await insertRule(change, id, rule);
      const row = await requireRow(change.trx, 'l7policy', 'L7 Policy', id);
      await change.provider((driver) => driver.l7policyCreate(l7policyDict(bareGraph(change.loadBalancer), toL7Policy(row, []))));
      change.record('create', 'l7policy', id);
      return objectBody(change.trx, l7policy, id, l7policyRelations);
    });
    return sendJson(reply, 201, answer);
  };
}

function updatePolicy(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const body = parseUpdate(l7policy, request.body);
    const id = request.params['id'] ?? '';
    const row = await requireRow(deps.store.read, 'l7policy', 'L7 Policy', id);
    const listener = await requireRow(deps.store.read, 'listener', 'Listener', row.listener_id);
    deps.policy.enforce(ruleName(l7policy, 'put'), request.context, { project_id: listener.project_id });
    const redirect = settleRedirect(body);
    const { tags, position, ...given } = withNullsResolved(l7policy, body);
    if (Object.keys(body).length === 0) throw new RuleViolation('Invalid L7 Policy arguments: Invalid update options');
    const changes = withoutUndefined({ ...given, ...redirect, tags: undefined, position: undefined });
    const answer = await changeTree(deps, { loadBalancerId: listener.load_balancer_id ?? '', context: request.context }, async (change) => {
      if (redirect.redirect_pool_id) await requireTargetPool(change.trx, change.loadBalancer.id, redirect.redirect_pool_id, listener.protocol);
      const current = await requireStaying(change.trx, 'l7policy', 'L7 Policy', id);
      await change.markPending({ listeners: [listener.id] });
      const sent = { l7policy_id: id, ...changes, ...(typeof position === 'number' && { position }) };
      await change.provider((driver) => driver.l7policyUpdate(l7policyDict(bareGraph(change.loadBalancer), toL7Policy(current, [])), sent));
      const status = current.provisioning_status === 'PENDING_CREATE' ? 'PENDING_CREATE' : 'PENDING_UPDATE';
      await updateRow(change.trx, 'l7policy', id, { ...toColumns(l7policy, changes), provisioning_status: status, updated_at: change.now });
      if (typeof position === 'number' && position !== current.position) await movePolicy(change.trx, listener.id, id, position);
      await replaceTags(change.trx, id, tagsOf(tags));
      change.record('update', 'l7policy', id);
      return objectBody(change.trx, l7policy, id, l7policyRelations);
    });
    return sendJson(reply, 200, answer);
  };
}

/** Null targets of the body that stay null are kept: they clear columns. */
function withoutUndefined(changes: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

function tagsOf(tags: unknown): string[] | undefined {
  return Array.isArray(tags) ? tags.map(String) : undefined;
}

function deletePolicy(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const id = request.params['id'] ?? '';
    const row = await requireRow(deps.store.read, 'l7policy', 'L7 Policy', id);
    const listener = await requireRow(deps.store.read, 'listener', 'Listener', row.listener_id);
    deps.policy.enforce(ruleName(l7policy, 'delete'), request.context, { project_id: listener.project_id });
    await changeTree(deps, { loadBalancerId: listener.load_balancer_id ?? '', context: request.context }, async (change) => {
      const current = await requireRow(change.trx, 'l7policy', 'L7 Policy', id);
      await change.markPending({ listeners: [listener.id] });
      await updateRow(change.trx, 'l7policy', id, { provisioning_status: 'PENDING_DELETE', updated_at: change.now });
      await change.provider((driver) => driver.l7policyDelete(l7policyDict(bareGraph(change.loadBalancer), toL7Policy(current, []))));
      change.record('delete', 'l7policy', id);
    });
    return sendEmpty(reply, 204);
  };
}
