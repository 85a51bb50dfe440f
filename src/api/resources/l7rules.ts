import type { Kysely } from 'kysely';
import { l7rule } from '../../model/resources/l7rule.ts';
import { serialise } from '../../model/resources/serialise.ts';
import type { UpdateBody } from '../../model/resources/resource.ts';
import { checkL7Rule, ignoresKey } from '../../model/rules/l7rule.ts';
import { withNullsResolved } from '../../model/rules/null-meaning.ts';
import { l7ruleDict } from '../../providers/provider-models.ts';
import type { Database } from '../../store/database.ts';
import { bareGraph } from '../../store/resources/provider-pieces.ts';
import { l7ruleRelations } from '../../store/resources/relations.ts';
import { toL7Rule } from '../../store/graph-rows.ts';
import { selectRow } from '../../store/resources/row-query.ts';
import { replaceTags, toColumns, updateRow } from '../../store/resources/write-rows.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { changeTree, type Change } from '../machinery/change-tree.ts';
import type { ApiRequest, Handler, Route } from '../machinery/define-routes.ts';
import { immutableObject, notFound, parentNotFound } from '../machinery/faults.ts';
import { parseFields } from '../machinery/list-query.ts';
import { objectBody } from '../machinery/object-body.ts';
import { parseCreate, parseUpdate } from '../machinery/parse-body.ts';
import { ruleName } from '../machinery/read-handlers.ts';
import { sendList } from '../machinery/send-list.ts';
import { sendEmpty, sendJson } from '../machinery/respond.ts';
import { requireRow } from './child-rows.ts';
import { checkNewRule, insertRule } from './insert-policy.ts';

export function l7ruleRoutes(deps: ApiDependencies): Route[] {
  const collection = '/v2/l7policies/:l7policy_id/rules';
  return [
    { method: 'GET', path: collection, handler: listRules(deps) },
    { method: 'POST', path: collection, handler: createRule(deps) },
    { method: 'GET', path: `${collection}/:id`, handler: showRule(deps) },
    { method: 'PUT', path: `${collection}/:id`, handler: updateRule(deps) },
    { method: 'DELETE', path: `${collection}/:id`, handler: deleteRule(deps) },
  ];
}

interface Parent {
  readonly policy: Database['l7policy'];
  readonly loadBalancerId: string;
  readonly projectId: string | null;
}

/** The policy of the path with its load balancer; missing, it answers in router format. */
async function requireParent(deps: ApiDependencies, request: ApiRequest): Promise<Parent> {
  const id = request.params['l7policy_id'] ?? '';
  const policy = await deps.store.read.selectFrom('l7policy').selectAll().where('id', '=', id).executeTakeFirst();
  const listener = policy && (await deps.store.read.selectFrom('listener').select(['load_balancer_id', 'project_id']).where('id', '=', policy.listener_id).executeTakeFirst());
  if (!policy || !listener) throw parentNotFound('L7Policy', id);
  return { policy, loadBalancerId: listener.load_balancer_id ?? '', projectId: listener.project_id };
}

/** The rule, if it belongs to the policy of the path: what the caller may do was judged by that policy. */
async function requireRule(db: Kysely<Database>, { policy }: Parent, id: string): Promise<Database['l7rule']> {
  const row = await requireRow(db, 'l7rule', 'L7 Rule', id);
  if (row.l7policy_id !== policy.id) throw notFound('L7 Rule', id);
  return row;
}

function listRules(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const { policy, projectId } = await requireParent(deps, request);
    deps.policy.enforce(ruleName(l7rule, 'get_all'), request.context, { project_id: projectId });
    return sendList(deps, l7rule, request, reply, { relations: l7ruleRelations, filters: [{ column: 'l7policy_id', value: policy.id }] });
  };
}

function showRule(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const { policy } = await requireParent(deps, request);
    const id = request.params['id'] ?? '';
    const row = await selectRow(deps.store.read, l7rule, id);
    if (row?.['l7policy_id'] !== policy.id) throw notFound('L7 Rule', id);
    deps.policy.enforce(ruleName(l7rule, 'get_one'), request.context, { project_id: typeof row['project_id'] === 'string' ? row['project_id'] : null });
    const computed = await l7ruleRelations.load(deps.store.read, [row]);
    const fields = parseFields(request.query, deps.config.api_settings);
    return sendJson(reply, 200, { rule: serialise(l7rule, row, computed.get(id) ?? {}, fields ?? undefined) });
  };
}

function createRule(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const parent = await requireParent(deps, request);
    const body = parseCreate(l7rule, request.body);
    deps.policy.enforce(ruleName(l7rule, 'post'), request.context, { project_id: parent.projectId });
    checkNewRule(body);
    const quota = { type: 'l7rule', label: 'L7 Rule', count: 1 } as const;
    const answer = await changeTree(deps, { loadBalancerId: parent.loadBalancerId, context: request.context, quota }, async (change) => {
      await touchPolicy(change, parent.policy.id);
      const id = await insertRule(change, parent.policy.id, body);
      const row = await requireRow(change.trx, 'l7rule', 'L7 Rule', id);
      await change.provider((driver) => driver.l7ruleCreate(l7ruleDict(bareGraph(change.loadBalancer), toL7Rule(row))));
      change.record('create', 'l7rule', id);
      return objectBody(change.trx, l7rule, id, l7ruleRelations);
    });
    return sendJson(reply, 201, answer);
  };
}

/** Marks policy, listener and load balancer as waiting; 409 when the policy is not mutable. */
async function touchPolicy(change: Change, policyId: string): Promise<void> {
  const policy = await requireRow(change.trx, 'l7policy', 'L7 Policy', policyId);
  change.requireMutable('L7Policy', policyId, policy.provisioning_status);
  await change.markPending({ listeners: [policy.listener_id], l7policies: [policyId] });
}

function updateRule(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const parent = await requireParent(deps, request);
    const body = parseUpdate(l7rule, request.body);
    const id = request.params['id'] ?? '';
    await requireRule(deps.store.read, parent, id);
    deps.policy.enforce(ruleName(l7rule, 'put'), request.context, { project_id: parent.projectId });
    const answer = await changeTree(deps, { loadBalancerId: parent.loadBalancerId, context: request.context }, async (change) => {
      const current = await requireRule(change.trx, parent, id);
      if (current.provisioning_status === 'PENDING_DELETE') throw immutableObject('L7 Rule', id);
      const { tags, ...changes } = resolvedChanges(body, current);
      await touchPolicy(change, parent.policy.id);
      await change.provider((driver) => driver.l7ruleUpdate(l7ruleDict(bareGraph(change.loadBalancer), toL7Rule(current)), { l7rule_id: id, ...changes }));
      const status = current.provisioning_status === 'PENDING_CREATE' ? 'PENDING_CREATE' : 'PENDING_UPDATE';
      await updateRow(change.trx, 'l7rule', id, { ...toColumns(l7rule, changes), provisioning_status: status, updated_at: change.now });
      await replaceTags(change.trx, id, Array.isArray(tags) ? tags.map(String) : undefined);
      change.record('update', 'l7rule', id);
      return objectBody(change.trx, l7rule, id, l7ruleRelations);
    });
    return sendJson(reply, 200, answer);
  };
}

/** The changes, after checking the rule as it will be. Types that never use a key lose it. */
function resolvedChanges(body: UpdateBody<typeof l7rule>, current: Database['l7rule']): Record<string, unknown> {
  const given = <T>(value: T | undefined, before: T) => (value === undefined ? before : value);
  const type = given(body.type, current.type);
  checkL7Rule({ type, compareType: given(body.compare_type, current.compare_type), key: given(body.key, current.key), value: given(body.value, current.value) });
  const changes = withNullsResolved(l7rule, body);
  return ignoresKey(type) ? { ...changes, key: null } : changes;
}

function deleteRule(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const parent = await requireParent(deps, request);
    const id = request.params['id'] ?? '';
    await requireRule(deps.store.read, parent, id);
    deps.policy.enforce(ruleName(l7rule, 'delete'), request.context, { project_id: parent.projectId });
    await changeTree(deps, { loadBalancerId: parent.loadBalancerId, context: request.context }, async (change) => {
      const current = await requireRule(change.trx, parent, id);
      await touchPolicy(change, parent.policy.id);
      await updateRow(change.trx, 'l7rule', id, { provisioning_status: 'PENDING_DELETE', updated_at: change.now });
      await change.provider((driver) => driver.l7ruleDelete(l7ruleDict(bareGraph(change.loadBalancer), toL7Rule(current))));
      change.record('delete', 'l7rule', id);
    });
    return sendEmpty(reply, 204);
  };
}
