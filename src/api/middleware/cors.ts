import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config/config.ts';

const SIMPLE_HEADERS = ['accept', 'accept-language', 'content-type', 'cache-control', 'content-language', 'expires', 'last-modified', 'pragma'];

/**
 * Lets browsers of the origins in `[cors] allowed_origin` call the API (oslo.middleware cors). Every OPTIONS is answered
 * here with an empty 200; without the headers a browser needs when origin, method or headers are not allowed.
 */
export function allowOrigins(app: FastifyInstance, settings: Config['cors']): void {
  app.addHook('onRequest', async (request, reply) => {
    const origin = allowedOrigin(request, settings.allowed_origin ?? []);
    if (request.method !== 'OPTIONS') {
      if (origin !== null) answerOrigin(reply, origin, settings);
      return undefined;
    }
    if (origin !== null) answerPreflight(request, reply, origin, settings);
    return reply.code(200).send();
  });
}

/** The origin as the answer names it (`*` when all may), or null. */
function allowedOrigin(request: FastifyRequest, allowed: readonly string[]): string | null {
  const { origin } = request.headers;
  if (origin === undefined) return null;
  if (allowed.includes(origin)) return origin;
  return allowed.includes('*') ? '*' : null;
}

function answerOrigin(reply: FastifyReply, origin: string, settings: Config['cors']): void {
  reply.header('vary', 'Origin').header('access-control-allow-origin', origin);
  if (settings.allow_credentials) reply.header('access-control-allow-credentials', 'true');
  if (settings.expose_headers.length > 0) reply.header('access-control-expose-headers', settings.expose_headers.join(','));
}

function answerPreflight(request: FastifyRequest, reply: FastifyReply, origin: string, settings: Config['cors']): void {
  const method = request.headers['access-control-request-method'];
  const headers = (request.headers['access-control-request-headers'] ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '');
  const permitted = new Set([...settings.allow_headers.map((name) => name.toLowerCase()), ...SIMPLE_HEADERS]);
  if (method === undefined || !settings.allow_methods.includes(method) || headers.some((name) => !permitted.has(name.toLowerCase()))) return;
  reply.header('vary', 'Origin').header('access-control-allow-origin', origin).header('access-control-allow-methods', method);
  if (settings.allow_credentials) reply.header('access-control-allow-credentials', 'true');
  if (settings.max_age > 0) reply.header('access-control-max-age', String(settings.max_age));
  if (headers.length > 0) reply.header('access-control-allow-headers', headers.join(','));
}
