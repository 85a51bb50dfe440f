import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { DatabaseUnavailable, DuplicateKey, ForeignKeyMissing, NoFreeConnection, ValueRefused } from '../store/errors.ts';
import { requestIds } from './auth/identity-headers.ts';
import { Unauthorized } from './auth/unauthorized.ts';
import type { ApiDependencies } from './dependencies.ts';
import { defineRoutes, type Route } from './machinery/define-routes.ts';
import { ApiFault, faultBody, toFault } from './machinery/faults.ts';
import { auditRequests, auditToLog } from './middleware/audit.ts';
import { versionRoutes } from './middleware/discovery.ts';
import { registerMiddleware } from './middleware/register-middleware.ts';
import { serverOptions } from './middleware/server-options.ts';
import { openApiRoute } from './openapi/openapi-route.ts';
import { accessLogRoutes } from './resources/access-log.ts';
import { adminRoutes } from './resources/admin-routes.ts';
import { eventRoutes } from './resources/events.ts';
import { figureRoutes } from './resources/figures.ts';
import { healthMonitorRoutes } from './resources/health-monitors.ts';
import { l7policyRoutes } from './resources/l7policies.ts';
import { l7ruleRoutes } from './resources/l7rules.ts';
import { listenerRoutes } from './resources/listeners.ts';
import { loadBalancerRoutes } from './resources/load-balancers.ts';
import { memberRoutes } from './resources/members.ts';
import { poolRoutes } from './resources/pools.ts';

export type { ApiDependencies } from './dependencies.ts';

/** The REST API of Octavia, ready to listen or to be asked with `inject()`. Closing it closes none of its dependencies. */
export function createApi(deps: ApiDependencies): FastifyInstance {
  const app = fastify({ ...serverOptions(deps.config), logger: false, forceCloseConnections: true });
  // Bodies stay text until a resource's own decoder reads them, so that errors have Octavia's words.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, request, reply) => sendFault(deps, error, request, reply));
  registerMiddleware(app, deps.config, deps);
  deps.extraRoutes?.(app);
  const authenticator = auditRequests(app, deps.config, { authenticator: deps.authenticator, clock: deps.clock, sink: deps.auditSink ?? auditToLog(deps.log) });
  const routes = apiRoutes(deps);
  defineRoutes(app, [...routes, openApiRoute(routes)], { authenticator, baseUri: deps.config.api_settings.api_base_uri });
  return app;
}

/** Every authenticated route, by resource. */
export function apiRoutes(deps: ApiDependencies): Route[] {
  return [
    ...versionRoutes, ...loadBalancerRoutes(deps), ...listenerRoutes(deps), ...poolRoutes(deps), ...memberRoutes(deps), ...healthMonitorRoutes(deps),
    ...l7policyRoutes(deps), ...l7ruleRoutes(deps), ...adminRoutes(deps), ...eventRoutes(deps), ...figureRoutes(deps), ...accessLogRoutes(deps),
  ];
}

function sendFault(deps: ApiDependencies, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const fault = faultOf(error);
  const fields = { ...requestIds(request), method: request.method, url: request.originalUrl, status: fault.status, reason: fault.message };
  // 501 is a refusal: the provider cannot do what was asked.
  if (fault.status >= 500 && fault.status !== 501) deps.log.error({ ...fields, err: fault.cause ?? error }, 'a request failed');
  else deps.log.debug(fields, 'a request was refused');
  return reply.code(fault.status).headers({ ...fault.headers, 'content-type': 'application/json' }).send(fault instanceof Unauthorized ? fault.body : faultBody(fault));
}

function faultOf(error: unknown): ApiFault {
  if (error instanceof NoFreeConnection) return new ApiFault(503, 'All connections to the database are in use. Please try again.', { cause: error });
  if (error instanceof DatabaseUnavailable) return new ApiFault(503, 'The database is not available. Please try again.', { cause: error });
  // Decoders let through what only some databases refuse: numbers beyond 32 bits, texts longer than their column.
  if (error instanceof ValueRefused) return new ApiFault(400, `Validation failure: ${error.message}`, { cause: error });
  // Two requests at once, or names that only a database takes for the same.
  if (error instanceof DuplicateKey) return new ApiFault(409, 'Something of this request exists already.', { cause: error });
  if (error instanceof ForeignKeyMissing) return new ApiFault(409, 'Something this request refers to has just been removed.', { cause: error });
  // Fastify's own refusals (malformed requests, aborted bodies) know their status.
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500) return new ApiFault(error.statusCode, error.message, { cause: error });
  return toFault(error);
}
