import type { FastifyRequest } from 'fastify';
import { ApiFault } from '../machinery/faults.ts';

/** Sent by the dashboard with every call; a page of another origin cannot add it without being allowed to. */
export const DASHBOARD_HEADER = 'x-octavia-dashboard';

/**
 * Refuses calls that another site made the browser send. The cookie is `SameSite=Strict`, which does not tell ports of one
 * host apart, so the origin that browsers name must be ours too, and calls that change something need our header.
 */
export function requireSameOrigin(request: Pick<FastifyRequest, 'method' | 'headers' | 'protocol' | 'host'>): void {
  const { origin, 'sec-fetch-site': site } = request.headers;
  const isForeign = (origin !== undefined && !isOwnOrigin(origin, request)) || (typeof site === 'string' && site !== 'same-origin' && site !== 'none');
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  if (isForeign || (!isReading && request.headers[DASHBOARD_HEADER] === undefined)) throw new ApiFault(403, 'This request did not come from the dashboard.');
}

/** Behind a proxy that ends TLS we may not know our own scheme: host and port must agree. */
function isOwnOrigin(origin: string, { host }: Pick<FastifyRequest, 'host'>): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}
