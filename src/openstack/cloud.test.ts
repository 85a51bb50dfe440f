import { afterEach, describe, expect, it } from 'vitest';
import type { ConfigOverrides } from '../config/config.ts';
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

  it('calls carry the id of the request they are made for, and the caller\'s token where it is given', async () => {
    const { cloud, seen } = await start(nothing);
    await inRequestScope({ requestId: 'req-1', token: 'user-token' }, () => cloud.service('neutron').list('/ports', 'ports'));
    await cloud.service('neutron').list('/ports', 'ports', { token: 'user-token', headers: { 'x-openstack-request-id': 'req-2' } });
    await cloud.service('nova').list('/servers', 'servers');
    expect(seen.map(({ headers }) => [headers['x-openstack-request-id'], headers['x-auth-token']])).toEqual([['req-1', 'service-token'], ['req-2', 'user-token'], [undefined, 'service-token']]);
    expect(seen[2]?.headers).toMatchObject({ 'x-openstack-nova-api-version': '2.15', 'openstack-api-version': 'compute 2.15' });
  });

  it('a refusal names service, call, reason and the service\'s own request id', async () => {
    const { cloud } = await start(() => ({ status: 400, body: { badRequest: { code: 400, message: 'Bad networks format' } }, headers: { 'x-openstack-request-id': 'req-n' } }));
    await expect(cloud.service('nova').send('POST', '/servers', { body: {} })).rejects.toMatchObject({
      message: 'Nova: POST /nova/v2.1/servers: 400 Bad networks format (req-n)', reason: 'Bad networks format', status: 400, retry: 'fatal',
    });
  });

  it('what is gone already counts as removed', async () => {
    const { cloud } = await start(({ url }) => ({ status: url.endsWith('gone') ? 404 : 204 }));
    expect(await cloud.service('neutron').remove('/ports/there')).toBe(true);
    expect(await cloud.service('neutron').remove('/ports/gone')).toBe(false);
  });
});
