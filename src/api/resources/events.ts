import type { FastifyReply } from 'fastify';
import { loadBalancer } from '../../model/resources/load-balancer.ts';
import { listEvents, type EventQuery } from '../../store/events.ts';
import { requestIds } from '../auth/identity-headers.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { ApiRequest, Handler, Route } from '../machinery/define-routes.ts';
import { ApiFault, invalidLimit, notFound } from '../machinery/faults.ts';
import { ruleName, visibleProject } from '../machinery/read-handlers.ts';
import { sendJson } from '../machinery/respond.ts';
import { eventBody } from './event-body.ts';
import { streamEvents } from './event-stream.ts';

/**
 * `GET /v2.0/octavia/events`: the history of load balancers, newest first, or after a number (`after`), oldest first.
 * `loadbalancer_id` and `project_id` narrow it. With `Accept: text/event-stream` it stays open and tells what happens.
 */
export function eventRoutes(deps: ApiDependencies): Route[] {
  return [{ method: 'GET', path: '/v2/octavia/events', alsoAnswers: 'text/event-stream', handler: answerEvents(deps) }];
}

const MAX_EVENTS = 1000;

function answerEvents(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const query = await allowedQuery(deps, request);
    if (wantsStream(request)) return startStream(deps, request, reply, query);
    return sendJson(reply, 200, { events: (await listEvents(deps.store.read, query)).map(eventBody) });
  };
}

/** Narrowed to what the caller may list; a named load balancer must be theirs to see. */
async function allowedQuery(deps: ApiDependencies, request: ApiRequest): Promise<EventQuery> {
  const { loadbalancer_id: id, after, limit } = request.query;
  const afterSeq = typeof after === 'string' ? { afterSeq: parseNumber(after) } : {};
  const base = { limit: parseLimit(limit), ...afterSeq };
  if (typeof id === 'string') {
    const row = await deps.store.read.selectFrom('load_balancer').select('project_id').where('id', '=', id).executeTakeFirst();
    if (!row) throw notFound('Load Balancer', id);
    deps.policy.enforce(ruleName(loadBalancer, 'get_one'), request.context, { project_id: row.project_id });
    return { ...base, loadBalancerId: id };
  }
  const project = visibleProject(deps.policy, loadBalancer, request);
  return project === null ? base : { ...base, projectId: project };
}

function parseNumber(text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) throw new ApiFault(400, `Supplied event number '${text}' is not valid.`);
  return BigInt(text);
}

function parseLimit(limit: string | readonly string[] | undefined): number {
  if (limit === undefined) return 100;
  if (typeof limit !== 'string' || !/^\d{1,9}$/.test(limit)) throw invalidLimit(String(limit));
  return Math.min(Number(limit) || MAX_EVENTS, MAX_EVENTS);
}

const wantsStream = (request: ApiRequest) => (request.raw.headers.accept ?? '').includes('text/event-stream');

/** A client that comes back says where it was (`Last-Event-ID`). */
async function startStream(deps: ApiDependencies, request: ApiRequest, reply: FastifyReply, query: EventQuery): Promise<FastifyReply> {
  const last = request.raw.headers['last-event-id'];
  const since = typeof last === 'string' && /^\d{1,18}$/.test(last) ? BigInt(last) : query.afterSeq;
  const [newest] = since === undefined ? await listEvents(deps.store.read, { ...withoutAfter(query), limit: 1 }) : [];
  reply.hijack();
  const start = { ...query, limit: MAX_EVENTS, afterSeq: since ?? newest?.seq ?? 0n };
  void streamEvents(deps, { response: reply.raw, headers: reply.getHeaders() }, start, () => isStillAllowed(deps, request, query)).catch((error: unknown) => {
    deps.log.warn({ ...requestIds(request.raw), err: error }, 'an event stream broke off');
    // The client comes back with the number of its last event.
    reply.raw.end();
  });
  return reply;
}

/** False when the token has ended, or its roles show less than the stream tells; an identity service that cannot be asked ends no stream. */
async function isStillAllowed(deps: ApiDependencies, request: ApiRequest, begun: EventQuery): Promise<boolean> {
  const { raw } = request;
  try {
    const context = await deps.authenticator.authenticate(raw.headers, raw.id, { method: raw.method, url: raw.originalUrl });
    const now = await allowedQuery(deps, { ...request, context });
    return now.projectId === undefined || now.projectId === begun.projectId;
  } catch (error) {
    if (error instanceof ApiFault) return error.status >= 500;
    throw error;
  }
}

function withoutAfter({ afterSeq: _after, ...query }: EventQuery): EventQuery {
  return query;
}
