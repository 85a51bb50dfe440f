/**
 * The part of an amphora's heartbeat that says how things are; a HeartbeatMessage is one. Texts that are none of the
 * known ones (`UNKNOWN` listener or pool states, foreign member texts) leave the object as it is.
 */
export interface StatusReport {
  readonly listeners: Readonly<Record<string, { readonly status: string }>>;
  /** Key: pool id, or `<pool>:<listener>`; the part before the last colon counts. */
  readonly pools: Readonly<Record<string, PoolStatusReport>>;
}

export interface PoolStatusReport {
  readonly status: string;
  readonly members: Readonly<Record<string, string>>;
}

/** Pool reports by pool id. Of a pool that several listeners use, the last one counts, as in the original's receiver. */
export function poolsById(report: StatusReport): ReadonlyMap<string, PoolStatusReport> {
  const pools = new Map<string, PoolStatusReport>();
  for (const key of Object.keys(report.pools)) {
    const pool = report.pools[key];
    if (pool !== undefined) pools.set(poolIdOf(key), pool);
  }
  return pools;
}

function poolIdOf(key: string): string {
  const colon = key.lastIndexOf(':');
  return colon < 0 ? key : key.slice(0, colon);
}
