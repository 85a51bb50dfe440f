import type { Route } from '../machinery/define-routes.ts';
import { openApiDocument } from './document.ts';

/** `GET /v2.0/octavia/openapi.json`: this API described by itself. The document is made once, when first asked for. */
export function openApiRoute(routes: readonly Route[]): Route {
  let document: string | undefined;
  return {
    method: 'GET',
    // The final `.json` is taken off every path before routing.
    path: '/v2/octavia/openapi',
    handler: async (_request, reply) => {
      document ??= JSON.stringify(openApiDocument(routes));
      return reply.code(200).header('content-type', 'application/json').send(document);
    },
  };
}
