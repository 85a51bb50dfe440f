import type { RolloutKind, RolloutState } from '../../model/enums.ts';

/** `soaking`: done, and watched for a while before it counts. */
export type StepState = 'waiting' | 'started' | 'soaking' | 'done' | 'failed' | 'skipped';

export interface Rollout {
  readonly id: string;
  readonly kind: RolloutKind;
  readonly state: RolloutState;
  /** Amphorae of this image are left alone, and new ones must have it; null replaces all. */
  readonly imageId: string | null;
  /** So many amphorae go first; the rest waits until all of them have soaked. */
  readonly canary: number;
  /** Steps begun in any 60 seconds. */
  readonly perMinute: number;
  /** Steps under way at the same time. */
  readonly parallel: number;
  readonly soakSeconds: number;
  readonly createdAtMs: number;
  readonly reason: string | null;
}

export interface Step {
  readonly amphoraId: string;
  /** Null for spare amphorae. */
  readonly loadBalancerId: string | null;
  readonly isCanary: boolean;
  readonly state: StepState;
  /** Operating status of the load balancer when the step began. */
  readonly operatingBefore: string | null;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly reason: string | null;
}

/** What the rows say of one step's amphora and load balancer now. */
export interface StepFacts {
  /** Null when the row is gone. */
  readonly amphoraStatus: string | null;
  readonly amphoraImageId: string | null;
  /** Of the load balancer; null without one. */
  readonly provisioningStatus: string | null;
  readonly operatingStatus: string | null;
  /** The wish for the worker is still there. */
  readonly isWished: boolean;
  /** Images of the load balancer's amphorae that are no steps of the rollout: they came during it. */
  readonly newImageIds: readonly (string | null)[];
}
