import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { listEvents } from '../../store/events.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Store } from '../../store/database.ts';
import { eventBody } from '../resources/event-body.ts';
import { watchLoadBalancers, watchRates, watchStatuses } from './change-watch.ts';

/** How often an open stream looks for news. */
const LOOK_INTERVAL_MS = 1000;
const KEEP_ALIVE_MS = 15_000;
/** How often a stream makes sure that its session still holds and shows as much as before. */
const CHECK_CALLER_MS = 60_000;
const MAX_EVENTS = 500;

/** `changed`: another stream would tell more or less than this one. */
export type CallerCheck = 'same' | 'changed' | 'expired';

export interface ChangeStream {
  readonly store: Store;
  readonly clock: Clock;
  readonly response: ServerResponse;
  /** Null: everybody's. */
  readonly projectId: string | null;
  /** A load balancer whose parts are watched too; the caller has checked that it may be seen. */
  readonly loadBalancerId: string | null;
  /** How old figures are when all of them can be seen (figureDelay). */
  readonly figureDelaySeconds: number;
  /** Amphorae of the watched load balancer are told of too. */
  readonly showsAmphorae: boolean;
  /** Number of the last event the client has seen. @default the newest */
  readonly afterSeq: bigint | null;
  checkCaller(): Promise<CallerCheck>;
}

/**
 * Server-sent events until the client goes: `history` (an entry of the event history), `load-balancers` (ids whose rows
 * were written), `status` (parts of the watched load balancer whose statuses changed) and `rates` (what they do per second). Ends with `expired` when the
 * session does, and without a word when its roles changed what may be seen: the client comes back for what it may see now.
 */
export async function streamChanges(stream: ChangeStream): Promise<void> {
  const { response, clock } = stream;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no', 'x-content-type-options': 'nosniff' });
  response.write('retry: 2000\n\n');
  const look = createLook(stream);
  let lastWriteMs = clock.now();
  let checkedMs = clock.now();
  while (!gone.signal.aborted) {
    if (clock.now() - checkedMs >= CHECK_CALLER_MS) {
      checkedMs = clock.now();
      const caller = await stream.checkCaller();
      if (caller !== 'same') return void response.end(caller === 'expired' ? 'event: expired\ndata: {}\n\n' : '');
    }
    const frames = await look();
    for (const frame of frames) response.write(frame);
    if (frames.length > 0) lastWriteMs = clock.now();
    else if (clock.now() - lastWriteMs >= KEEP_ALIVE_MS) {
      response.write(': still here\n\n');
      lastWriteMs = clock.now();
    }
    // The client's going ends the pause, which is no error.
    await sleep(LOOK_INTERVAL_MS, undefined, { signal: gone.signal }).catch(() => undefined);
  }
}

/** One look at the database: the frames to send. The first look says where the stream starts. */
function createLook({ store, clock, projectId, loadBalancerId, afterSeq, figureDelaySeconds, showsAmphorae }: ChangeStream): () => Promise<readonly string[]> {
  const loadBalancers = watchLoadBalancers(store, projectId);
  const statuses = loadBalancerId === null ? async () => [] : watchStatuses(store, loadBalancerId, showsAmphorae);
  const rates = loadBalancerId === null ? async () => null : watchRates({ store, clock, loadBalancerId, delaySeconds: figureDelaySeconds });
  const scope = projectId === null ? {} : { projectId };
  let after = afterSeq;
  return async () => {
    after ??= (await listEvents(store.read, { ...scope, limit: 1 }))[0]?.seq ?? 0n;
    const events = await listEvents(store.read, { ...scope, limit: MAX_EVENTS, afterSeq: after });
    after = events.at(-1)?.seq ?? after;
    const ids = await loadBalancers.changedLoadBalancers();
    const changes = await statuses();
    const news = await rates();
    return [
      ...events.map((event) => frameOf('history', eventBody(event), event.seq)),
      ...(ids.length > 0 ? [frameOf('load-balancers', { ids })] : []),
      ...(changes.length > 0 ? [frameOf('status', { loadbalancer_id: loadBalancerId, changes })] : []),
      ...(news === null ? [] : [frameOf('rates', news)]),
    ];
  };
}

function frameOf(name: string, data: unknown, id?: bigint): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
