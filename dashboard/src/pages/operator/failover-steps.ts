import type { Amphora, Loadbalancer } from '../../api/schema.ts';

export const STEPS = ['accepted', 'booting', 'taking-over', 'removed'] as const;

export interface FailoverState {
  readonly steps: readonly { readonly step: (typeof STEPS)[number]; readonly state: 'success' | 'info' | 'pending' | 'danger' }[];
  readonly outcome: 'under-way' | 'done' | 'failed';
}

/** What can be seen of a failover: a new amphora boots, takes over, and the old one is gone. */
export function failoverSteps(amphoraId: string, loadBalancer: Pick<Loadbalancer, 'provisioning_status'>, amphorae: readonly Pick<Amphora, 'id' | 'status'>[]): FailoverState {
  const isPending = loadBalancer.provisioning_status.startsWith('PENDING');
  const old = amphorae.find(({ id }) => id === amphoraId);
  // Its successor serves, and the worker tries again to clear it away.
  const isLeaving = old?.status === 'PENDING_DELETE';
  const isFailed = loadBalancer.provisioning_status === 'ERROR' || (!isPending && old !== undefined && !isLeaving);
  const outcome = isFailed ? 'failed' : isPending || isLeaving ? 'under-way' : 'done';
  const isBooting = amphorae.some(({ id, status }) => id !== amphoraId && (status === 'BOOTING' || status === 'PENDING_CREATE'));
  const reached = outcome === 'done' ? STEPS.length : old === undefined ? 3 : isBooting ? 1 : amphorae.some(({ status }) => status === 'PENDING_DELETE') ? 3 : 1;
  return { outcome, steps: STEPS.map((step, index) => ({ step, state: index < reached ? 'success' : index === reached ? (outcome === 'failed' ? 'danger' : 'info') : 'pending' })) };
}
