import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forKeystone, forOriginal, missingPackages } from '../services/available.ts';
import { startKeystone, type Keystone } from '../services/keystone.ts';
import { PASSWORD } from '../services/keystone-directory.ts';
import { stubSubnetId } from '../services/neutron-stub.ts';
import { createOriginalSchema, createOurSchema, startOriginalApi } from '../services/octavia-processes.ts';
import { callerOf, type Answer } from './rest.ts';
import { apiAddress, openWorld, type World } from './world.ts';

const refusal = { error: { code: 401, title: 'Unauthorized', message: 'The request you have made requires authentication.' } };
const body = (more: object = {}) => ({ loadbalancer: { name: 'lb', vip_subnet_id: stubSubnetId, ...more } });

describe.skipIf(missingPackages(forKeystone).length > 0)('the API with tokens of the real Keystone', () => {
  let world: World;
  let keystone: Keystone;
  /** Ours with its own defaults, ours with the roles that the original had first, and ours without memory of tokens. */
  const urls = { strict: '', former: '', forgetful: '' };
  const tokens = new Map<string, string>();

  beforeAll(async () => {
    world = await openWorld();
    keystone = await startKeystone(world.directory, await world.mariaDb.newDatabase());
    world.onStop('Keystone', () => keystone.stop());
    const database = await world.mariaDb.newDatabase();
    const start = async (name: keyof typeof urls, more: Record<string, Record<string, string>>) => {
      const { apiPort, url } = await apiAddress();
      const file = world.conf(name, { database, apiPort, keystone: account(), more });
      if (name === 'strict') await createOurSchema(file);
      await world.start('api', file);
      urls[name] = url;
    };
    await start('strict', {});
    await start('former', formerRoles);
    await start('forgetful', { keystone_authtoken: { token_cache_time: '-1' } });
  });
  afterAll(() => world?.stop());

  const formerRoles = { oslo_policy: { enforce_scope: 'False', enforce_new_defaults: 'False' } };
  const account = () => ({ url: keystone.url, user: 'octavia', password: PASSWORD });
  const projectOf = (user: string) => keystone.directory.projects[keystone.directory.users[user]?.project ?? ''];
  const as = async (user: string, url = urls.strict) => {
    const token = tokens.get(user) ?? (await keystone.token(user));
    tokens.set(user, token);
    return callerOf(url, { 'x-auth-token': token });
  };
  const expectRefused = ({ status, headers, text }: Answer) => {
    expect({ status, body: JSON.parse(text), challenge: headers.get('www-authenticate') }).toEqual({ status: 401, body: refusal, challenge: `Keystone uri="${keystone.url}"` });
  };
  /** Statuses that a user gets for reading, writing, administration and quotas. */
  const permissions = async (user: string, url: string) => {
    const caller = await as(user, url);
    const status = async (method: string, path: string, more?: object) => (await caller.call(method, path, more)).status;
    return {
      list: await status('GET', '/lbaas/loadbalancers'), create: await status('POST', '/lbaas/loadbalancers', body({ project_id: projectOf(user) })),
      amphorae: await status('GET', '/octavia/amphorae'), profiles: await status('GET', '/lbaas/flavorprofiles'), providers: await status('GET', '/lbaas/providers'),
      quotas: await status('GET', '/lbaas/quotas'), quota: await status('GET', `/lbaas/quotas/${projectOf(user)}`),
      setQuota: await status('PUT', `/lbaas/quotas/${projectOf(user)}`, { quota: { loadbalancer: 1000 } }),
    };
  };

  it('a member creates a load balancer in the project of his token', async () => {
    const made = await (await as('member')).object('POST', '/lbaas/loadbalancers', body());
    expect(made).toMatchObject({ project_id: projectOf('member'), provisioning_status: 'PENDING_CREATE' });
  });

  it('no token, an invented one and a revoked one are refused with 401', async () => {
    expectRefused(await callerOf(urls.strict).call('GET', '/lbaas/loadbalancers'));
    expectRefused(await callerOf(urls.strict, { 'x-auth-token': 'gAAAAinvented' }).call('GET', '/lbaas/loadbalancers'));
    const token = await keystone.token('member');
    const caller = callerOf(urls.forgetful, { 'x-auth-token': token });
    expect((await caller.call('GET', '/lbaas/loadbalancers')).status).toBe(200);
    await keystone.revoke(token);
    expectRefused(await caller.call('GET', '/lbaas/loadbalancers'));
  });

  it('an expired token is refused even while it is remembered, unless a service forwards it', async () => {
    const token = await keystone.shortToken('member', 8);
    const endsAt = Date.now() + 8000;
    const caller = callerOf(urls.strict, { 'x-auth-token': token });
    expect((await caller.call('GET', '/lbaas/loadbalancers')).status).toBe(200);
    await pause(endsAt - Date.now() + 1000);
    expectRefused(await caller.call('GET', '/lbaas/loadbalancers'));
    const forwarded = callerOf(urls.strict, { 'x-auth-token': token, 'x-service-token': await keystone.token('octavia') });
    expect((await forwarded.call('GET', '/lbaas/loadbalancers')).status).toBe(200);
  });

  it('versions need no token', async () => {
    expect((await fetch(`${urls.strict}/`)).status).toBe(200);
  });

  const nothing = { list: 403, create: 403, amphorae: 403, profiles: 403, providers: 403, quotas: 403, quota: 403, setQuota: 403 };
  const reading = { ...nothing, list: 200, providers: 200, quotas: 200, quota: 200 };
  const writing = { ...reading, create: 201 };
  it.each([
    ['reader', reading], ['member', writing], ['lb-observer', reading], ['lb-member', writing],
    ['lb-admin', nothing], ['lb-global-observer', nothing], ['lb-quota-admin', nothing], ['admin', { ...writing, amphorae: 200, profiles: 200, setQuota: 202 }],
  ])('%s may do what Keystone\'s own roles allow', async (user, expected) => {
    expect(await permissions(user, urls.strict)).toEqual(expected);
  });

  it.skipIf(missingPackages(forOriginal).length > 0)('with the former roles everybody may do what the original allows', async () => {
    const { apiPort, url } = await apiAddress();
    const file = world.conf('original', { database: await world.mariaDb.newDatabase(), apiPort, keystone: account(), more: formerRoles });
    await createOriginalSchema(file);
    const original = await startOriginalApi(file, apiPort, world.log('original'), { processes: 1 });
    try {
      for (const user of ['lb-observer', 'lb-member', 'lb-admin', 'lb-global-observer', 'lb-quota-admin', 'admin']) {
        expect({ user, ...(await permissions(user, urls.former)) }).toEqual({ user, ...(await permissions(user, url)) });
      }
      const refused = (caller: Answer) => ({ status: caller.status, text: JSON.parse(caller.text) as object });
      const attempt = async (address: string) => refused(await (await as('lb-observer', address)).call('POST', '/lbaas/loadbalancers', body()));
      expect(await attempt(urls.former)).toEqual(await attempt(url));
      expectRefused(await callerOf(urls.former).call('GET', '/lbaas/loadbalancers'));
      expectRefused(await callerOf(url).call('GET', '/lbaas/loadbalancers'));
    } finally {
      await original.stop();
    }
  });

  it('nobody reads, changes or creates in another project, but for those who may', async () => {
    const mine = await (await as('member')).object('POST', '/lbaas/loadbalancers', body({ name: 'mine' }));
    const other = await as('other-member');
    expect((await other.call('GET', `/lbaas/loadbalancers/${mine.id}`)).status).toBe(403);
    expect((await other.call('DELETE', `/lbaas/loadbalancers/${mine.id}`)).status).toBe(403);
    expect((await other.call('POST', '/lbaas/loadbalancers', body({ project_id: projectOf('member') }))).status).toBe(403);
    expect(JSON.parse((await other.call('GET', '/lbaas/loadbalancers')).text)).toMatchObject({ loadbalancers: [] });
    const seen = JSON.parse((await (await as('admin')).call('GET', '/lbaas/loadbalancers')).text) as { loadbalancers: { id: string }[] };
    expect(seen.loadbalancers.map(({ id }) => id)).toContain(mine.id);
  });

  it('a system-scoped token is refused where scope is enforced, and is an administrator\'s where it is not', async () => {
    const token = await keystone.token('admin', 'system');
    const statusAt = async (url: string) => (await callerOf(url, { 'x-auth-token': token }).call('GET', '/lbaas/loadbalancers')).status;
    expect([await statusAt(urls.strict), await statusAt(urls.former)]).toEqual([403, 200]);
  });

  it('a service token is accepted with the user\'s token, an invented one spoils it', async () => {
    const user = await keystone.token('member');
    expect((await callerOf(urls.strict, { 'x-auth-token': user, 'x-service-token': await keystone.token('octavia') }).call('GET', '/lbaas/loadbalancers')).status).toBe(200);
    expectRefused(await callerOf(urls.strict, { 'x-auth-token': user, 'x-service-token': 'gAAAAinvented' }).call('GET', '/lbaas/loadbalancers'));
  });
});
