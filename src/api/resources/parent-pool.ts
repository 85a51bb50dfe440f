import type { Database } from '../../store/database.ts';
import { listenersOfPools } from '../../store/resources/relations.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { Change } from '../machinery/change-tree.ts';
import type { ApiRequest } from '../machinery/define-routes.ts';
import { notFound, parentNotFound } from '../machinery/faults.ts';

export type PoolRow = Database['pool'];

/** The pool of the path; unlike other 404s the missing parent answers in router format. */
export async function requireParentPool(deps: ApiDependencies, request: ApiRequest): Promise<PoolRow> {
  const poolId = request.params['pool_id'] ?? '';
  const pool = await deps.store.read.selectFrom('pool').selectAll().where('id', '=', poolId).where('provisioning_status', '<>', 'DELETED').executeTakeFirst();
  if (!pool) throw parentNotFound('Pool', poolId);
  return pool;
}

/** Marks pool, its listeners and the load balancer as waiting; says whether the pool has a monitor. 409 when the pool is not mutable. */
export async function touchPool(change: Change, poolId: string): Promise<boolean> {
  const pool = await change.trx.selectFrom('pool').leftJoin('health_monitor', 'health_monitor.pool_id', 'pool.id')
    .select(['pool.provisioning_status as status', 'health_monitor.id as monitor']).where('pool.id', '=', poolId).executeTakeFirst();
  if (!pool) throw notFound('Pool', poolId);
  change.requireMutable('Pool', poolId, pool.status);
  const listeners = (await listenersOfPools(change.trx, [poolId])).get(poolId) ?? [];
  await change.markPending({ listeners, pools: [poolId] });
  return pool.monitor !== null;
}
