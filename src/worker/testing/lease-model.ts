import type { ProvisioningStatus } from '../../model/enums.ts';

/** One row of ts_lease with time left out: a lease or a back-off has run out, or it has not. */
export interface ModelLease {
  readonly owner: string | null;
  readonly fence: number;
  readonly isExpired: boolean;
  readonly attempts: number;
  readonly isBackingOff: boolean;
}

/** store/leases.ts and find-work.ts in a few lines, for exploring; `protocol.test.ts` proves that both do the same. */
export const modelLease = {
  take(lease: ModelLease | null, owner: string, ignoreBackOff: boolean): { readonly kind: 'taken' | 'held' | 'backing-off'; readonly lease: ModelLease | null } {
    if (lease === null) return { kind: 'taken', lease: { owner, fence: 1, isExpired: false, attempts: 0, isBackingOff: false } };
    const isFree = lease.owner === null || lease.owner === owner || lease.isExpired;
    if (!isFree) return { kind: 'held', lease };
    if (lease.isBackingOff && !ignoreBackOff) return { kind: 'backing-off', lease };
    return { kind: 'taken', lease: { ...lease, owner, fence: lease.fence + 1, isExpired: false } };
  },
  /** Null when it was lost. */
  renew(lease: ModelLease | null, fence: number): ModelLease | null {
    return lease?.fence === fence && lease.owner !== null ? { ...lease, isExpired: false } : null;
  },
  isCurrent: (lease: ModelLease | null, fence: number): boolean => lease?.fence === fence,
  release(lease: ModelLease | null, fence: number): ModelLease | null {
    return lease?.fence === fence ? { ...lease, owner: null, attempts: 0, isBackingOff: false } : lease;
  },
  recordFailure(lease: ModelLease | null, fence: number, isBackingOff: boolean): ModelLease | null {
    return lease?.fence === fence ? { ...lease, owner: null, attempts: lease.attempts + 1, isBackingOff } : lease;
  },
  giveBackAll: (lease: ModelLease | null, owner: string): ModelLease | null => (lease?.owner === owner ? { ...lease, isExpired: true } : lease),
  expire: (lease: ModelLease | null): ModelLease | null => (lease === null ? null : { ...lease, isExpired: true }),
  endBackOff: (lease: ModelLease | null): ModelLease | null => (lease === null ? null : { ...lease, isBackingOff: false }),
  /** Whether the sweep finds the load balancer. */
  isFound(status: ProvisioningStatus, hasRequests: boolean, lease: ModelLease | null): boolean {
    if (lease !== null && ((lease.owner !== null && !lease.isExpired) || lease.isBackingOff)) return false;
    if (status.startsWith('PENDING_')) return true;
    return status !== 'DELETED' && (hasRequests || (lease !== null && (lease.attempts > 0 || lease.owner !== null)));
  },
};
