import type { Kysely } from 'kysely';
import type { LoadBalancerGraph } from '../../model/graph.ts';
import type { Database } from '../database.ts';
import type { LockedLoadBalancer } from './lock-load-balancer.ts';
import { readWholePool } from './pool-parts.ts';
import { bareGraph } from './provider-pieces.ts';
import { toListener } from '../graph-rows.ts';

/** A listener with its references, and a graph that holds its default pool, for provider dicts. */
export async function readListenerGraph(db: Kysely<Database>, loadBalancer: LockedLoadBalancer, row: Database['listener']) {
  const sni = await db.selectFrom('sni').select('tls_container_id').where('listener_id', '=', row.id).orderBy('position').orderBy('tls_container_id').execute();
  const cidrs = await db.selectFrom('listener_cidr').select('cidr').where('listener_id', '=', row.id).orderBy('cidr').execute();
  const pool = row.default_pool_id === null ? undefined : await db.selectFrom('pool').selectAll().where('id', '=', row.default_pool_id).executeTakeFirst();
  const listener = toListener(row, { sniContainerRefs: sni.map((entry) => entry.tls_container_id), allowedCidrs: cidrs.map((entry) => entry.cidr), l7policies: [] });
  const graph: LoadBalancerGraph = { ...bareGraph(loadBalancer), listeners: [listener], pools: pool ? [await readWholePool(db, pool)] : [] };
  return { graph, listener };
}
