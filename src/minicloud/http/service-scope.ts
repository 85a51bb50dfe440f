import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { reasonOf } from '../../lib/errors.ts';
import type { TokenInfo, TokenValidator } from '../../openstack/token.ts';

/** How one service of the embedded cloud words its errors. */
export interface FaultStyle {
  /** Status and body of an error the service throws itself; null when it is not one of its own. */
  known(error: unknown): { readonly status: number; readonly body: unknown } | null;
  /** Body for anything else (malformed JSON 400, unexpected 500). */
  other(status: number, message: string): unknown;
}

/** Logs what the caller cannot be told. */
export interface ServiceLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Mounts a service under a path, with its own error bodies and a JSON parser that takes empty bodies, as the original servers do. */
export function mountService(app: FastifyInstance, prefix: string, options: { faults: FaultStyle; log: ServiceLog }, routes: (scope: FastifyInstance) => void): void {
  void app.register((scope, _options, done) => {
    scope.removeContentTypeParser('application/json');
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, parsed) => {
      try {
        parsed(null, text.length === 0 ? undefined : JSON.parse(String(text)));
      } catch (error) {
        parsed(Object.assign(new SyntaxError(reasonOf(error)), { statusCode: 400 }));
      }
    });
    scope.setErrorHandler((error: FastifyError, request, reply) => sendFault(error, request, reply, options));
    scope.setNotFoundHandler((_request, reply) => reply.code(404).send(options.faults.other(404, 'The resource could not be found.')));
    routes(scope);
    done();
  }, { prefix });
}

/** The token in X-Auth-Token was missing, unknown or expired. */
export class Unauthenticated extends Error {
  readonly statusCode = 401;
  constructor() {
    super('The request you have made requires authentication.');
  }
}

/** The caller's token; throws Unauthenticated. */
export async function requireToken(request: FastifyRequest, tokens: TokenValidator): Promise<TokenInfo> {
  const header = request.headers['x-auth-token'];
  const info = typeof header === 'string' ? await tokens.validate(header) : null;
  if (!info) throw new Unauthenticated();
  return info;
}

/** Query values as lists: `?a=1&a=2` and `?a=1` alike. */
export function queryOf(request: FastifyRequest): ReadonlyMap<string, readonly string[]> {
  const query = request.query as Readonly<Record<string, string | readonly string[]>>;
  return new Map(Object.entries(query).map(([key, value]) => [key, typeof value === 'string' ? [value] : value]));
}

function sendFault(error: FastifyError, request: FastifyRequest, reply: FastifyReply, { faults, log }: { faults: FaultStyle; log: ServiceLog }): FastifyReply {
  const known = faults.known(error);
  if (known) return reply.code(known.status).send(known.body);
  const status = error.statusCode ?? 500;
  if (status >= 500) log.error({ err: error, method: request.method, url: request.url }, 'the embedded cloud failed to answer a request');
  if (status === 401) void reply.header('www-authenticate', `Keystone uri="${request.protocol}://${request.host}/identity"`);
  return reply.code(status).send(faults.other(status, status >= 500 ? 'An unexpected error prevented the server from fulfilling your request.' : error.message));
}
