import { toSqlDatetime, type Clock } from '../lib/clock.ts';
import type { Store } from '../store/database.ts';
import type { AmphoraSnapshot, LoadBalancerSnapshot } from './load-balancer-snapshot.ts';
import { chunks, readSnapshots } from './read-snapshots.ts';

export interface SnapshotCacheOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Called after each read with the time it began; ids without a row are named too. */
  readonly onRead: (amphoraIds: readonly string[], beganAtMs: number) => void;
  /** Called instead when the database failed; the ids are read again soon. */
  readonly onFailure: (error: unknown) => void;
}

/** Rows of the amphorae that report, read in batches and only when somebody asks. */
export interface SnapshotCache {
  amphora(id: string): AmphoraSnapshot | undefined;
  /** Undefined also when it is to be read anew: too old, changing, or marked. */
  loadBalancer(id: string): LoadBalancerSnapshot | undefined;
  /** As it was last read, however long that took: for heartbeats that came before it. */
  lastRead(id: string): LoadBalancerSnapshot | undefined;
  request(amphoraId: string): void;
  /** Finds load balancers whose rows changed since the last call (updated_at) and has them read anew at their next heartbeat. */
  noticeChanges(): Promise<void>;
  /** Has these read anew at their next heartbeat. */
  forget(loadBalancerIds: Iterable<string>): void;
  /** Drops what was not read for an hour: amphorae that are gone. */
  prune(): void;
  /** Resolves when nothing is being read. */
  settled(): Promise<void>;
}

/** Every change by an API or worker touches the load balancer's row, so this is only the safety net behind noticeChanges. */
const MAX_AGE_MS = 60_000;
/** A load balancer that changes now is not believed for long. */
const MAX_AGE_WHILE_PENDING_MS = 500;
/** updated_at has whole seconds and comes from other hosts' clocks. */
const CLOCK_TOLERANCE_MS = 3000;
const RETRY_AFTER_MS = 500;
const UNUSED_AFTER_MS = 3_600_000;
const BATCH = 200;

export function createSnapshotCache(options: SnapshotCacheOptions): SnapshotCache {
  const { store, clock } = options;
  const amphorae = new Map<string, AmphoraSnapshot>();
  const loadBalancers = new Map<string, LoadBalancerSnapshot>();
  const wanted = new Set<string>();
  let reading: Promise<void> | null = null;
  let failedAtMs = Number.NEGATIVE_INFINITY;
  /** One for all: heartbeats that come while the database is away must not each bring a repetition of their own. */
  let retry: NodeJS.Timeout | null = null;
  let noticedUntilMs = clock.now();

  const readAll = async () => {
    while (wanted.size > 0) {
      const [batch = []] = chunks([...wanted], BATCH);
      for (const id of batch) wanted.delete(id);
      try {
        const beganAtMs = clock.now();
        const found = await readSnapshots(store.read, batch, beganAtMs);
        for (const id of batch) {
          const amphora = found.amphorae.get(id);
          if (amphora === undefined) amphorae.delete(id);
          else amphorae.set(id, amphora);
        }
        for (const [id, one] of found.loadBalancers) loadBalancers.set(id, one);
        options.onRead(batch, beganAtMs);
      } catch (error) {
        for (const id of batch) wanted.add(id);
        options.onFailure(error);
        failedAtMs = clock.now();
        startLater();
        return;
      }
    }
  };
  const startLater = () => {
    retry ??= setTimeout(() => {
      retry = null;
      start();
    }, RETRY_AFTER_MS).unref();
  };
  const start = () => {
    const sinceFailureMs = clock.now() - failedAtMs;
    if (sinceFailureMs >= 0 && sinceFailureMs < RETRY_AFTER_MS) return startLater();
    reading ??= readAll().finally(() => {
      reading = null;
    });
  };

  return {
    amphora: (id) => amphorae.get(id),
    loadBalancer(id) {
      const found = loadBalancers.get(id);
      if (found === undefined) return undefined;
      const maxAgeMs = found.provisioningStatus.startsWith('PENDING_') ? MAX_AGE_WHILE_PENDING_MS : MAX_AGE_MS;
      return clock.now() - found.readAtMs > maxAgeMs ? undefined : found;
    },
    lastRead: (id) => loadBalancers.get(id),
    request(id) {
      wanted.add(id);
      // Heartbeats that arrive in the same turn of the event loop share one read.
      if (reading === null) setImmediate(start);
    },
    async noticeChanges() {
      const sinceMs = noticedUntilMs - CLOCK_TOLERANCE_MS;
      const nowMs = clock.now();
      const rows = await store.read.selectFrom('load_balancer').select('id').where('updated_at', '>=', toSqlDatetime(sinceMs)).execute();
      noticedUntilMs = nowMs;
      for (const { id } of rows) loadBalancers.delete(id);
    },
    forget(ids) {
      for (const id of ids) loadBalancers.delete(id);
    },
    prune() {
      const oldest = clock.now() - UNUSED_AFTER_MS;
      for (const [id, one] of loadBalancers) if (one.readAtMs < oldest) loadBalancers.delete(id);
      for (const [id, one] of amphorae) if (one.loadBalancerId === null || !loadBalancers.has(one.loadBalancerId)) amphorae.delete(id);
    },
    async settled() {
      await reading;
    },
  };
}
