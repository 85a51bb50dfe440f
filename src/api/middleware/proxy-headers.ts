import type { IncomingMessage } from 'node:http';

/**
 * Brings what proxies in front say into the form Fastify understands: `Forwarded` (RFC 7239, its first entry) wins over
 * X-Forwarded-*, and X-Forwarded-Prefix becomes part of the URL that links are built from (oslo.middleware http_proxy_to_wsgi).
 */
export function honourProxyHeaders(request: IncomingMessage): void {
  const { headers } = request;
  const forwarded = headers.forwarded;
  if (typeof forwarded === 'string' && forwarded !== '') {
    const first = parseForwarded(forwarded);
    setOrDrop(request, 'x-forwarded-proto', first.get('proto'));
    setOrDrop(request, 'x-forwarded-host', first.get('host'));
    setOrDrop(request, 'x-forwarded-for', first.get('for'));
  }
  const prefix = headers['x-forwarded-prefix'];
  if (typeof prefix === 'string' && /^\/[\w./~-]*$/.test(prefix)) {
    // Fastify takes the URL as the caller wrote it from here.
    Reflect.set(request, 'originalUrl', `${prefix.replace(/\/+$/, '')}${request.url ?? '/'}`);
  }
}

function parseForwarded(header: string): ReadonlyMap<string, string> {
  const pairs = (header.split(',')[0] ?? '').split(';').map((pair) => pair.split('=').map((part) => part.trim()));
  return new Map(pairs.flatMap(([key, value]) => (key && value ? [[key.toLowerCase(), value.replaceAll('"', '')] as const] : [])));
}

function setOrDrop(request: IncomingMessage, name: string, value: string | undefined): void {
  if (value === undefined) delete request.headers[name];
  else request.headers[name] = value;
}
