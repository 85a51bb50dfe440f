import { afterEach, describe, expect, it } from 'vitest';
import type { ConfigOverrides } from '../config/config.ts';
import { guardChanges } from '../lib/change-guard.ts';
import { inRequestScope } from './request-scope.ts';
import { startScriptedCloud, type Script, type ScriptedCloud } from './testing/scripted-cloud.ts';

let scripted: ScriptedCloud | undefined;
afterEach(async () => { await scripted?.stop(); });
const start = async (script: Script, overrides: ConfigOverrides = {}) => (scripted = await startScriptedCloud(script, overrides));
const nothing: Script = () => ({ body: { ports: [], servers: [], images: [], volumes: [] } });

describe('services of a cloud', () => {
  it('each service has the region, interface and URL of its own group, in either spelling', async () => {
    const { cloud, calls } = await start(nothing, {
      neutron: { region_name: 'Two', valid_interfaces: ['internal', 'public'] }, nova: { region_name: 'One' }, glance: { endpoint_type: 'internalURL', region_name: 'Two' },
      cinder: { valid_interfaces: ['internal'] }, certificates: { endpoint_type: 'publicURL', region_name: 'Two' },
    });
    await cloud.service('neutron').list('/ports', 'ports');
    await cloud.service('nova').list('/servers', 'servers');
    await cloud.service('glance').list('/images', 'images');
    await cloud.service('cinder').list('/volumes', 'volumes');
    await cloud.service('barbican').send('GET', '/secrets');
    expect(calls).toEqual(['GET /two/internal/neutron/v2.0/ports', 'GET /nova/v2.1/servers', 'GET /two/internal/glance/v2/images', 'GET /internal/cinder/volumes', 'GET /two/barbican/v1/secrets']);
  });

  it('a URL of octavia.conf counts more than the catalog, with or without its version', async () => {
    const { cloud, calls } = await start(nothing, { neutron: { endpoint_override: 'http://127.0.0.1:1/nowhere' }, nova: { endpoint: 'http://127.0.0.1:1/v2.1' } });
    await expect(cloud.service('neutron').list('/ports', 'ports')).rejects.toThrow(/^Neutron: GET \/nowhere\/v2\.0\/ports: .*ECONNREFUSED/);
    await expect(cloud.service('nova').list('/servers', 'servers')).rejects.toThrow(/^Nova: GET \/v2\.1\/servers: .*ECONNREFUSED/);
    expect(calls).toEqual([]);
  });

  it('castellan logs in as [key_manager] says, and as [service_auth] does without it', async () => {
    const elsewhere = await startScriptedCloud(({ url }) => (url.endsWith('/auth/tokens') ? { status: 201, body: { token: { expires_at: '2999-01-01T00:00:00Z', catalog: [] } }, headers: { 'x-subject-token': 'own-token' } } : {}));
    const login = { auth_type: 'keystone_password', username: 'keys', password: 'secret', user_domain_name: 'Own', project_name: 'certs', project_domain_name: 'Own' };
    const barbican = { barbican_endpoint: `${elsewhere.url}/barbican` };
    const { cloud } = await start(nothing, { key_manager: { ...login, auth_url: `${elsewhere.url}/identity` }, barbican });
    await cloud.service('castellan').send('GET', '/secrets');
    expect(elsewhere.seen[0]).toMatchObject({
      url: '/identity/v3/auth/tokens',
      body: { auth: { identity: { password: { user: { name: 'keys', password: 'secret', domain: { name: 'Own' } } } }, scope: { project: { name: 'certs', domain: { name: 'Own' } } } } },
    });
    expect(elsewhere.seen[1]).toMatchObject({ url: '/barbican/v1/secrets', headers: { 'x-auth-token': 'own-token' } });

    await scripted?.stop();
    const without = await start(nothing, { barbican: { barbican_region_name: 'Two', barbican_endpoint_type: 'internal' } });
    await without.cloud.service('castellan').send('GET', '/secrets');
    expect(without.calls).toEqual(['GET /two/internal/barbican/v1/secrets']);
    await elsewhere.stop();
  });

  it('castellan finds the identity service at auth_endpoint, and knows no other ways to log in than its own', async () => {
    const elsewhere = await startScriptedCloud(() => ({ status: 201, body: { token: { expires_at: '2999-01-01T00:00:00Z', catalog: [] } }, headers: { 'x-subject-token': 'own-token' } }));
    const { cloud } = await start(nothing, { key_manager: { auth_type: 'keystone_token', token: 't' }, barbican: { auth_endpoint: `${elsewhere.url}/v3`, barbican_endpoint: elsewhere.url } });
    await cloud.service('castellan').send('GET', '/secrets');
    expect(elsewhere.seen[0]).toMatchObject({ url: '/v3/auth/tokens', body: { auth: { identity: { token: { id: 't' } } } } });
    await elsewhere.stop();
    await scripted?.stop();
    const wrong = await start(nothing, { key_manager: { auth_type: 'password' } });
    expect(() => wrong.cloud.service('castellan')).toThrow('[key_manager] auth_type = "password": is not one of keystone_password, keystone_token');
  });

  it('lists are read page after page, whatever host the links name', async () => {
    const pages: Record<string, unknown> = {
      '/neutron/v2.0/ports?name=x': { ports: [{ id: '1' }], ports_links: [{ rel: 'next', href: 'http://elsewhere/v2.0/ports?name=x&marker=1' }] },
      '/neutron/v2.0/ports?name=x&marker=1': { ports: [{ id: '2' }], ports_links: [{ rel: 'previous', href: 'http://elsewhere/' }] },
      '/glance/v2/images': { images: [{ id: 'a' }], next: '/v2/images?marker=a' },
      '/glance/v2/images?marker=a': { images: [{ id: 'b' }] },
    };
    const { cloud } = await start(({ url }) => ({ body: pages[url] }));
    expect(await cloud.service('neutron').list('/ports', 'ports', { query: { name: 'x', id: null } })).toEqual([{ id: '1' }, { id: '2' }]);
    expect(await cloud.service('glance').list('/images', 'images')).toEqual([{ id: 'a' }, { id: 'b' }]);
  });

  it.each([[{ bytes: Buffer.from('<html>Maintenance</html>') }], [{ bytes: Buffer.from('{"ports": [{"id": "1"') }], [{ body: {} }], [{ body: { ports: null } }]])('a list that is none is no empty one: %o', async (answer) => {
    const { cloud } = await start(() => answer);
    await expect(cloud.service('neutron').list('/ports', 'ports')).rejects.toMatchObject({ message: 'Neutron: GET /ports: the answer holds no list "ports"', retry: 'retry' });
  });

  it('calls carry the id of the request they are made for, and the caller\'s token where it is given', async () => {
    const { cloud, seen } = await start(nothing);
    await inRequestScope({ requestId: 'req-1', token: 'user-token' }, () => cloud.service('neutron').list('/ports', 'ports'));
    await cloud.service('neutron').list('/ports', 'ports', { token: 'user-token', headers: { 'x-openstack-request-id': 'req-2' } });
    await cloud.service('nova').list('/servers', 'servers');
    expect(seen.map(({ headers }) => [headers['x-openstack-request-id'], headers['x-auth-token']])).toEqual([['req-1', 'service-token'], ['req-2', 'user-token'], [undefined, 'service-token']]);
    expect(seen[2]?.headers).toMatchObject({ 'x-openstack-nova-api-version': '2.15', 'openstack-api-version': 'compute 2.15' });
  });

  it('what changes something is confirmed before it is sent, and not sent where it is no longer ours', async () => {
    const { cloud, calls } = await start(() => ({ body: { ports: [] } }));
    const neutron = cloud.service('neutron');
    const refusing = (work: () => Promise<unknown>) => guardChanges(() => Promise.reject(new Error('another worker has it')), work);
    await refusing(() => neutron.list('/ports', 'ports'));
    await expect(refusing(() => neutron.send('POST', '/ports'))).rejects.toThrow('another worker has it');
    await expect(refusing(() => neutron.remove('/ports/p'))).rejects.toThrow('another worker has it');
    await guardChanges(async () => undefined, () => neutron.remove('/ports/q'));
    expect(calls).toEqual(['GET /neutron/v2.0/ports', 'DELETE /neutron/v2.0/ports/q']);
  });

  it('a refusal names service, call, reason and the service\'s own request id', async () => {
    const { cloud } = await start(() => ({ status: 400, body: { badRequest: { code: 400, message: 'Bad networks format' } }, headers: { 'x-openstack-request-id': 'req-n' } }));
    await expect(cloud.service('nova').send('POST', '/servers', { body: {} })).rejects.toMatchObject({
      message: 'Nova: POST /nova/v2.1/servers: 400 Bad networks format (req-n)', reason: 'Bad networks format', status: 400, retry: 'fatal',
    });
  });

  it('goes where a service redirects, and takes a redirection without an end for no success', async () => {
    const { cloud, seen } = await start(({ method, url }) => {
      if (url.startsWith('/neutron/moved')) return { body: { port: { id: 'p', method } } };
      const location = url.includes('round') ? url : url.replace(/^.*\/v2\.0/, '/neutron/moved');
      return { status: method === 'DELETE' ? 307 : 301, headers: url.endsWith('nowhere') ? {} : { location }, bytes: Buffer.from('<h1>Moved</h1>') };
    });
    const neutron = cloud.service('neutron');
    expect(await neutron.object('POST', '/ports', 'port', { body: { port: { name: 'x' } } })).toEqual({ id: 'p', method: 'POST' });
    expect(seen.at(-1)).toMatchObject({ url: '/neutron/moved/ports', headers: { 'x-auth-token': 'service-token' }, body: { port: { name: 'x' } } });
    expect(await neutron.remove('/ports/p')).toBe(true);
    expect(seen.slice(-2).map(({ method, url }) => `${method} ${url}`)).toEqual(['DELETE /neutron/v2.0/ports/p', 'DELETE /neutron/moved/ports/p']);
    await expect(neutron.remove('/ports/nowhere')).rejects.toThrow('Neutron: DELETE /neutron/v2.0/ports/nowhere: 307 <h1>Moved</h1>');
    await expect(neutron.remove('/ports/round')).rejects.toThrow('307');
  });

  it('what is gone already counts as removed', async () => {
    const { cloud } = await start(({ url }) => ({ status: url.endsWith('gone') ? 404 : 204 }));
    expect(await cloud.service('neutron').remove('/ports/there')).toBe(true);
    expect(await cloud.service('neutron').remove('/ports/gone')).toBe(false);
  });
});
