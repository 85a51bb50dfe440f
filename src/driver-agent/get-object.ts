import type { CertManager } from '../drivers/certs/cert-manager.ts';
import type { LoadBalancerGraph } from '../model/graph.ts';
import { isJsonObject } from '../model/resources/decode-body.ts';
import { completeModel, type ProviderModel } from '../providers/model-attributes.ts';
import type { ProviderDict } from '../providers/provider-driver.ts';
import { healthMonitorDict, l7policyDict, l7ruleDict, listenerDict, loadBalancerDict, memberDict, poolDict } from '../providers/provider-models.ts';
import { withTlsMaterial } from '../providers/tls-material.ts';
import type { Store } from '../store/database.ts';
import { loadGraph } from '../store/load-balancer-graph.ts';
import { readObjects } from './reported-objects.ts';
import { STATUS_LISTS } from './request-records.ts';

export interface ObjectGetterDependencies {
  readonly store: Store;
  /** Providers get key material itself, as they have no access to the key manager. */
  readonly certManager: CertManager;
}

/** Answers `{object, id}` with the whole object as a provider dict with nulls for what is not set; `{}` when there is none. */
export async function getObject({ store, certManager }: ObjectGetterDependencies, request: unknown): Promise<ProviderDict> {
  if (!isJsonObject(request) || typeof request['id'] !== 'string') return {};
  const entry = Object.entries(STATUS_LISTS).find(([name]) => name === request['object']);
  if (entry === undefined) return {};
  const [, kind] = entry;
  const [object] = await readObjects(store.read, kind, [request['id']]);
  if (object === undefined || object.provisioningStatus === 'DELETED' || object.loadBalancerId === null) return {};
  const graph = await loadGraph(store.read, object.loadBalancerId);
  const found = graph === null ? null : find(graph, object.id);
  return found === null ? {} : completeModel(found.model, await withTlsMaterial(certManager, found.dict));
}

/** Ids are unique over all kinds, and the kind asked for was found in its own table. */
function find(graph: LoadBalancerGraph, id: string): { model: ProviderModel; dict: ProviderDict } | null {
  if (graph.id === id) return { model: 'LoadBalancer', dict: loadBalancerDict(graph) };
  for (const listener of graph.listeners) {
    if (listener.id === id) return { model: 'Listener', dict: listenerDict(graph, listener) };
    for (const policy of listener.l7policies) {
      if (policy.id === id) return { model: 'L7Policy', dict: l7policyDict(graph, policy) };
      const rule = policy.rules.find((candidate) => candidate.id === id);
      if (rule !== undefined) return { model: 'L7Rule', dict: l7ruleDict(graph, rule) };
    }
  }
  for (const pool of graph.pools) {
    if (pool.id === id) return { model: 'Pool', dict: poolDict(graph, pool) };
    if (pool.healthMonitor?.id === id) return { model: 'HealthMonitor', dict: healthMonitorDict(graph, pool.healthMonitor) };
    const member = pool.members.find((candidate) => candidate.id === id);
    if (member !== undefined) return { model: 'Member', dict: memberDict(graph, member) };
  }
  return null;
}
