import { member } from '../../model/resources/member.ts';
import { serialise } from '../../model/resources/serialise.ts';
import { withNullsResolved } from '../../model/rules/null-meaning.ts';
import { checkNotReserved } from '../../model/rules/reserved-address.ts';
import { memberDict } from '../../providers/provider-models.ts';
import type { Database } from '../../store/database.ts';
import { bareGraph } from '../../store/resources/provider-pieces.ts';
import { memberRelations } from '../../store/resources/relations.ts';
import { toMember } from '../../store/graph-rows.ts';
import { selectRow } from '../../store/resources/row-query.ts';
import { replaceTags, toColumns, updateRow } from '../../store/resources/write-rows.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { changeTree } from '../machinery/change-tree.ts';
import type { ApiRequest, Handler, Route } from '../machinery/define-routes.ts';
import { notFound } from '../machinery/faults.ts';
import { parseFields } from '../machinery/list-query.ts';
import { objectBody } from '../machinery/object-body.ts';
import { parseCreate, parseUpdate } from '../machinery/parse-body.ts';
import { ruleName } from '../machinery/read-handlers.ts';
import { sendList } from '../machinery/send-list.ts';
import { sendEmpty, sendJson } from '../machinery/respond.ts';
import { requireRow, requireStaying } from './child-rows.ts';
import { requireParentPool, touchPool, type PoolRow } from './parent-pool.ts';
import { flavorAllowsSriov, insertMember } from './insert-member.ts';
import { updateMembersHandler } from './members-batch.ts';
import { requireSubnet } from './network-checks.ts';

export function memberRoutes(deps: ApiDependencies): Route[] {
  const collection = '/v2/pools/:pool_id/members';
  return [
    { method: 'GET', path: collection, handler: listMembers(deps) },
    { method: 'POST', path: collection, handler: createMember(deps) },
    { method: 'PUT', path: collection, takes: ['additive_only'], handler: updateMembersHandler(deps) },
    { method: 'GET', path: `${collection}/:id`, handler: showMember(deps) },
    { method: 'PUT', path: `${collection}/:id`, handler: updateMember(deps) },
    { method: 'DELETE', path: `${collection}/:id`, handler: deleteMember(deps) },
  ];
}

function listMembers(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const pool = await requireParentPool(deps, request);
    deps.policy.enforce(ruleName(member, 'get_all'), request.context, { project_id: pool.project_id });
    return sendList(deps, member, request, reply, { relations: memberRelations, filters: [{ column: 'pool_id', value: pool.id }] });
  };
}

function showMember(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const pool = await requireParentPool(deps, request);
    const id = request.params['id'] ?? '';
    const row = await selectRow(deps.store.read, member, id);
    if (!row) throw notFound('Member', id);
    deps.policy.enforce(ruleName(member, 'get_one'), request.context, { project_id: typeof row['project_id'] === 'string' ? row['project_id'] : null });
    if (row['pool_id'] !== pool.id) throw notFound('Member', id);
    const computed = await memberRelations.load(deps.store.read, [row]);
    const fields = parseFields(request.query, deps.config.api_settings);
    return sendJson(reply, 200, { member: serialise(member, row, computed.get(id) ?? {}, fields ?? undefined) });
  };
}

function createMember(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const pool = await requireParentPool(deps, request);
    const body = parseCreate(member, request.body);
    deps.policy.enforce(ruleName(member, 'post'), request.context, { project_id: pool.project_id });
    checkNotReserved(body.address, deps.config.networking.reserved_ips);
    if (body.subnet_id) await requireSubnet(deps, request.context, body.subnet_id);
    const options = { loadBalancerId: pool.load_balancer_id ?? '', context: request.context, quota: { type: 'member', label: 'Member', count: 1 } } as const;
    const answer = await changeTree(deps, options, async (change) => {
      const monitor = await touchPool(change, pool.id);
      const allowsSriov = body.request_sriov ? await flavorAllowsSriov(change.trx, change.loadBalancer.flavor_id) : false;
      const id = await insertMember(change, { poolId: pool.id, hasMonitor: monitor, allowsSriov }, body);
      const row = await requireRow(change.trx, 'member', 'Member', id);
      await change.provider((driver) => driver.memberCreate(memberDict(bareGraph(change.loadBalancer), toMember(row))));
      change.record('create', 'member', id);
      return objectBody(change.trx, member, id, memberRelations);
    });
    return sendJson(reply, 201, answer);
  };
}

function updateMember(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const pool = await requireParentPool(deps, request);
    const body = parseUpdate(member, request.body);
    const row = await requireMember(deps, request, pool, 'put');
    const answer = await changeTree(deps, { loadBalancerId: pool.load_balancer_id ?? '', context: request.context }, async (change) => {
      await touchPool(change, pool.id);
      const current = await requireStaying(change.trx, 'member', 'Member', row.id);
      const changes = withNullsResolved(member, body);
      const { tags: _tags, ...attributes } = changes;
      await change.provider((driver) => driver.memberUpdate(memberDict(bareGraph(change.loadBalancer), toMember(current)), { member_id: row.id, ...attributes }));
      const status = current.provisioning_status === 'PENDING_CREATE' ? 'PENDING_CREATE' : 'PENDING_UPDATE';
      await updateRow(change.trx, 'member', row.id, { ...toColumns(member, changes), provisioning_status: status, updated_at: change.now });
      await replaceTags(change.trx, row.id, body.tags);
      change.record('update', 'member', row.id);
      return objectBody(change.trx, member, row.id, memberRelations);
    });
    return sendJson(reply, 200, answer);
  };
}

function deleteMember(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const pool = await requireParentPool(deps, request);
    const row = await requireMember(deps, request, pool, 'delete');
    await changeTree(deps, { loadBalancerId: pool.load_balancer_id ?? '', context: request.context }, async (change) => {
      await touchPool(change, pool.id);
      const current = await requireRow(change.trx, 'member', 'Member', row.id);
      await updateRow(change.trx, 'member', row.id, { provisioning_status: 'PENDING_DELETE', updated_at: change.now });
      await change.provider((driver) => driver.memberDelete(memberDict(bareGraph(change.loadBalancer), toMember(current))));
      change.record('delete', 'member', row.id);
    });
    return sendEmpty(reply, 204);
  };
}

/** The member of the path, after policy. */
async function requireMember(deps: ApiDependencies, request: ApiRequest, pool: PoolRow, action: 'put' | 'delete'): Promise<Database['member']> {
  const id = request.params['id'] ?? '';
  const row = await requireRow(deps.store.read, 'member', 'Member', id);
  deps.policy.enforce(ruleName(member, action), request.context, { project_id: pool.project_id });
  if (row.pool_id !== pool.id) throw notFound('Member', id);
  return row;
}
