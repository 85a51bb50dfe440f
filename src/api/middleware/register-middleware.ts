import type { FastifyInstance } from 'fastify';
import type { Config } from '../../config/config.ts';
import { answerRequestId } from './request-id.ts';
import { allowOrigins } from './cors.ts';
import { serveDiscovery } from './discovery.ts';
import type { HealthCheckServices } from './health-checks.ts';
import { serveHealthcheck } from './healthcheck.ts';
import { limitRequestSize } from './size-limit.ts';

/** What every request passes, outermost first, and the pages that need no token. Call it before routes are defined, on a server made with `serverOptions`. */
export function registerMiddleware(app: FastifyInstance, config: Pick<Config, 'api_settings' | 'cors' | 'healthcheck' | 'oslo_middleware'>, services: HealthCheckServices): void {
  answerRequestId(app);
  allowOrigins(app, config.cors);
  limitRequestSize(app, config.oslo_middleware.max_request_body_size);
  serveDiscovery(app);
  serveHealthcheck(app, config, services);
}
