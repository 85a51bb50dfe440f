/** Decoded content of a heartbeat datagram (contracts section 11), version differences already evened out by the codec. */
export interface HeartbeatMessage {
  readonly id: string;
  readonly seq: number;
  /** 3: statistics are deltas; lower or missing (0): absolute. */
  readonly ver: number;
  readonly listeners: Readonly<Record<string, ListenerReport>>;
  /** Key: pool id, or `<pool>:<listener>`. */
  readonly pools: Readonly<Record<string, PoolReport>>;
}

export interface ListenerReport {
  /** UNKNOWN: the sender used a word that says nothing about the listener. */
  readonly status: 'OPEN' | 'FULL' | 'UNKNOWN';
  readonly stats: { readonly tx: number; readonly rx: number; readonly conns: number; readonly totconns: number; readonly ereq: number };
}

export interface PoolReport {
  readonly status: 'UP' | 'DOWN' | 'UNKNOWN';
  /** Member id to HAProxy's text: `UP`, `UP 1/3`, `DOWN`, `DRAIN`, `MAINT`, `no check`, `RESTARTING`. */
  readonly members: Readonly<Record<string, string>>;
}
