import type { StatusTree } from '../../data/objects.ts';

/** What people call the objects of a load balancer, by id. */
export function namesIn(tree: StatusTree | undefined): ReadonlyMap<string, string> {
  if (tree === undefined) return new Map();
  const pools = tree.listeners.flatMap((listener) => listener.pools);
  const nodes = [tree, ...tree.listeners, ...pools, ...pools.flatMap((pool) => pool.members), ...pools.flatMap((pool) => pool.health_monitor ?? [])];
  return new Map(nodes.filter(({ name }) => name !== '').map((node) => [node.id, node.name]));
}
