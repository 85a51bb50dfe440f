/** Decoded content of a heartbeat datagram (contracts section 11), version differences already evened out by the codec. */
export interface HeartbeatMessage {
  readonly id: string;
  readonly seq: number;
  /** 3: statistics are deltas; lower or missing (0): absolute. */
  readonly ver: number;
  readonly listeners: Readonly<Record<string, ListenerReport>>;
  /** Key: pool id, or `<pool>:<listener>`. */
  readonly pools: Readonly<Record<string, PoolReport>>;
  /** What only our agent tells, and only while there is something to tell. Others pass over it. */
  readonly extension?: HeartbeatExtension;
}

/** Figures of listeners, pools and members, and why members are down. Wire key: `octavia_ts`. */
export interface HeartbeatExtension {
  /** The increases came together in so many seconds. */
  readonly seconds: number;
  /** By object id: open connections, then the increase of each of FIGURES; zeros at the end are left out. */
  readonly figures: Readonly<Record<string, readonly number[]>>;
  /** By member id: seconds since it went down, and what the last check met. */
  readonly failing: Readonly<Record<string, readonly [sinceSeconds: number, reason: string]>>;
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
