import { hostname, platform, release } from 'node:os';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config/config.ts';
import { cidrContains, parseCidr, parseIp } from '../../model/ip.ts';
import { canonicalUrl } from '../machinery/canonical-url.ts';
import { methodNotAllowed, unknownUrl } from '../machinery/faults.ts';
import { createHealthChecks, type HealthCheckServices, type HealthResult } from './health-checks.ts';

const PROXY_HEADERS = ['x-forwarded', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-for', 'x-forwarded-prefix'];

/** The page at `[healthcheck] path`, without a token: 200 or 503 as text, HTML or JSON; 404 unless `[api_settings] healthcheck_enabled` (oslo.middleware healthcheck). */
export function serveHealthcheck(app: FastifyInstance, config: Pick<Config, 'api_settings' | 'healthcheck'>, services: HealthCheckServices): void {
  const settings = config.healthcheck;
  const isEnabled = config.api_settings.healthcheck_enabled;
  const checks = isEnabled ? createHealthChecks(config, services) : [];
  const mayAsk = callerFilter(settings);
  const page = async (request: FastifyRequest, reply: FastifyReply) => {
    if (!isEnabled || !mayAsk(request)) throw unknownUrl();
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed(request.method);
    const results = await Promise.all(checks.map((check) => check(request.socket.localPort ?? 0)));
    const isHealthy = results.every((result) => result.isAvailable);
    if (request.method === 'HEAD') return reply.code(isHealthy ? 204 : 503).send();
    const type = preferredType(request.headers.accept);
    return reply.code(isHealthy ? 200 : 503).header('content-type', `${type}; charset=UTF-8`).send(RENDERERS[type](results, settings.detailed));
  };
  app.route({ method: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'], url: canonicalUrl(settings.path), exposeHeadRoute: false, handler: page });
}

function callerFilter(settings: Config['healthcheck']): (request: FastifyRequest) => boolean {
  const ranges = settings.allowed_source_ranges.flatMap((text) => parseCidr(String(text)) ?? []);
  return (request) => {
    if (settings.ignore_proxied_requests && PROXY_HEADERS.some((name) => request.headers[name] !== undefined)) return false;
    if (settings.allowed_source_ranges.length === 0) return true;
    const address = parseIp(request.ip.replace(/^::ffff:(?=\d+\.)/, ''));
    return address !== null && ranges.some((range) => cidrContains(range, address));
  };
}

type PageType = 'text/plain' | 'text/html' | 'application/json';
const PAGE_TYPES: readonly PageType[] = ['text/plain', 'text/html', 'application/json'];

/** The acceptable type with the highest q; text when nothing fits. */
function preferredType(accept: string | undefined): PageType {
  const ranges = (accept ?? '*/*').split(',').map((part) => {
    const [range = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    return { range, quality };
  });
  const qualityOf = (type: PageType) => {
    const major = `${type.split('/')[0]}/*`;
    const match = [type, major, '*/*'].map((name) => ranges.find(({ range }) => range === name)).find((found) => found !== undefined);
    return match?.quality ?? 0;
  };
  return PAGE_TYPES.toSorted((a, b) => qualityOf(b) - qualityOf(a))[0] ?? 'text/plain';
}

const RENDERERS: Readonly<Record<PageType, (results: readonly HealthResult[], isDetailed: boolean) => string>> = {
  'text/plain': (results) => results.map((result) => result.reason).join('\n'),
  'application/json': (results, isDetailed) => JSON.stringify(isDetailed ? detailedBody(results) : { detailed: false, reasons: results.map((result) => result.reason) }, null, 4),
  'text/html': (results, isDetailed) => htmlPage(results, isDetailed),
};

function detailedBody(results: readonly HealthResult[]) {
  return {
    detailed: true,
    memory: process.memoryUsage(),
    node_version: process.version,
    now: new Date().toISOString(),
    platform: `${platform()} ${release()}`,
    reasons: results.map((result) => ({ class: result.kind, details: result.details, reason: result.reason })),
  };
}

function htmlPage(results: readonly HealthResult[], isDetailed: boolean): string {
  const rows = results.map((result) => `<tr>${(isDetailed ? [result.kind, result.reason, result.details] : [result.reason]).map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`);
  const server = isDetailed ? `<h1>Server status</h1><p>${escapeHtml(hostname())}, ${new Date().toISOString()}, ${process.version}</p>` : '';
  return `<!DOCTYPE html><html><head><title>Healthcheck Status</title></head><body>${server}<h2>Result of ${results.length} checks:</h2><table>${rows.join('')}</table></body></html>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
