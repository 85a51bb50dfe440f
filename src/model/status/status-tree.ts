import type { OperatingStatus, ProvisioningStatus } from '../enums.ts';

/**
 * What of a load balancer the derivation of operating statuses looks at. A LoadBalancerGraph is one; the health
 * manager keeps this smaller form for tens of thousands of load balancers.
 */
export interface StatusTree extends StatusNode {
  readonly listeners: readonly ListenerNode[];
  readonly pools: readonly PoolNode[];
}

export interface StatusNode {
  readonly id: string;
  readonly enabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly operatingStatus: OperatingStatus;
}

export interface ListenerNode extends StatusNode {
  readonly l7policies: readonly PolicyNode[];
}

export interface PolicyNode extends StatusNode {
  readonly rules: readonly StatusNode[];
}

export interface PoolNode extends StatusNode {
  readonly healthMonitor: StatusNode | null;
  readonly members: readonly StatusNode[];
}

/** Tables that carry an operating status. */
export type StatusKind = 'load_balancer' | 'listener' | 'pool' | 'member' | 'health_monitor' | 'l7policy' | 'l7rule';

/** What a report says about one object. */
export interface DerivedStatus {
  readonly kind: StatusKind;
  readonly id: string;
  readonly operatingStatus: OperatingStatus;
  /** What the tree has: equal means nothing to write. */
  readonly storedStatus: OperatingStatus;
}
