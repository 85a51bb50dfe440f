import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { listEvents, type EventQuery, type StoredEvent } from '../../store/events.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { eventBody } from './event-body.ts';

/** How often an open stream looks for news: one indexed statement that usually finds nothing. */
const LOOK_INTERVAL_MS = 1000;
/** Comment lines keep proxies from closing a quiet stream. */
const KEEP_ALIVE_MS = 15_000;
/** How often a stream makes sure that its client may still see this. */
const CHECK_CALLER_MS = 60_000;

/** An answer whose head is not sent yet, with the headers collected so far. */
export interface OpenAnswer {
  readonly response: ServerResponse;
  readonly headers: Readonly<Record<string, string | number | string[] | undefined>>;
}

/** Sends events after `query.afterSeq` as server-sent events until the client goes or may not see them any more; resolves then. */
export async function streamEvents(
  deps: Pick<ApiDependencies, 'store' | 'clock'>, { response, headers }: OpenAnswer, query: EventQuery & { readonly afterSeq: bigint }, isStillAllowed: () => Promise<boolean>,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' });
  response.write(': octavia events\n\n');
  let after = query.afterSeq;
  let lastWriteMs = deps.clock.now();
  let checkedMs = lastWriteMs;
  while (!gone.signal.aborted) {
    if (deps.clock.now() - checkedMs >= CHECK_CALLER_MS) {
      checkedMs = deps.clock.now();
      if (!(await isStillAllowed())) return void response.end();
    }
    const events = await listEvents(deps.store.read, { ...query, afterSeq: after });
    for (const event of events) response.write(frame(event));
    after = events.at(-1)?.seq ?? after;
    if (events.length > 0) lastWriteMs = deps.clock.now();
    else if (deps.clock.now() - lastWriteMs >= KEEP_ALIVE_MS) {
      response.write(': still here\n\n');
      lastWriteMs = deps.clock.now();
    }
    if (events.length < query.limit) await pause(gone.signal);
  }
}

function frame(event: StoredEvent): string {
  return `id: ${event.seq}\nevent: ${event.objectType}\ndata: ${JSON.stringify(eventBody(event))}\n\n`;
}

/** Ends early, without an error, when the client goes. */
async function pause(signal: AbortSignal): Promise<void> {
  await sleep(LOOK_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
}
