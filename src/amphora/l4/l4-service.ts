import { OctaviaError } from '../../lib/errors.ts';

/** One UDP or SCTP listener as its keepalived configuration file describes it, engine-neutral. */
export interface L4Service {
  readonly loadBalancerId: string;
  readonly listenerId: string;
  /** False for a disabled listener or load balancer: nothing is forwarded. */
  readonly isEnabled: boolean;
  readonly protocol: L4Protocol;
  readonly vips: readonly L4Vip[];
  /** Null without a pool. */
  readonly pool: L4Pool | null;
}

export type L4Protocol = 'UDP' | 'SCTP';

export interface L4Vip {
  readonly address: string;
  readonly port: number;
}

export interface L4Pool {
  readonly id: string;
  /** A disabled pool has no members in the file. */
  readonly isEnabled: boolean;
  readonly algorithm: L4Algorithm;
  readonly persistence: L4Persistence | null;
  readonly monitorId: string | null;
  /** Seconds between checks, also between the tries of a failing one. */
  readonly checkIntervalSeconds: number | null;
  /** Failures until a member counts as down. */
  readonly failuresUntilDown: number | null;
  readonly members: readonly L4Member[];
  /** Ids of members that the file names as disabled only. */
  readonly disabledMemberIds: readonly string[];
}

/** Weighted round robin, least connections, source hash: keepalived's names. */
export type L4Algorithm = 'wrr' | 'lc' | 'sh';

export interface L4Persistence {
  readonly timeoutSeconds: number;
  /** Prefix lengths that make one client. */
  readonly prefix4: number;
  readonly prefix6: number;
}

export interface L4Member {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  /** 0: no new clients. */
  readonly weight: number;
  /** Concurrent flows of this member, null without limit. */
  readonly connectionLimit: number | null;
  readonly check: L4Check | null;
}

/** How to ask one member whether it is well. */
export type L4Check =
  | { readonly kind: 'udp' | 'sctp' | 'tcp'; readonly address: string; readonly port: number; readonly timeoutSeconds: number }
  | { readonly kind: 'http'; readonly address: string; readonly port: number; readonly timeoutSeconds: number; readonly path: string; readonly statusCodes: readonly number[] };

/** A keepalived file that is damaged or asks for what this engine cannot do. */
export class L4ConfigRejected extends OctaviaError {
  constructor(reason: string) {
    super('l4-config-rejected', `UDP/SCTP configuration: ${reason}`);
  }
}
