import type { ListenerReport, PoolReport } from '../../protocol/heartbeat-message.ts';

/** What an engine says of one UDP or SCTP listener; counters are absolute. */
export interface L4Report {
  readonly listener: ListenerReport;
  /** Null when the listener has no pool. */
  readonly pool: { readonly id: string; readonly report: PoolReport } | null;
}

/** Serves UDP and SCTP listeners from their uploaded configuration: keepalived with IP_VS, or nftables. */
export interface L4Engine {
  readonly kind: 'lvs' | 'nftables';
  /** Serves what the listener's configuration file says now; serving already is a restart. Throws ServiceFailed. */
  apply(listenerId: string): Promise<void>;
  stop(listenerId: string): Promise<void>;
  remove(listenerId: string): Promise<void>;
  isRunning(listenerId: string): Promise<boolean>;
  /** Null while the listener is disabled or not served. */
  report(listenerId: string): Promise<L4Report | null>;
  /** Takes over what runs after a restart of the agent. */
  adopt(): Promise<void>;
  close(): Promise<void>;
}
