import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { normaliseUuid } from '../../model/uuid.ts';
import type { RequestLine } from '../auth/access-rules.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import type { RequestContext } from '../auth/request-context.ts';
import { methodNotAllowed, missingArgument, notAcceptable, unknownArgument, unknownUrl } from './faults.ts';
import type { QueryParameters } from './list-query.ts';

/** What a handler knows of its request. */
export interface ApiRequest {
  readonly context: RequestContext;
  /** Path parameters; a UUID without dashes gets them. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: QueryParameters;
  /** The body as text; '' when there is none. */
  readonly body: string;
  /** Scheme, host and path as the caller wrote them, for links. */
  readonly url: string;
  readonly raw: FastifyRequest;
}

export type Handler = (request: ApiRequest, reply: FastifyReply) => Promise<FastifyReply>;

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Canonical: `/v2/listeners/:id`, `/v2/octavia/amphorae`; every mount is reached through it (canonical-url.ts). */
  readonly path: string;
  readonly handler: Handler;
  /** Query parameters of a change; others are refused, as a misspelt one would change something else. Reads see to theirs themselves. */
  readonly takes?: readonly string[];
  /** Another content type that the route can answer with. */
  readonly alsoAnswers?: string;
}

export interface RouteSettings {
  readonly authenticator: Authenticator;
  /** `[api_settings] api_base_uri` */
  readonly baseUri: string | null;
}

/** What the original calls the id that was left out, where that is not `id` or nothing can be created. */
const OMITTED: Readonly<Record<string, string>> = {
  'DELETE /v2/flavors': 'flavor_id', 'DELETE /v2/flavorprofiles': 'flavor_profile_id', 'DELETE /v2/availabilityzones': 'availability_zone_name', 'PUT /v2/availabilityzones': 'name',
  'DELETE /v2/availabilityzoneprofiles': 'availability_zone_profile_id', 'DELETE /v2/quotas': 'project_id', 'PUT /v2/quotas': 'project_id', 'DELETE /v2/octavia/amphorae': 'id',
};

/** Mounts authenticated routes; every other method on their paths is 405, every other path 404. */
export function defineRoutes(app: FastifyInstance, routes: readonly Route[], settings: RouteSettings): void {
  const patterns = [...new Set(routes.map((route) => route.path))].map(pathPattern);
  const collections = [...new Set(routes.filter((route) => route.method === 'POST').map((route) => route.path))].map(pathPattern);
  for (const route of routes) {
    app.route({ method: route.method, url: route.path, handler: (raw, reply) => handle(route, raw, reply, settings) });
  }
  app.setNotFoundHandler(async (raw) => {
    await settings.authenticator.authenticate(raw.headers, raw.id, requestLine(raw));
    const path = pathOf(raw.url);
    // The original takes these for changes of one object whose id was left out.
    const needsId = raw.method === 'DELETE' || raw.method === 'PUT';
    const omitted = OMITTED[`${raw.method} ${path}`] ?? (needsId && collections.some((pattern) => pattern.test(path)) ? 'id' : null);
    if (omitted !== null) throw missingArgument(omitted);
    const isKnown = patterns.some((pattern) => pattern.test(path));
    // Below a version the original looks at the method before it looks for the collection.
    throw isKnown || (path.startsWith('/v2/') && raw.method !== 'GET' && raw.method !== 'HEAD') ? methodNotAllowed(raw.method) : unknownUrl();
  });
}

async function handle(route: Route, raw: FastifyRequest, reply: FastifyReply, settings: RouteSettings): Promise<FastifyReply> {
  checkAccept(raw.headers.accept, route.alsoAnswers);
  const context = await settings.authenticator.authenticate(raw.headers, raw.id, requestLine(raw));
  const request: ApiRequest = {
    context,
    params: pathParameters(raw.params),
    query: queryParameters(raw.query),
    body: typeof raw.body === 'string' ? raw.body : '',
    url: requestUrl(raw, settings.baseUri),
    raw,
  };
  if (route.method !== 'GET') checkParameters(request.query, route.takes ?? []);
  return route.handler(request, reply);
}

function requestLine({ method, originalUrl: url }: FastifyRequest): RequestLine {
  return { method, url };
}

function checkParameters(query: QueryParameters, known: readonly string[]): void {
  const unknown = Object.keys(query).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw unknownArgument(unknown);
}

/** The URL a caller used, without its query; `api_base_uri` replaces scheme and host. */
export function requestUrl(raw: FastifyRequest, baseUri: string | null): string {
  const path = pathOf(raw.originalUrl);
  return baseUri ? `${baseUri.replace(/\/+$/, '')}${path}` : `${raw.protocol}://${raw.host}${path}`;
}

/** Clients that exclude JSON get 406; an absent or empty header is fine. */
function checkAccept(header: string | undefined, also: string | undefined): void {
  if (header === undefined || header.trim() === '') return;
  const isFine = header.split(',').some((part) => {
    const [range = '', ...parameters] = part.trim().toLowerCase().split(';').map((piece) => piece.trim());
    const isRefused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    return !isRefused && (['*/*', 'application/*', 'application/json'].includes(range) || range === also);
  });
  if (!isFine) throw notAcceptable();
}

function pathParameters(raw: unknown): Record<string, string> {
  const parameters = typeof raw === 'object' && raw !== null ? Object.entries(raw) : [];
  return Object.fromEntries(parameters.map(([key, value]) => [key, normaliseUuid(String(value)) ?? String(value)]));
}

function queryParameters(raw: unknown): QueryParameters {
  const parameters = typeof raw === 'object' && raw !== null ? Object.entries(raw) : [];
  return Object.fromEntries(parameters.map(([key, value]) => [key, Array.isArray(value) ? value.map(String) : String(value)]));
}

function pathPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`);
}

const pathOf = (url: string) => url.split('?', 1)[0] ?? '/';
