import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/load-config.ts';
import type { Clock } from '../../lib/clock.ts';
import { findEndpoint, type CatalogEndpoint } from './catalog.ts';
import { createConfiguredSession } from './configured-session.ts';
import { createHttpClient } from './http-client.ts';
import { createKeystoneSession } from './keystone-session.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { createKeystoneTokenValidator } from './keystone-token-validator.ts';
import { readLogin } from './login.ts';

interface Seen { readonly method: string; readonly url: string; readonly token: string | undefined; readonly subject: string | undefined; readonly accessRules: string | undefined; readonly body: unknown }
type Script = (seen: Seen, answer: (status: number, body?: unknown, headers?: Record<string, string>) => void) => void;

let server: Server | undefined;
afterEach(() => { server?.closeAllConnections(); server?.close(); });

async function cloud(script: Script): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  server = createServer((request, response) => void respond(request, response));
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const entry: Seen = {
      method: request.method ?? '', url: request.url ?? '', token: request.headers['x-auth-token'] as string | undefined,
      subject: request.headers['x-subject-token'] as string | undefined, accessRules: request.headers['openstack-identity-access-rules'] as string | undefined, body: text === '' ? null : JSON.parse(text),
    };
    seen.push(entry);
    script(entry, (status, body, headers) => void response.writeHead(status, headers).end(body === undefined ? '' : JSON.stringify(body)));
  };
  const listening = server;
  await new Promise<void>((resolve) => { listening.listen(0, '127.0.0.1', resolve); });
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`, seen };
}

const LOGIN_PATH = '/v3/auth/tokens';
const granted = (url: string, expires = '2030-01-01T00:00:00.000000Z') => ({
  token: {
    expires_at: expires, user: { id: 'octavia', name: 'octavia', domain: { id: 'default' } }, project: { id: 'service' },
    catalog: [{ type: 'network', name: 'neutron', endpoints: [{ interface: 'public', region_id: 'One', url: `${url}/network/` }] }],
  },
});

function session(url: string, options: { clock?: Clock } = {}) {
  const config = loadConfig({
    env: {}, overrides: { service_auth: { auth_type: 'password', auth_url: url, username: 'octavia', password: 'secret', project_name: 'service', default_domain_name: 'Default' } },
  });
  const waited: number[] = [];
  const http = createHttpClient(config.service_auth, { wait: async (ms) => void waited.push(ms) });
  return { waited, session: createKeystoneSession(config.service_auth, { group: 'service_auth', http, ...options }) };
}
const neutron = { service: 'Neutron', serviceTypes: ['network'] };

describe('Keystone session', () => {
  it('logs in once, finds the endpoint and sends the token', async () => {
    const { url, seen } = await cloud((call, answer) => (call.url === LOGIN_PATH ? answer(201, granted(url), { 'x-subject-token': 't1' }) : answer(200, { ports: [] })));
    const { session: keystone } = session(url);
    const answers = await Promise.all(['/v2.0/ports?a=b', '/v2.0/networks'].map((path) => keystone.request(neutron, { method: 'GET', path })));
    expect(answers.map((answer) => answer.body)).toEqual([{ ports: [] }, { ports: [] }]);
    expect(seen.map((call) => `${call.method} ${call.url} ${call.token ?? '-'}`).toSorted()).toEqual(['GET /network/v2.0/networks t1', 'GET /network/v2.0/ports?a=b t1', `POST ${LOGIN_PATH} -`]);
    expect(seen[0]?.body).toEqual({
      auth: {
        identity: { methods: ['password'], password: { user: { name: 'octavia', domain: { name: 'Default' }, password: 'secret' } } },
        scope: { project: { name: 'service', domain: { name: 'Default' } } },
      },
    });
    expect(await keystone.identity()).toEqual({ userId: 'octavia', projectId: 'service' });
    await keystone.close();
  });

  it('renews a token a minute before it ends, and once after a 401', async () => {
    let logins = 0;
    let revoked = '';
    const { url } = await cloud((call, answer) => {
      if (call.url === LOGIN_PATH) { logins += 1; answer(201, granted(url, `2030-01-01T0${logins}:00:00Z`), { 'x-subject-token': `t${logins}` }); }
      else if (call.token === revoked) answer(401, { error: { message: 'no' } });
      else answer(200, { token: call.token });
    });
    const clock = { ms: Date.parse('2030-01-01T00:00:00Z'), now: () => clock.ms };
    const { session: keystone } = session(url, { clock });
    const used = async () => (await keystone.request(neutron, { method: 'GET', path: '/x' })).body;
    expect(await used()).toEqual({ token: 't1' });
    clock.ms += 59 * 60_000;
    expect(await used()).toEqual({ token: 't2' });
    revoked = 't2';
    expect(await used()).toEqual({ token: 't3' });
    await keystone.close();
  });

  it('a caller\'s own token is sent as it is and its refusal is final', async () => {
    const { url, seen } = await cloud((call, answer) => (call.url === LOGIN_PATH ? answer(201, granted(url), { 'x-subject-token': 't1' }) : answer(401)));
    const { session: keystone } = session(url);
    await expect(keystone.request(neutron, { method: 'GET', path: '/x', token: 'mine' })).rejects.toMatchObject({ status: 401 });
    expect(seen.filter((call) => call.token === 'mine')).toHaveLength(1);
    await keystone.close();
  });

  it('tries 503 and refused connections again, then names service, call and reason', async () => {
    let failures = 2;
    const { url } = await cloud((call, answer) => {
      if (call.url === LOGIN_PATH) return answer(201, granted(url), { 'x-subject-token': 't1' });
      failures -= 1;
      return failures < 0 ? answer(409, { NeutronError: { type: 'X', message: 'Port is in use.' } }) : answer(503);
    });
    const { session: keystone, waited } = session(url);
    await expect(keystone.request(neutron, { method: 'POST', path: '/v2.0/ports', body: {} })).rejects.toMatchObject({
      code: 'driver-failure', status: 409, reason: 'Port is in use.', retry: 'retry', message: 'Neutron: POST /network/v2.0/ports: 409 Port is in use.',
    });
    expect(waited).toHaveLength(2);
    expect((await keystone.request(neutron, { method: 'GET', path: '/x', accept: [409] })).status).toBe(409);
    await keystone.close();
    const { session: lonely, waited: waits } = session('http://127.0.0.1:9');
    await expect(lonely.token()).rejects.toMatchObject({ status: null, retry: 'retry', message: expect.stringMatching(/^Keystone: POST \/v3\/auth\/tokens: .*ECONNREFUSED/) });
    expect(waits).toHaveLength(3);
    await lonely.close();
  });

  it('waits as long as a limited service asks, says so with its name, and sends the order again', async () => {
    const lines: unknown[] = [];
    const log = { ...silentLogger, warn: (fields: object, message: string) => void lines.push({ ...fields, message }) };
    const answers = [{ status: 429, after: '7' }, { status: 413, after: 'Tue, 01 Jan 2030 00:00:09 GMT' }];
    const { url, seen } = await cloud((_call, answer) => {
      const next = answers.shift();
      return next === undefined ? answer(201, { server: { id: 's' } }) : answer(next.status, { message: 'slow down' }, { 'retry-after': next.after });
    });
    const waited: number[] = [];
    const http = createHttpClient({}, { log, clock: { now: () => Date.parse('2030-01-01T00:00:00Z') }, wait: async (ms) => void waited.push(ms) });
    expect((await http.send({ service: 'Nova', method: 'POST', url: `${url}/servers`, body: { server: {} } })).status).toBe(201);
    expect(waited).toEqual([7000, 9000]);
    expect(seen.map(({ method }) => method)).toEqual(['POST', 'POST', 'POST']);
    expect(lines).toEqual([
      { service: 'Nova', call: 'POST /servers', status: 429, delayMs: 7000, message: 'A service asks for a pause' },
      { service: 'Nova', call: 'POST /servers', status: 413, delayMs: 9000, message: 'A service asks for a pause' },
    ]);
    answers.push({ status: 413, after: '3600' });
    await expect(http.send({ service: 'Nova', method: 'GET', url: `${url}/servers` })).rejects.toMatchObject({ status: 413, retry: 'retry' });
    expect(waited).toHaveLength(2);
    await http.close();
  });

  it('ends a pause that a service asks for, and the waiting for a shared log-in, when the caller gives up', async () => {
    const { url, seen } = await cloud((_call, answer) => answer(429, { message: 'slow down' }, { 'retry-after': '50' }));
    const gaveUp = new AbortController();
    const wait = (_ms: number, signal?: AbortSignal) => new Promise<void>((_resolve, reject) => {
      gaveUp.abort(new Error('too late'));
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      if (signal?.aborted === true) reject(signal.reason as Error);
    });
    const http = createHttpClient({}, { wait });
    await expect(http.send({ service: 'Nova', method: 'GET', url, signal: gaveUp.signal })).rejects.toThrow('too late');
    expect(seen).toHaveLength(1);
    const other = new AbortController();
    const slow = createHttpClient({}, { wait: () => new Promise(() => other.abort(new Error('too late as well'))) });
    const keystone = createKeystoneSession(loadConfig({ env: {}, overrides: { service_auth: { auth_type: 'password', auth_url: url, username: 'octavia', password: 'secret', project_name: 'service' } } }).service_auth, { group: 'service_auth', http: slow });
    await expect(keystone.request(neutron, { method: 'GET', path: '/x', signal: other.signal })).rejects.toThrow('too late as well');
    await Promise.all([http.close(), keystone.close()]);
  });

  it('names a service that the catalog lacks', async () => {
    const { url } = await cloud((_call, answer) => answer(201, granted(url), { 'x-subject-token': 't1' }));
    const { session: keystone } = session(url);
    await expect(keystone.endpoint({ service: 'Nova', serviceTypes: ['compute'], region: 'Two' })).rejects.toThrow('the service catalog has no endpoint for compute, public, Two');
    expect(await keystone.endpoint({ service: 'Nova', serviceTypes: ['compute'], endpointOverride: 'http://nova/v2.1/' })).toBe('http://nova/v2.1');
    await keystone.close();
  });

  it('tells of the access rules of an application credential, which Keystone names to those who ask for them', async () => {
    const rules = [{ id: '1', service: 'load-balancer', method: 'GET', path: '/v2.0/lbaas/**' }];
    const { url } = await cloud((call, answer) => {
      if (call.method === 'POST') return answer(201, granted(url), { 'x-subject-token': 'service-token' });
      if (call.accessRules !== '1') return answer(404, {});
      answer(200, { token: { ...granted(url).token, application_credential: { id: 'a', access_rules: call.subject === 'wide' ? null : rules } } });
    });
    const { session: keystone } = session(url);
    const validator = createKeystoneTokenValidator(keystone);
    expect((await validator.validate('narrow'))?.accessRules).toEqual([{ service: 'load-balancer', method: 'GET', path: '/v2.0/lbaas/**' }]);
    expect(await validator.validate('wide')).not.toHaveProperty('accessRules');
    await keystone.close();
  });

  it('tells whether a token is of the administrative project, where Keystone has one', async () => {
    const { url } = await cloud((call, answer) => {
      if (call.method === 'POST') return answer(201, granted(url), { 'x-subject-token': 'service-token' });
      answer(200, { token: { ...granted(url).token, ...(call.subject !== 'any' && { is_admin_project: call.subject === 'admin' }) } });
    });
    const { session: keystone } = session(url);
    const validator = createKeystoneTokenValidator(keystone);
    expect(await validator.validate('admin')).toMatchObject({ isAdminProject: true });
    expect(await validator.validate('other')).toMatchObject({ isAdminProject: false });
    expect(await validator.validate('any')).not.toHaveProperty('isAdminProject');
    await keystone.close();
  });

  it('validates tokens: known, unknown, expired but forwarded', async () => {
    const { url, seen } = await cloud((call, answer) => {
      if (call.method === 'POST') return answer(201, granted(url), { 'x-subject-token': 'service-token' });
      return call.subject === 'good' ? answer(200, { token: { ...granted(url).token, roles: [{ name: 'member' }], project: { id: 'p', name: 'demo', domain: { id: 'd' } } } }) : answer(404, {});
    });
    const { session: keystone } = session(url);
    const validator = createKeystoneTokenValidator(keystone);
    expect(await validator.validate('good')).toEqual({
      userId: 'octavia', userName: 'octavia', userDomainId: 'default', projectId: 'p', projectName: 'demo', projectDomainId: 'd', domainId: null, systemScope: null,
      roles: ['member'], expiresAtMs: Date.parse('2030-01-01T00:00:00Z'),
    });
    expect(await validator.validate('bad')).toBeNull();
    await validator.validateAllowingExpired?.('good');
    expect(seen.at(-1)).toMatchObject({ url: '/v3/auth/tokens?nocatalog&allow_expired=1', token: 'service-token' });
    await keystone.close();
  });
});

describe('session of a configuration group', () => {
  const login = { auth_type: 'password', username: 'octavia', password: 'secret' } as const;

  it('may borrow the log-in of another group', async () => {
    const { url, seen } = await cloud((_call, answer) => answer(201, granted(url), { 'x-subject-token': 't1' }));
    const config = loadConfig({ env: {}, overrides: { service_auth: { ...login, auth_url: url }, keystone_authtoken: { auth_section: 'service_auth' } } });
    const keystone = createConfiguredSession(config, 'keystone_authtoken');
    expect([await keystone.token(), keystone.authUrl]).toEqual(['t1', `${url}/v3`]);
    expect(seen).toHaveLength(1);
    await keystone.close();
  });

  it('names what is missing or unknown', () => {
    const broken = (section: string | null) => () => createConfiguredSession(loadConfig({ env: {}, overrides: { keystone_authtoken: { ...login, auth_section: section } } }), 'keystone_authtoken');
    expect(broken('nowhere')).toThrow('[keystone_authtoken] auth_section = "nowhere": is not one of');
    expect(broken(null)).toThrow('[keystone_authtoken] auth_url: is needed to log in');
  });
});

describe('log-in options', () => {
  const options = loadConfig({ env: {} }).service_auth;
  const bodyOf = (more: Partial<typeof options>) => {
    const login = readLogin({ ...options, auth_url: 'http://keystone:5000', ...more }, 'neutron');
    return login.kind === 'keystone' ? login : null;
  };

  it.each([
    [{ auth_type: 'v3applicationcredential', application_credential_id: 'i', application_credential_secret: 's', project_id: 'ignored' }, { identity: { methods: ['application_credential'], application_credential: { id: 'i', secret: 's' } } }],
    [{ auth_type: 'token', token: 't', project_id: 'p' }, { identity: { methods: ['token'], token: { id: 't' } }, scope: { project: { id: 'p' } } }],
    [{ auth_type: 'password', user_id: 'u', password: 'w', system_scope: 'all' }, { identity: { methods: ['password'], password: { user: { id: 'u', password: 'w' } } }, scope: { system: { all: true } } }],
    [{ auth_type: 'password', user_id: 'u', password: 'w', trust_id: 'x' }, { identity: { methods: ['password'], password: { user: { id: 'u', password: 'w' } } }, scope: { 'OS-TRUST:trust': { id: 'x' } } }],
  ])('%j', (more, auth) => {
    expect(bodyOf(more)?.body).toEqual({ auth });
  });

  it.each(['http://k:5000', 'http://k:5000/', 'http://k:5000/v3', 'http://k:5000/v3/', 'http://k:5000/v2.0'])('%s is spoken to in version 3', (auth_url) => {
    expect(bodyOf({ auth_url, auth_type: 'token', token: 't' })?.authUrl).toBe('http://k:5000/v3');
  });

  it('say what is missing', () => {
    expect(() => bodyOf({ auth_type: 'password', username: 'u' })).toThrow('[neutron] password: is needed to log in to the identity service');
    expect(() => bodyOf({ auth_type: 'magic' })).toThrow('[neutron] auth_type: "magic" is not one of');
    expect(readLogin({ ...options, auth_type: 'none' }, 'neutron')).toEqual({ kind: 'none' });
  });
});

describe('service catalog', () => {
  const entry = (serviceType: string, kind: string, region: string, serviceName = 'x'): CatalogEndpoint => ({ serviceType, interface: kind, region, serviceName, url: `http://${serviceType}/${kind}/${region}/` });
  const catalog = [entry('volumev3', 'public', 'One'), entry('volumev3', 'internal', 'Two', 'cinder'), entry('block-storage', 'internal', 'One')];

  it.each([
    [{ serviceTypes: ['volumev3'] }, 'http://volumev3/public/One'],
    [{ serviceTypes: ['volumev3'], interfaces: ['internalURL', 'public'] }, 'http://volumev3/internal/Two'],
    [{ serviceTypes: ['block-storage', 'volumev3'], interfaces: ['internal'] }, 'http://block-storage/internal/One'],
    [{ serviceTypes: ['volumev3'], interfaces: ['internal', 'public'], region: 'One' }, 'http://volumev3/public/One'],
    [{ serviceTypes: ['volumev3'], interfaces: ['internal'], serviceName: 'cinder' }, 'http://volumev3/internal/Two'],
    [{ serviceTypes: ['image'] }, null],
  ])('%j is found at %s', (wanted, url) => {
    expect(findEndpoint(catalog, wanted)).toBe(url);
  });
});
