import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Config } from '../../config/config.ts';
import { canonicalUrl } from '../machinery/canonical-url.ts';
import { answerClientError } from './client-error.ts';
import { honourProxyHeaders } from './proxy-headers.ts';

export interface ServerOptions {
  readonly genReqId: () => string;
  readonly requestIdHeader: false;
  readonly trustProxy: boolean;
  readonly bodyLimit: number;
  readonly routerOptions: { readonly maxParamLength: number };
  readonly rewriteUrl: (request: IncomingMessage) => string;
  readonly clientErrorHandler: typeof answerClientError;
}

/** Availability zones are named in paths; whatever fits into a request may be looked for. */
const LONGEST_NAME = 16 * 1024;

/**
 * Fastify's construction options for the API: request ids, one spelling per resource path, proxy headers when
 * `[oslo_middleware] enable_proxy_headers_parsing` says so, the body limit.
 */
export function serverOptions(config: Pick<Config, 'oslo_middleware'>): ServerOptions {
  const { enable_proxy_headers_parsing: believesProxies, max_request_body_size: bodyLimit } = config.oslo_middleware;
  return {
    genReqId: () => `req-${randomUUID()}`,
    requestIdHeader: false,
    trustProxy: believesProxies,
    bodyLimit,
    routerOptions: { maxParamLength: LONGEST_NAME },
    clientErrorHandler: answerClientError,
    rewriteUrl(request) {
      if (believesProxies) honourProxyHeaders(request);
      return canonicalUrl(request.url ?? '/');
    },
  };
}
