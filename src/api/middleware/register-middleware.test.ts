import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import type { ConfigOverrides } from '../../config/config.ts';
import { loadConfig } from '../../config/load-config.ts';
import type { Store } from '../../store/database.ts';
import { defineRoutes, requestUrl, type Route } from '../machinery/define-routes.ts';
import { faultBody, toFault } from '../machinery/faults.ts';
import { noauthAuthenticator } from '../auth/header-authenticators.ts';
import { versionRoutes } from './discovery.ts';
import { registerMiddleware } from './register-middleware.ts';
import { serverOptions } from './server-options.ts';

let app: FastifyInstance | undefined;
afterEach(() => app?.close());

function server(overrides: ConfigOverrides = {}, options: { isDatabaseUp?: () => boolean; now?: () => number } = {}): FastifyInstance {
  const config = loadConfig({ env: {}, overrides });
  const made = Fastify(serverOptions(config));
  app = made;
  made.removeAllContentTypeParsers();
  made.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  made.setErrorHandler((error, _request, reply) => {
    const fault = toFault(error);
    return reply.code(fault.status).header('content-type', 'application/json').send(faultBody(fault));
  });
  const executor = { executeQuery: async () => { if (options.isDatabaseUp?.() === false) throw new Error('refused'); return { rows: [] }; } };
  const read = { getExecutor: () => ({ transformQuery: (node: unknown) => node, compileQuery: () => ({}), ...executor }) };
  registerMiddleware(made, config, { store: { read } as unknown as Store, clock: { now: options.now ?? (() => 0) } });
  const echo: Route = { method: 'POST', path: '/v2/pools', handler: async (request, reply) => reply.send(`${request.url} ${request.body.length} ${request.raw.ip}`) };
  defineRoutes(made, [...versionRoutes, echo], { authenticator: noauthAuthenticator, baseUri: null });
  made.get('/url', async (request) => requestUrl(request, null));
  return made;
}

describe('discovery', () => {
  it('lists the 31 versions, the last one current', async () => {
    const answer = await server().inject({ url: '/', headers: { host: 'lb.example:9876' } });
    const { versions } = answer.json() as { versions: { id: string; status: string; updated: string; links: unknown }[] };
    expect(versions).toHaveLength(31);
    expect(versions[7]).toEqual({ id: 'v2.7', status: 'SUPPORTED', updated: '2018-01-25T12:00:00Z', links: [{ href: 'http://lb.example:9876/v2', rel: 'self' }] });
    expect(versions.at(-1)).toMatchObject({ id: 'v2.30', status: 'CURRENT', updated: '2025-02-26T00:00:00Z' });
    expect(versions.filter((version) => version.status === 'CURRENT')).toHaveLength(1);
  });

  it('follows the mount and, when told so, the proxy', async () => {
    const hrefOf = async (made: FastifyInstance, url: string, headers: Record<string, string> = {}) =>
      ((await made.inject({ url, headers: { host: 'a', ...headers } })).json() as { versions: { links: { href: string }[] }[] }).versions[0]?.links[0]?.href;
    const forwarded = { forwarded: 'for=192.0.2.1;proto=https;host=lb.example, for=10.0.0.1', 'x-forwarded-prefix': '/octavia/' };
    expect(await hrefOf(server(), '/load-balancer/')).toBe('http://a/load-balancer/v2');
    expect(await hrefOf(server(), '/', forwarded)).toBe('http://a/v2');
    const behindProxy = () => server({ oslo_middleware: { enable_proxy_headers_parsing: true } });
    expect(await hrefOf(behindProxy(), '/', forwarded)).toBe('https://lb.example/octavia/v2');
    expect(await hrefOf(behindProxy(), '/', { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'b:1' })).toBe('https://b:1/v2');
  });

  it.each(['/v2', '/v2.0', '/v2/', '/v2/lbaas', '/v2.0/lbaas/', '/v2/octavia', '/load-balancer/v2'])('%s answers "v2"', async (url) => {
    const answer = await server().inject(url);
    expect([answer.statusCode, answer.body]).toEqual([200, '"v2"']);
  });
});

describe('request ids', () => {
  it('are made here, whatever the caller sends, and answered on errors too', async () => {
    const made = server();
    const ids = await Promise.all(['/', '/nothing', '/v2/pools'].map(async (url) => {
      const answer = await made.inject({ url, headers: { 'x-openstack-request-id': 'req-11111111-2222-3333-4444-555555555555' } });
      return answer.headers['x-openstack-request-id'];
    }));
    for (const id of ids) expect(id).toMatch(/^req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(3);
    expect(ids).not.toContain('req-11111111-2222-3333-4444-555555555555');
  });
});

describe('request size', () => {
  const limited = () => server({ oslo_middleware: { max_request_body_size: 10 } });

  it('refuses announced and unannounced large bodies with 413, takes the rest', async () => {
    const made = limited();
    expect((await made.inject({ method: 'POST', url: '/v2/pools', payload: '0123456789' })).statusCode).toBe(200);
    const refused = await made.inject({ method: 'POST', url: '/v2/pools', payload: '0123456789X' });
    expect(refused.statusCode).toBe(413);
    expect(refused.json()).toMatchObject({ faultcode: 'Client', faultstring: 'Request is too large. Larger than max_request_body_size (10).' });
    await made.listen({ port: 0, host: '127.0.0.1' });
    const { port } = made.server.address() as AddressInfo;
    const send = (chunks: readonly string[]) => new Promise<number | undefined>((resolve, reject) => {
      const call = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/v2/pools', headers: { 'transfer-encoding': 'chunked' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.on('error', reject);
      for (const chunk of chunks) call.write(chunk);
      call.end();
    });
    expect(await send(['01234', '56789'])).toBe(200);
    expect(await send(['01234', '56789', 'X'])).toBe(413);
  });
});

describe('cross-origin calls', () => {
  const cors = (allowed: readonly string[]) => server({ cors: { allowed_origin: allowed as string[] } });
  const preflight = (origin: string, method = 'PUT', headers = 'X-Auth-Token, Content-Type') => ({
    method: 'OPTIONS' as const, url: '/v2/pools', headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': headers },
  });

  it('answers the preflight of an allowed origin', async () => {
    const answer = await cors(['https://horizon.example']).inject(preflight('https://horizon.example'));
    expect([answer.statusCode, answer.body]).toEqual([200, '']);
    expect(answer.headers).toMatchObject({
      vary: 'Origin', 'access-control-allow-origin': 'https://horizon.example', 'access-control-allow-credentials': 'true', 'access-control-max-age': '3600',
      'access-control-allow-methods': 'PUT', 'access-control-allow-headers': 'X-Auth-Token,Content-Type',
    });
  });

  it.each([preflight('https://evil.example'), preflight('https://horizon.example', 'PATCH'), preflight('https://horizon.example', 'PUT', 'X-Evil')])('gives no permission: %j', async (call) => {
    const answer = await cors(['https://horizon.example']).inject(call);
    expect(answer.statusCode).toBe(200);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it('marks answers, errors included, for allowed origins only', async () => {
    const made = cors(['*']);
    const answer = await made.inject({ url: '/nothing', headers: { origin: 'https://any.example' } });
    expect(answer.statusCode).toBe(404);
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*', 'access-control-expose-headers': 'X-Auth-Token,X-Openstack-Request-Id' });
    expect((await made.inject('/nothing')).headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('health check', () => {
  const enabled = { api_settings: { healthcheck_enabled: true } };

  it('is not there unless enabled, and takes GET and HEAD only', async () => {
    expect((await server().inject('/healthcheck')).statusCode).toBe(404);
    const made = server(enabled);
    expect((await made.inject({ method: 'POST', url: '/healthcheck' })).statusCode).toBe(405);
    expect((await made.inject({ method: 'HEAD', url: '/load-balancer/healthcheck' })).statusCode).toBe(204);
  });

  it('is where octavia.conf says, and nowhere else', async () => {
    const made = server({ ...enabled, healthcheck: { path: '/status/api' } });
    expect((await made.inject('/status/api')).statusCode).toBe(200);
    expect((await made.inject('/load-balancer/status/api/')).statusCode).toBe(200);
    expect((await made.inject('/healthcheck')).statusCode).toBe(404);
  });

  it.each([
    [undefined, 'text/plain; charset=UTF-8', 'OK'],
    ['application/json', 'application/json; charset=UTF-8', '{\n    "detailed": false,\n    "reasons": [\n        "OK"\n    ]\n}'],
    ['text/html;q=0.5, text/plain;q=0.9', 'text/plain; charset=UTF-8', 'OK'],
    ['text/html', 'text/html; charset=UTF-8', '<!DOCTYPE html><html><head><title>Healthcheck Status</title></head><body><h2>Result of 1 checks:</h2><table><tr><td>OK</td></tr></table></body></html>'],
  ])('speaks the caller\'s type: %s', async (accept, type, body) => {
    const answer = await server({ ...enabled, healthcheck: { backends: ['octavia_db_check'] } }).inject({ url: '/healthcheck', headers: accept === undefined ? {} : { accept } });
    expect([answer.statusCode, answer.headers['content-type'], answer.body]).toEqual([200, type, body]);
  });

  it('asks the database at most once per refresh interval', async () => {
    let isDatabaseUp = true;
    let now = 0;
    const made = server({ ...enabled, healthcheck: { backends: ['octavia_db_check'] } }, { isDatabaseUp: () => isDatabaseUp, now: () => now });
    const status = async () => (await made.inject('/healthcheck')).statusCode;
    expect(await status()).toBe(200);
    isDatabaseUp = false;
    expect(await status()).toBe(200);
    now = 5000;
    expect(await status()).toBe(503);
    expect((await made.inject('/healthcheck')).body).toBe('The Octavia database is unavailable.');
  });

  it('obeys marker files and source ranges', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'octavia-health-'));
    const path = join(dir, 'disable');
    const made = server({ ...enabled, healthcheck: { backends: ['disable_by_file'], disable_by_file_path: path, allowed_source_ranges: ['127.0.0.0/8'] } });
    expect((await made.inject('/healthcheck')).statusCode).toBe(200);
    writeFileSync(path, '');
    expect(await made.inject('/healthcheck')).toMatchObject({ statusCode: 503, body: 'DISABLED BY FILE' });
    expect((await made.inject({ url: '/healthcheck', remoteAddress: '192.0.2.1' })).statusCode).toBe(404);
    rmSync(dir, { recursive: true });
  });

  it('refuses unknown and contradicting checks at start', () => {
    expect(() => server({ ...enabled, healthcheck: { backends: ['magic'] } })).toThrow('there is no such check');
    expect(() => server({ ...enabled, healthcheck: { backends: ['disable_by_file', 'enable_by_files'] } })).toThrow('exclude each other');
  });
});
