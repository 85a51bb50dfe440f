import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/load-config.ts';
import type { TokenInfo, TokenValidator } from '../../openstack/token.ts';
import { createAuthenticator } from './create-authenticator.ts';
import { createKeystoneAuthenticator } from './keystone-authenticator.ts';
import { Unauthorized } from './unauthorized.ts';

const END = 1_000_000;
const info = (more: Partial<TokenInfo> = {}): TokenInfo => ({
  userId: 'u', userName: 'ann', userDomainId: 'default', projectId: 'p', projectName: 'demo', projectDomainId: 'default', domainId: null, systemScope: null,
  roles: ['member'], expiresAtMs: END, ...more,
});

function setUp(tokens: Readonly<Record<string, TokenInfo>>, more: Record<string, unknown> = {}) {
  const asked: string[] = [];
  const clock = { ms: 0, now: () => clock.ms };
  const validator: TokenValidator = {
    validate: async (token) => { asked.push(token); return tokens[token] ?? null; },
    validateAllowingExpired: async (token) => { asked.push(`${token}?expired`); return tokens[`expired ${token}`] ?? null; },
  };
  const config = loadConfig({ env: {}, overrides: { keystone_authtoken: { www_authenticate_uri: 'http://keystone/v3', token_cache_time: 300, ...more } } });
  return { asked, clock, authenticator: createKeystoneAuthenticator(validator, config.keystone_authtoken, { clock }), validator };
}

describe('keystone authenticator', () => {
  it('turns a valid token into who asks', async () => {
    const { authenticator } = setUp({ good: info() });
    const global = 'req-11111111-2222-3333-4444-555555555555';
    const context = await authenticator.authenticate({ 'x-auth-token': ' good ', 'x-openstack-request-id': global, 'x-project-id': 'forged' }, 'req-1');
    expect(context).toEqual({
      requestId: 'req-1', globalRequestId: global, userId: 'u', projectId: 'p', domainId: null, systemScope: null, roles: ['member'], isAdmin: false, token: 'good',
      userDomainId: 'default', projectDomainId: 'default',
    });
  });

  it('tells policy that the project is not the administrative one', async () => {
    const { authenticator } = setUp({ good: info({ isAdminProject: false }) });
    expect(await authenticator.authenticate({ 'x-auth-token': 'good' }, 'req-1')).toMatchObject({ isAdminProject: false });
  });

  it.each([{}, { 'x-auth-token': '' }, { 'x-auth-token': 'bad' }, { 'x-auth-token': 'good', 'x-service-token': 'bad' }])('refuses %j as keystonemiddleware does', async (headers) => {
    const { authenticator } = setUp({ good: info() });
    const refusal = authenticator.authenticate(headers, 'req-1');
    await expect(refusal).rejects.toBeInstanceOf(Unauthorized);
    await expect(refusal).rejects.toMatchObject({
      status: 401, headers: { 'www-authenticate': 'Keystone uri="http://keystone/v3"' },
      body: '{"error":{"code":401,"title":"Unauthorized","message":"The request you have made requires authentication."}}',
    });
  });

  it('asks once per token and cache time, and never trusts a token beyond its end', async () => {
    const { authenticator, asked, clock } = setUp({ good: info({ expiresAtMs: 250_000 }) });
    const call = () => authenticator.authenticate({ 'x-auth-token': 'good' }, 'req-1');
    await Promise.all([call(), call()]);
    clock.ms = 249_999;
    await call();
    expect(asked).toEqual(['good']);
    clock.ms = 250_000;
    await expect(call()).rejects.toBeInstanceOf(Unauthorized);
  });

  it('asks again after the cache time, after forget, and always without a cache', async () => {
    const { authenticator, asked, clock } = setUp({ good: info() });
    const call = () => authenticator.authenticate({ 'x-auth-token': 'good' }, 'req-1');
    await call();
    clock.ms = 300_000;
    await call();
    authenticator.forget('good');
    await call();
    expect(asked).toHaveLength(3);
    const uncached = setUp({ good: info() }, { token_cache_time: -1 });
    await uncached.authenticator.authenticate({ 'x-auth-token': 'good' }, 'req-1');
    await uncached.authenticator.authenticate({ 'x-auth-token': 'good' }, 'req-1');
    expect(uncached.asked).toHaveLength(2);
  });

  it('a service with the service role may forward an expired token, another may not', async () => {
    const tokens = { nova: info({ userId: 'nova', roles: ['service'] }), odd: info({ roles: ['member'] }), 'expired old': info({ expiresAtMs: -1 }) };
    const { authenticator } = setUp(tokens);
    const forwarded = await authenticator.authenticate({ 'x-auth-token': 'old', 'x-service-token': 'nova' }, 'req-1');
    expect(forwarded).toMatchObject({ userId: 'u', service: { userId: 'nova', roles: ['service'] } });
    await expect(authenticator.authenticate({ 'x-auth-token': 'old', 'x-service-token': 'odd' }, 'req-1')).rejects.toBeInstanceOf(Unauthorized);
    await expect(authenticator.authenticate({ 'x-auth-token': 'old' }, 'req-1')).rejects.toBeInstanceOf(Unauthorized);
  });

  it('service tokens need their role when that is required', async () => {
    const tokens = { good: info(), odd: info({ roles: ['member'] }) };
    const headers = { 'x-auth-token': 'good', 'x-service-token': 'odd' };
    await setUp(tokens).authenticator.authenticate(headers, 'req-1');
    await expect(setUp(tokens, { service_token_roles_required: true }).authenticator.authenticate(headers, 'req-1')).rejects.toBeInstanceOf(Unauthorized);
  });

  describe('an application credential with access rules', () => {
    const rules = [{ service: 'load-balancer', method: 'GET', path: '/v2.0/lbaas/loadbalancers/{id}' }, { service: 'compute', method: 'DELETE', path: '/**' }];
    const tokens = { narrow: info({ accessRules: rules }), empty: info({ accessRules: [] }), nova: info({ roles: ['service'] }), odd: info() };
    const ask = (method: string, url: string, headers: Record<string, string> = { 'x-auth-token': 'narrow' }, service_type: string | null = 'load-balancer') =>
      setUp(tokens, { service_type }).authenticator.authenticate(headers, 'req-1', { method, url });

    it('may make the requests that they name', async () => {
      expect(await ask('GET', '/v2.0/lbaas/loadbalancers/1?fields=id')).toMatchObject({ userId: 'u' });
    });

    it.each([
      ['another method', 'DELETE', '/v2.0/lbaas/loadbalancers/1'], ['another path', 'GET', '/v2.0/lbaas/pools/1'], ['a longer path', 'GET', '/v2.0/lbaas/loadbalancers/1/status'],
    ])('is refused for %s', async (_, method, url) => {
      await expect(ask(method, url)).rejects.toBeInstanceOf(Unauthorized);
    });

    it('is refused for everything when it has no rule, when nobody said which service this is, and where no request is known', async () => {
      await expect(ask('GET', '/v2.0/lbaas/loadbalancers/1', { 'x-auth-token': 'empty' })).rejects.toBeInstanceOf(Unauthorized);
      await expect(ask('GET', '/v2.0/lbaas/loadbalancers/1', { 'x-auth-token': 'narrow' }, null)).rejects.toBeInstanceOf(Unauthorized);
      await expect(setUp(tokens, { service_type: 'load-balancer' }).authenticator.authenticate({ 'x-auth-token': 'narrow' }, 'req-1')).rejects.toBeInstanceOf(Unauthorized);
    });

    it('may be forwarded by a service, and by nobody else', async () => {
      expect(await ask('DELETE', '/v2.0/lbaas/pools/1', { 'x-auth-token': 'narrow', 'x-service-token': 'nova' })).toMatchObject({ userId: 'u' });
      await expect(ask('DELETE', '/v2.0/lbaas/pools/1', { 'x-auth-token': 'narrow', 'x-service-token': 'odd' })).rejects.toBeInstanceOf(Unauthorized);
    });
  });

  it('answers 503 when the identity service is away, and asks anew next time', async () => {
    const { authenticator, validator } = setUp({ good: info() });
    validator.validate = () => Promise.reject(new Error('ECONNREFUSED'));
    await expect(authenticator.authenticate({ 'x-auth-token': 'good' }, 'req-1')).rejects.toMatchObject({ status: 503 });
    validator.validate = async () => info();
    expect(await authenticator.authenticate({ 'x-auth-token': 'good' }, 'req-1')).toMatchObject({ userId: 'u' });
  });

  it('lets strangers pass as nobody when the decision is delayed', async () => {
    const { authenticator } = setUp({}, { delay_auth_decision: true });
    expect(await authenticator.authenticate({ 'x-auth-token': 'bad' }, 'req-1')).toMatchObject({ userId: null, projectId: null, roles: [], token: null });
  });
});

describe('header authenticators', () => {
  const headers = { 'x-project-id': 'p', 'x-user-id': 'u', 'x-roles': 'member, reader,', 'x-auth-token': 't', 'openstack-system-scope': 'all' };
  const strategy = (auth_strategy: 'noauth' | 'testing' | 'keystone') => createAuthenticator(loadConfig({ env: {}, overrides: { api_settings: { auth_strategy } } }));

  it('noauth makes everybody administrator, in no project unless the header names one', async () => {
    expect(await strategy('noauth').authenticate({}, 'req-1')).toMatchObject({ isAdmin: true, projectId: null, userId: null, roles: [] });
    expect(await strategy('noauth').authenticate(headers, 'req-1')).toMatchObject({ isAdmin: true, projectId: 'p' });
  });

  it('testing believes the headers of the middleware', async () => {
    expect(await strategy('testing').authenticate(headers, 'req-1')).toMatchObject({ isAdmin: false, projectId: 'p', userId: 'u', roles: ['member', 'reader'], systemScope: 'all' });
    await expect(strategy('testing').authenticate({ ...headers, 'x-identity-status': 'Invalid' }, 'req-1')).rejects.toBeInstanceOf(Unauthorized);
  });

  it('keystone without an identity service is refused at start', () => {
    expect(() => strategy('keystone')).toThrow('needs an identity service');
  });
});
