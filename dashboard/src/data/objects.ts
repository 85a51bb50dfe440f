import { useQueries, useQuery, useQueryClient, type QueryKey } from '@tanstack/react-query';
import { useCallback } from 'react';
import { listAll, octavia, pathOf, show, type Kind, type Shown } from '../api/client.ts';
import { useToast } from '../components/toasts.tsx';
import { useT } from '../i18n/i18n.tsx';

/** Keys of everything about one load balancer begin with this: pushed changes make them stale. */
export const keyOf = (loadBalancerId: string, ...more: readonly string[]) => ['load-balancer', loadBalancerId, ...more];

export const useLoadBalancer = (id: string) => useQuery({ queryKey: keyOf(id, 'self'), queryFn: () => show('loadbalancer', id) });
export const useListeners = (id: string) => useQuery({ queryKey: keyOf(id, 'listeners'), queryFn: () => listAll('listener', { loadbalancer_id: id }) });
export const usePools = (id: string) => useQuery({ queryKey: keyOf(id, 'pools'), queryFn: () => listAll('pool', { loadbalancer_id: id }), enabled: id !== '' });
export const useMembers = (id: string, poolId: string) => useQuery({ queryKey: keyOf(id, 'pools', poolId, 'members'), queryFn: () => listAll('member', {}, { parent: poolId }) });
export const usePolicies = (id: string, listenerId: string) => useQuery({ queryKey: keyOf(id, 'listeners', listenerId, 'policies'), queryFn: () => listAll('l7policy', { listener_id: listenerId, sort: 'position:asc' }) });
export const useRules = (id: string, policyId: string) => useQuery({ queryKey: keyOf(id, 'policies', policyId, 'rules'), queryFn: () => listAll('rule', {}, { parent: policyId }) });

/** What to read anew after a change of something that belongs to no load balancer: its list, and what forms offer. */
export const staleAfter = (kind: Kind): readonly QueryKey[] => [['cloud', kind], ['choices']];

/** All objects of a kind that belongs to no load balancer. */
export const useCloudObjects = <K extends Kind>(kind: K) => useQuery({ queryKey: ['cloud', kind, 'all'], queryFn: () => listAll(kind) });

/** One object below a load balancer. */
export function useObject<K extends Kind>(loadBalancerId: string, kind: K, id: string, parent?: string) {
  return useQuery({ queryKey: keyOf(loadBalancerId, kind, id), queryFn: () => show(kind, id, parent), enabled: id !== '' });
}

/** The members of several pools, by pool. */
export function useMembersOf(loadBalancerId: string, poolIds: readonly string[]): ReadonlyMap<string, readonly Shown<'member'>[]> {
  const results = useQueries({
    queries: poolIds.map((poolId) => ({ queryKey: keyOf(loadBalancerId, 'pools', poolId, 'members'), queryFn: () => listAll('member', {}, { parent: poolId }) })),
  });
  return new Map(poolIds.map((poolId, index) => [poolId, results[index]?.data ?? []]));
}

interface StatusNode {
  readonly id: string;
  readonly name: string;
  readonly provisioning_status: string;
  readonly operating_status: string;
}

/** A load balancer's tree, reduced to names and statuses. */
export interface StatusTree extends StatusNode {
  readonly listeners: readonly (StatusNode & { readonly pools: readonly (StatusNode & { readonly health_monitor?: StatusNode & { readonly type: string }; readonly members: readonly (StatusNode & { readonly address: string; readonly protocol_port: number })[] })[] })[];
}

export const useStatusTree = (id: string) => useQuery({
  queryKey: keyOf(id, 'statuses'),
  queryFn: async () => (await octavia<{ statuses: { loadbalancer: StatusTree } }>('GET', pathOf('loadbalancer', { id, action: 'status' }))).statuses.loadbalancer,
});

export interface Change {
  /** The load balancer whose data is read anew. */
  readonly loadBalancerId?: string;
  /** Keys of further queries that are read anew. */
  readonly stale?: readonly QueryKey[];
  /** Told when the service has accepted it. */
  readonly accepted?: string;
}

/** Sends a change: what is refused is shown in the service's words, what is accepted is read anew. True when accepted. */
export function useSend(): (send: () => Promise<unknown>, change: Change) => Promise<boolean> {
  const client = useQueryClient();
  const say = useToast();
  const t = useT();
  return useCallback(async (send, { loadBalancerId, stale = [], accepted }) => {
    try {
      await send();
    } catch (error) {
      say({ variant: 'danger', title: t('state.failed'), detail: error instanceof Error ? error.message : String(error) });
      return false;
    }
    if (accepted !== undefined) say({ variant: 'success', title: accepted });
    for (const queryKey of [...(loadBalancerId === undefined ? [] : [['load-balancer', loadBalancerId]]), ...stale]) await client.invalidateQueries({ queryKey });
    return true;
  }, [client, say, t]);
}
