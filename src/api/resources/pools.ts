import { pool } from '../../model/resources/pool.ts';
import { checkPoolProtocol, checkTakesChildren } from '../../model/rules/protocols.ts';
import { validationFailure } from '../../model/violation.ts';
import type { LoadBalancerGraph } from '../../model/graph.ts';
import { poolDict } from '../../providers/provider-models.ts';
import type { Database } from '../../store/database.ts';
import { readWholePool } from '../../store/resources/pool-parts.ts';
import { bareGraph } from '../../store/resources/provider-pieces.ts';
import { listenersOfPools, poolRelations } from '../../store/resources/relations.ts';
import { toListener } from '../../store/graph-rows.ts';
import { updateRow } from '../../store/resources/write-rows.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { changeTree, type Change } from '../machinery/change-tree.ts';
import type { Handler, Route } from '../machinery/define-routes.ts';
import { duplicateDefaultPool, notFound, poolInUseByPolicy } from '../machinery/faults.ts';
import { objectBody } from '../machinery/object-body.ts';
import { parseCreate } from '../machinery/parse-body.ts';
import { listHandler, ruleName, showHandler } from '../machinery/read-handlers.ts';
import { sendEmpty, sendJson } from '../machinery/respond.ts';
import { requireRow, requireStaying } from './child-rows.ts';
import { checkPoolChildren, insertPoolChildren } from './pool-children.ts';
import { checkNewPool, insertPool } from './insert-pool.ts';
import { updatePool } from './update-pool.ts';

export function poolRoutes(deps: ApiDependencies): Route[] {
  const collection = '/v2/pools';
  return [
    { method: 'GET', path: collection, handler: listHandler(deps, pool, poolRelations) },
    { method: 'POST', path: collection, handler: createPool(deps) },
    { method: 'GET', path: `${collection}/:id`, handler: showHandler(deps, pool, poolRelations) },
    { method: 'PUT', path: `${collection}/:id`, handler: updatePool(deps) },
    { method: 'DELETE', path: `${collection}/:id`, handler: deletePool(deps) },
  ];
}

function createPool(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const body = parseCreate(pool, request.body);
    const parent = await findParent(deps, body);
    deps.policy.enforce(ruleName(pool, 'post'), request.context, { project_id: parent.projectId });
    if (parent.listener) {
      checkTakesChildren(parent.listener.protocol);
      checkPoolProtocol(parent.listener.protocol, body.protocol);
    }
    await checkNewPool(deps, parent.projectId, body);
    await checkPoolChildren(deps, request.context, body);
    const listenerId = parent.listener?.id ?? null;
    const quota = { type: 'pool', label: 'Pool', count: 1 } as const;
    const answer = await changeTree(deps, { loadBalancerId: parent.loadBalancerId, context: request.context, quota }, async (change) => {
      if (listenerId !== null) await requireNoDefaultPool(change, listenerId);
      await change.markPending({ listeners: listenerId === null ? [] : [listenerId] });
      const id = await insertPool(deps, change, body);
      await insertPoolChildren(deps, change, id, body);
      if (listenerId !== null) await updateRow(change.trx, 'listener', listenerId, { default_pool_id: id });
      const row = await requireRow(change.trx, 'pool', 'Pool', id);
      await providerCall(change, row, (dict) => change.provider((driver) => driver.poolCreate(dict)));
      change.record('create', 'pool', id);
      return objectBody(change.trx, pool, id, poolRelations);
    });
    return sendJson(reply, 201, answer);
  };
}

interface Parent {
  readonly loadBalancerId: string;
  readonly projectId: string | null;
  readonly listener: Database['listener'] | null;
}

/** The load balancer, named directly or through a listener whose default pool this becomes. */
async function findParent(deps: ApiDependencies, body: { readonly loadbalancer_id?: string | null; readonly listener_id?: string | null }): Promise<Parent> {
  if (!body.loadbalancer_id && !body.listener_id) throw validationFailure('Must provide at least one of: loadbalancer_id, listener_id');
  const listener = body.listener_id ? await requireRow(deps.store.read, 'listener', 'Listener', body.listener_id) : null;
  const id = body.loadbalancer_id ?? listener?.load_balancer_id ?? '';
  if (listener && listener.load_balancer_id !== id) throw notFound('Listener', listener.id);
  const row = await deps.store.read.selectFrom('load_balancer').select(['project_id']).where('id', '=', id).where('provisioning_status', '<>', 'DELETED').executeTakeFirst();
  if (!row) throw notFound('Load Balancer', id);
  return { loadBalancerId: id, projectId: row.project_id, listener };
}

async function requireNoDefaultPool(change: Change, listenerId: string): Promise<void> {
  const listener = await requireStaying(change.trx, 'listener', 'Listener', listenerId);
  if (listener.default_pool_id !== null) throw duplicateDefaultPool();
}

/** Calls the provider with the pool's dict; the graph knows the listeners that use it. */
async function providerCall(change: Change, row: Database['pool'], call: (dict: ReturnType<typeof poolDict>) => Promise<void>): Promise<void> {
  const whole = await readWholePool(change.trx, row);
  const users = await change.trx.selectFrom('listener').selectAll().where('default_pool_id', '=', row.id).orderBy('created_at').execute();
  const graph: LoadBalancerGraph = { ...bareGraph(change.loadBalancer), pools: [whole], listeners: users.map((user) => toListener(user, { sniContainerRefs: [], allowedCidrs: [], l7policies: [] })) };
  await call(poolDict(graph, whole));
}

function deletePool(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const id = request.params['id'] ?? '';
    const row = await requireRow(deps.store.read, 'pool', 'Pool', id);
    deps.policy.enforce(ruleName(pool, 'delete'), request.context, { project_id: row.project_id });
    await changeTree(deps, { loadBalancerId: row.load_balancer_id ?? '', context: request.context }, async (change) => {
      const policy = await change.trx.selectFrom('l7policy').select('id').where('redirect_pool_id', '=', id).orderBy('created_at').executeTakeFirst();
      if (policy) throw poolInUseByPolicy(id, policy.id);
      const current = await requireRow(change.trx, 'pool', 'Pool', id);
      const listeners = (await listenersOfPools(change.trx, [id])).get(id) ?? [];
      await change.markPending({ listeners });
      await updateRow(change.trx, 'pool', id, { provisioning_status: 'PENDING_DELETE', updated_at: change.now });
      await providerCall(change, current, (dict) => change.provider((driver) => driver.poolDelete(dict)));
      change.record('delete', 'pool', id);
    });
    return sendEmpty(reply, 204);
  };
}
