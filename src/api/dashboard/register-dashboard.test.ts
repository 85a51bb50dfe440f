import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../../config/load-config.ts';
import { systemClock } from '../../lib/clock.ts';
import { openStore } from '../../store/open-store.ts';
import type { Store } from '../../store/database.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createPolicyEnforcer } from '../policy/create-policy-enforcer.ts';
import { registerDashboard } from './register-dashboard.ts';

let directory: string;
let cloud: Server;
let asked: string[];
let app: FastifyInstance;
let store: Store;
let roles: readonly string[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-dashboard-'));
  asked = [];
  roles = ['reader'];
  cloud = await fakeCloud(asked);
  store = await openStore('sqlite://');
  await upgradeHead(store);
  const url = `http://127.0.0.1:${(cloud.address() as AddressInfo).port}`;
  const config = loadConfig({ env: {}, overrides: { api_settings: { auth_strategy: 'keystone' }, keystone_authtoken: { www_authenticate_uri: `${url}/v3` } } });
  app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error: { status?: number; message: string }, _request, reply) => reply.code(error.status ?? 500).send({ faultstring: error.message }));
  registerDashboard(app, {
    store, config, directory, clock: systemClock, log: createLogger({ level: 'error' }), policy: createPolicyEnforcer(config),
    authenticator: {
      authenticate: async (headers, requestId) => ({
        requestId, globalRequestId: null, userId: 'u1', projectId: 'p1', domainId: null, systemScope: null, roles: headers['x-auth-token'] === 'token-p1' ? roles : [], isAdmin: false, token: null,
      }),
    },
  });
  app.get('/v2.0/lbaas/loadbalancers', async (request) => ({ token: request.headers['x-auth-token'] }));
  await app.ready();
});
afterEach(async () => {
  await app.close();
  cloud.close();
  await store.close();
  rmSync(directory, { recursive: true });
});

const OURS = { 'x-octavia-dashboard': '1', host: 'cloud.example' };
const session = '/dashboard/api/session';
const signIn = () => app.inject({ method: 'POST', url: session, headers: OURS, payload: JSON.stringify({ user: 'ann', password: 'secret', domain: 'Default' }) });
const cookieOf = (answer: Awaited<ReturnType<typeof signIn>>) => String(answer.headers['set-cookie']).split(';')[0] ?? '';

describe('the session', () => {
  it('keeps the token in a cookie that no script reads and no other site sends', async () => {
    const answer = await signIn();
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['set-cookie']).toMatch(/^octavia_dashboard=[\w.-]+; Path=\/dashboard\/api; HttpOnly; SameSite=Strict$/);
    expect(answer.body).not.toContain('token-p1');
    expect(answer.json().session).toMatchObject({ user: { name: 'ann' }, project: { id: 'p1' }, region: 'One', regions: ['One'], roles: ['reader'], hasPush: true });
    expect(answer.json().session.allowed).toContain('loadbalancer:get_all');
    expect(answer.json().session.allowed).not.toContain('loadbalancer:post');
  });

  it('says 401 to a wrong password, and null when nobody is signed in or the token has ended', async () => {
    const wrong = await app.inject({ method: 'POST', url: session, headers: OURS, payload: JSON.stringify({ user: 'ann', password: 'wrong' }) });
    expect([wrong.statusCode, wrong.headers['set-cookie']]).toEqual([401, undefined]);
    expect((await app.inject({ url: session, headers: OURS })).json()).toEqual({ session: null });
    const ended = `octavia_dashboard=${Buffer.from('gone').toString('base64url')}.`;
    expect((await app.inject({ url: session, headers: { ...OURS, cookie: ended } })).json()).toEqual({ session: null });
    expect((await app.inject({ url: '/dashboard/api/load-balancer/v2.0/lbaas/loadbalancers', headers: { ...OURS, cookie: ended } })).statusCode).toBe(401);
  });

  it('moves to another project and ends, taking its token back', async () => {
    const moved = await app.inject({ method: 'PUT', url: session, headers: { ...OURS, cookie: cookieOf(await signIn()) }, payload: JSON.stringify({ project: 'p2' }) });
    expect(moved.json().session.project.id).toBe('p2');
    const left = await app.inject({ method: 'DELETE', url: session, headers: { ...OURS, cookie: cookieOf(moved) } });
    expect([left.statusCode, left.headers['set-cookie']]).toEqual([204, 'octavia_dashboard=; Max-Age=0; Path=/dashboard/api; HttpOnly; SameSite=Strict']);
    expect(asked).toContain('DELETE /v3/auth/tokens token-p2');
  });

  it.each([
    ['without our header', { 'x-octavia-dashboard': undefined }],
    ['of another origin', { origin: 'https://evil.example' }],
    ['of another port of this host', { origin: 'http://cloud.example:81' }],
    ['that the browser says is cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['that the browser says is of the same site only', { 'sec-fetch-site': 'same-site' }],
  ])('refuses a change %s', async (_what, headers) => {
    const cookie = cookieOf(await signIn());
    const given = Object.fromEntries(Object.entries({ ...OURS, cookie, ...headers }).filter(([, value]) => value !== undefined));
    for (const [method, url] of [['PUT', session], ['POST', '/dashboard/api/load-balancer/v2.0/lbaas/loadbalancers']] as const) {
      expect((await app.inject({ method, url, headers: given, payload: '{}' })).statusCode).toBe(403);
    }
  });
});

describe('the services behind', () => {
  it('are asked with the token of the session: our own API directly, others by the catalogue', async () => {
    const headers = { ...OURS, cookie: cookieOf(await signIn()) };
    expect((await app.inject({ url: '/dashboard/api/load-balancer/v2.0/lbaas/loadbalancers', headers })).json()).toEqual({ token: 'token-p1' });
    expect((await app.inject({ url: '/dashboard/api/network/v2.0/networks?name=web', headers })).json()).toEqual({ networks: [] });
    expect(asked).toContain('GET /network/v2.0/networks?name=web token-p1');
    expect((await app.inject({ url: '/dashboard/api/compute/servers/detail', headers })).statusCode).toBe(404);
  });

  it('answer with data only: what a user has stored as a page is no page of the dashboard', async () => {
    const { headers } = await app.inject({ url: '/dashboard/api/network/v2.0/page', headers: { ...OURS, cookie: cookieOf(await signIn()) } });
    expect([headers['content-type'], headers['x-content-type-options']]).toEqual(['text/plain; charset=utf-8', 'nosniff']);
    const json = await app.inject({ url: '/dashboard/api/network/v2.0/networks', headers: { ...OURS, cookie: cookieOf(await signIn()) } });
    expect(json.headers['content-type']).toMatch(/^application\/json/);
  });

  it('are changed only where the dashboard has a reason to', async () => {
    const headers = { ...OURS, cookie: cookieOf(await signIn()) };
    const post = (url: string) => app.inject({ method: 'POST', url: `/dashboard/api${url}`, headers, payload: '{}' });
    expect((await post('/network/v2.0/networks')).statusCode).toBe(403);
    expect((await post('/key-manager/v1/secrets')).statusCode).toBe(403);
    expect((await post('/network/v2.0/floatingips')).statusCode).toBe(200);
    expect([400, 403]).toContain((await post('/network/v2.0/floatingips/%2e%2e/networks')).statusCode);
    expect((await post('/identity/v3/users')).statusCode).toBe(404);
    expect((await app.inject({ url: '/dashboard/api/load-balancer/dashboard/api/session', headers })).statusCode).toBe(404);
  });
});

it('a stream of everybody’s changes ends when the session may see those of its project only, and the browser comes back for them', async () => {
  roles = ['admin'];
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const headers = { ...OURS, host: new URL(address).host, cookie: cookieOf(await signIn()) };
    const open = async () => {
      const response = await fetch(`${address}/dashboard/api/changes?all_projects=1`, { headers, signal: AbortSignal.timeout(15_000) });
      const reader = response.body?.getReader();
      await reader?.read();
      return reader;
    };
    const reader = await open();
    vi.setSystemTime(Date.now() + 61_000);
    expect((await reader?.read())?.done).toBe(false);
    roles = ['reader'];
    vi.setSystemTime(Date.now() + 61_000);
    expect(await reader?.read()).toMatchObject({ done: true });
    const again = await open();
    vi.setSystemTime(Date.now() + 61_000);
    expect((await again?.read())?.done).toBe(false);
    await again?.cancel();
  } finally {
    vi.useRealTimers();
  }
});

describe('the files', () => {
  it('tell how to build while there are none, and are found when they appear', async () => {
    const missing = await app.inject({ url: '/dashboard' });
    expect([missing.statusCode, missing.headers['refresh']]).toEqual([503, '5']);
    expect(missing.body).toContain('./octavia dashboard build');
    writeFileSync(join(directory, 'index.html'), '<!doctype html>');
    expect((await app.inject({ url: '/dashboard/load-balancers/some/deep/link' })).body).toBe('<!doctype html>');
  });

  it('come with a strict content policy, an ETag for the page and for ever for hashed assets', async () => {
    mkdirSync(join(directory, 'assets'));
    writeFileSync(join(directory, 'index.html'), '<!doctype html>');
    writeFileSync(join(directory, 'assets/index-abc.js'), 'export {}');
    writeFileSync(join(directory, 'assets/index-abc.js.gz'), gzipSync('export {}'));
    const page = await app.inject({ url: '/dashboard' });
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';.*frame-ancestors 'none'$/);
    expect(page.headers['cache-control']).toBe('no-cache');
    expect((await app.inject({ url: '/dashboard', headers: { 'if-none-match': String(page.headers['etag']) } })).statusCode).toBe(304);
    const asset = await app.inject({ url: '/dashboard/assets/index-abc.js', headers: { 'accept-encoding': 'gzip, br' } });
    expect([asset.headers['content-encoding'], asset.headers['cache-control'], asset.headers['content-type']]).toEqual(['gzip', 'public, max-age=31536000, immutable', 'text/javascript; charset=utf-8']);
    expect((await app.inject({ url: '/dashboard/assets/index-old.js' })).statusCode).toBe(404);
    expect((await app.inject({ url: '/dashboard/assets/..%2f..%2fetc%2fpasswd' })).body).not.toContain('root:');
  });
});

/** Keystone and Neutron, as far as they are asked here. */
function fakeCloud(log: string[]): Promise<Server> {
  const server = createServer((request, response) => {
    void readAll(request).then((text) => {
      const token = String(request.headers['x-auth-token'] ?? '');
      log.push(`${request.method} ${request.url} ${token}`);
      const body = text === '' ? {} : JSON.parse(text);
      const url = `http://${request.headers.host}`;
      const grant = (project: string) => response.writeHead(request.method === 'POST' ? 201 : 200, { 'x-subject-token': `token-${project}` }).end(JSON.stringify({
        token: {
          expires_at: '2999-01-01T00:00:00Z', user: { id: 'u1', name: 'ann', domain: { id: 'default', name: 'Default' } }, project: { id: project, name: `name of ${project}` }, roles: [{ id: 'r', name: 'reader' }],
          catalog: ['load-balancer', 'network'].map((type) => ({ type, name: type, endpoints: [{ interface: 'public', region_id: 'One', url: `${url}/${type}` }] })),
        },
      }));
      if (request.url === '/v3/auth/tokens' && request.method === 'POST') {
        const identity = body.auth.identity;
        if (identity.password && identity.password.user.password !== 'secret') return response.writeHead(401).end('{"error":{"message":"no"}}');
        return grant(body.auth.scope?.project.id ?? 'p1');
      }
      if (request.url === '/v3/auth/tokens' && request.method === 'GET') return token.startsWith('token-') ? grant(token.slice('token-'.length)) : response.writeHead(401).end('{}');
      if (request.url === '/v3/auth/projects') return response.end(JSON.stringify({ projects: [{ id: 'p1', name: 'one' }, { id: 'p2', name: 'two' }] }));
      if (request.url === '/network/v2.0/page') return response.writeHead(200, { 'content-type': 'text/html' }).end('<script src="/dashboard/api/key-manager/v1/secrets/1/payload"></script>');
      return response.end(JSON.stringify(request.method === 'GET' ? { networks: [] } : {}));
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
