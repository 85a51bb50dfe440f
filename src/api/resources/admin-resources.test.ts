import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NIL_UUID } from '../../model/enums.ts';
import { ADMIN, PROJECT, startTestApi, SUBNET, type Answer, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
beforeEach(async () => { api = await startTestApi(); });
afterEach(() => api.close());

type Method = Parameters<TestApi['call']>[0];
const asAdmin = (method: Method, path: string, body?: unknown): Promise<Answer> => api.call(method, path, body, ADMIN);
const faultOf = (answer: Answer): [number, string] => [answer.status, answer.json.faultstring];

const FLAVOR_PROFILE = { name: 'fp', provider_name: 'amphora', flavor_data: '{"loadbalancer_topology": "SINGLE"}' };
const ZONE_PROFILE = { name: 'zp', provider_name: 'amphora', availability_zone_data: '{"compute_zone": "z"}' };

async function makeFlavor(name = 'small'): Promise<{ profileId: string; flavorId: string }> {
  const profile = await asAdmin('POST', '/v2.0/lbaas/flavorprofiles', { flavorprofile: FLAVOR_PROFILE });
  const flavor = await asAdmin('POST', '/v2.0/lbaas/flavors', { flavor: { name, flavor_profile_id: profile.json.flavorprofile.id } });
  expect([profile.status, flavor.status]).toEqual([201, 201]);
  return { profileId: profile.json.flavorprofile.id, flavorId: flavor.json.flavor.id };
}

async function makeZone(name = 'nova'): Promise<string> {
  const profile = await asAdmin('POST', '/v2/lbaas/availabilityzoneprofiles', { availability_zone_profile: ZONE_PROFILE });
  const zone = await asAdmin('POST', '/v2/lbaas/availabilityzones', { availability_zone: { name, availability_zone_profile_id: profile.json.availability_zone_profile.id } });
  expect([profile.status, zone.status]).toEqual([201, 201]);
  return profile.json.availability_zone_profile.id;
}

describe('flavor profiles', () => {
  it('are created, listed, shown, changed and deleted', async () => {
    const created = await asAdmin('POST', '/v2/lbaas/flavorprofiles', { flavorprofile: FLAVOR_PROFILE });
    const { id } = created.json.flavorprofile;
    expect([created.status, created.json]).toEqual([201, { flavorprofile: { id, ...FLAVOR_PROFILE } }]);
    const listed = await asAdmin('GET', '/v2/lbaas/flavorprofiles');
    expect(listed.json).toEqual({ flavorprofiles: [{ id, ...FLAVOR_PROFILE }], flavorprofile_links: [] });
    const updated = await asAdmin('PUT', `/v2/lbaas/flavorprofiles/${id}`, { flavorprofile: { name: 'other', flavor_data: '{}' } });
    expect([updated.status, updated.json.flavorprofile]).toEqual([200, { id, ...FLAVOR_PROFILE, name: 'other', flavor_data: '{}' }]);
    expect((await asAdmin('DELETE', `/v2/lbaas/flavorprofiles/${id}`)).status).toBe(204);
    expect(faultOf(await asAdmin('DELETE', `/v2/lbaas/flavorprofiles/${id}`))).toEqual([404, `Flavor profile ${id} not found.`]);
    expect(faultOf(await asAdmin('GET', `/v2/lbaas/flavorprofiles/${id}`))).toEqual([404, `Flavor Profile ${id} not found.`]);
  });

  it.each([
    [{ flavor_data: 'nonsense' }, 400, 'nonsense is not a valid option for flavor_data'],
    [{ flavor_data: '[1]' }, 501, "Provider 'amphora' does not support a requested option: [1] is not of type 'object'"],
    [{ flavor_data: '"x"' }, 501, "Provider 'amphora' does not support a requested option: 'x' is not of type 'object'"],
    [{ flavor_data: '{"sriov_vip": 1}' }, 501, "Provider 'amphora' does not support a requested option: sriov_vip 1 is not of type 'boolean'"],
    [{ provider_name: 'ovn' }, 400, "Provider 'ovn' is not enabled."],
    [{ colour: 'red' }, 400, 'Unknown attribute for argument flavor_profile_.flavorprofile: colour'],
  ])('refuse %j', async (change, status, text) => {
    expect(faultOf(await asAdmin('POST', '/v2/lbaas/flavorprofiles', { flavorprofile: { ...FLAVOR_PROFILE, ...change } }))).toEqual([status, text]);
  });

  it('keep provider and data while a flavor uses them; the name may change', async () => {
    const { profileId } = await makeFlavor();
    const inUse = [409, `Flavor profile ${profileId} is in use and cannot be modified.`];
    expect(faultOf(await asAdmin('PUT', `/v2/lbaas/flavorprofiles/${profileId}`, { flavorprofile: { flavor_data: '{}' } }))).toEqual(inUse);
    expect(faultOf(await asAdmin('DELETE', `/v2/lbaas/flavorprofiles/${profileId}`))).toEqual(inUse);
    expect((await asAdmin('PUT', `/v2/lbaas/flavorprofiles/${profileId}`, { flavorprofile: { name: 'x' } })).status).toBe(200);
    expect(faultOf(await asAdmin('PUT', `/v2/lbaas/flavorprofiles/${profileId}`, { flavorprofile: { name: null } }))).toEqual([400, 'None is not a valid option for name']);
  });

  it('are for administrators only', async () => {
    for (const [method, path, body] of [['GET', '/v2/lbaas/flavorprofiles'], ['POST', '/v2/lbaas/flavorprofiles', { flavorprofile: FLAVOR_PROFILE }], ['GET', '/v2/lbaas/availabilityzoneprofiles']] as const) {
      expect(faultOf(await api.call(method, path, body))).toEqual([403, 'Policy does not allow this request to be performed.']);
    }
  });
});

describe('flavors', () => {
  it('are readable by members, writable by administrators; names are unique', async () => {
    const { flavorId, profileId } = await makeFlavor();
    const shown = { id: flavorId, name: 'small', description: '', enabled: true, flavor_profile_id: profileId };
    expect((await api.call('GET', `/v2/lbaas/flavors/${flavorId}`)).json).toEqual({ flavor: shown });
    expect((await api.call('GET', '/v2/lbaas/flavors?fields=name&name=small')).json).toEqual({ flavors: [{ name: 'small' }], flavors_links: [] });
    expect((await api.call('DELETE', `/v2/lbaas/flavors/${flavorId}`)).status).toBe(403);
    expect(faultOf(await asAdmin('POST', '/v2/lbaas/flavors', { flavor: { name: 'small', flavor_profile_id: profileId } }))).toEqual([409, 'A flavor of small already exists.']);
    expect(faultOf(await asAdmin('POST', '/v2/lbaas/flavors', { flavor: { name: 'b', flavor_profile_id: SUBNET } }))).toEqual([400, `${SUBNET} is not a valid option for flavor_profile_id`]);
    const changed = await asAdmin('PUT', `/v2/lbaas/flavors/${flavorId}`, { flavor: { enabled: false, description: 'd' } });
    expect(changed.json).toEqual({ flavor: { ...shown, enabled: false, description: 'd' } });
    expect((await asAdmin('PUT', `/v2/lbaas/flavors/${flavorId}`, { flavor: { flavor_profile_id: SUBNET } })).status).toBe(400);
  });

  it('never show the placeholder, whatever the page', async () => {
    await makeFlavor('a');
    for (const name of ['b', 'c']) {
      const { json } = await asAdmin('GET', '/v2/lbaas/flavorprofiles');
      await asAdmin('POST', '/v2/lbaas/flavors', { flavor: { name, flavor_profile_id: json.flavorprofiles[0].id } });
    }
    const first = await api.call('GET', '/v2/lbaas/flavors?limit=2');
    expect(first.json.flavors).toHaveLength(2);
    const next = first.json.flavors_links.find((link: { rel: string }) => link.rel === 'next');
    const second = await api.call('GET', next.href.replace(/^https?:\/\/[^/]+/, ''));
    const names = [...first.json.flavors, ...second.json.flavors].map((flavor: { name: string }) => flavor.name);
    expect(names.toSorted()).toEqual(['a', 'b', 'c']);
    expect(second.json.flavors_links.map((link: { rel: string }) => link.rel)).toEqual(['previous']);
    for (const path of ['flavors', 'flavorprofiles', 'availabilityzones', 'availabilityzoneprofiles']) {
      expect((await asAdmin('GET', `/v2/lbaas/${path}/${NIL_UUID}`)).status).toBe(404);
      expect((await asAdmin('DELETE', `/v2/lbaas/${path}/${NIL_UUID}`)).status).toBe(404);
    }
  });

  it('stay while a load balancer lives on them, and go when only deleted ones do', async () => {
    const { flavorId } = await makeFlavor();
    const created = await api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET, flavor_id: flavorId } });
    const { id } = created.json.loadbalancer;
    await api.settle();
    expect(faultOf(await asAdmin('DELETE', `/v2/lbaas/flavors/${flavorId}`))).toEqual([409, `Flavor ${flavorId} is in use and cannot be modified.`]);
    await api.call('DELETE', `/v2/lbaas/loadbalancers/${id}`);
    await api.settle();
    expect((await asAdmin('DELETE', `/v2/lbaas/flavors/${flavorId}`)).status).toBe(204);
    expect(await api.store.read.selectFrom('load_balancer').select('flavor_id').where('id', '=', id).executeTakeFirst()).toEqual({ flavor_id: NIL_UUID });
  });
});

describe('availability zones', () => {
  it('with a long name can be shown, changed and deleted', async () => {
    const name = '\u{1F600}'.repeat(255);
    await makeZone(name);
    const path = `/v2/lbaas/availabilityzones/${encodeURIComponent(name)}`;
    expect((await asAdmin('GET', path)).json.availability_zone).toMatchObject({ name });
    expect((await asAdmin('PUT', path, { availability_zone: { enabled: false } })).status).toBe(200);
    expect((await asAdmin('DELETE', path)).status).toBe(204);
    expect(faultOf(await asAdmin('GET', path))).toEqual([404, `Availability Zone ${name} not found.`]);
  });

  it('are named by their name, letter by letter', async () => {
    const name = 'e3cd678b11784734bc366148aa37580e';
    const profileId = await makeZone(name);
    const shown = { name, description: '', enabled: true, availability_zone_profile_id: profileId };
    expect((await api.call('GET', `/v2/lbaas/availabilityzones/${name}`)).json).toEqual({ availability_zone: shown });
    expect((await api.call('GET', '/v2/lbaas/availabilityzones')).json).toEqual({ availability_zones: [shown], availability_zones_links: [] });
    expect((await asAdmin('PUT', `/v2/lbaas/availabilityzones/${name}`, { availability_zone: { description: 'd' } })).json.availability_zone.description).toBe('d');
    expect((await asAdmin('PUT', `/v2/lbaas/availabilityzones/${name}`, { availability_zone: { name: 'other' } })).status).toBe(400);
    expect(faultOf(await asAdmin('POST', '/v2/lbaas/availabilityzones', { availability_zone: { name, availability_zone_profile_id: profileId } }))).toEqual([409, `A availability zone of ${name} already exists.`]);
    expect((await asAdmin('DELETE', `/v2/lbaas/availabilityzones/${name}`)).status).toBe(204);
    expect(faultOf(await asAdmin('PUT', `/v2/lbaas/availabilityzones/${name}`, { availability_zone: {} }))).toEqual([404, `Availability Zone ${name} not found.`]);
  });

  it('can be paged through whatever their names have in them', async () => {
    const names = ['a&b', 'c#d', 'e+f', 'g h%2'];
    const profileId = await makeZone('a&b');
    for (const name of names.slice(1)) await asAdmin('POST', '/v2/lbaas/availabilityzones', { availability_zone: { name, availability_zone_profile_id: profileId } });
    const seen: string[] = [];
    for (let path: string | undefined = '/v2/lbaas/availabilityzones?limit=1'; path !== undefined;) {
      const { json } = await api.call('GET', path);
      seen.push(...json.availability_zones.map((zone: { name: string }) => zone.name));
      path = json.availability_zones_links.find((link: { rel: string }) => link.rel === 'next')?.href.replace(/^https?:\/\/[^/]+/, '');
    }
    expect(seen).toEqual(names);
  });

  it('profiles are checked by the provider and kept while used', async () => {
    const profileId = await makeZone();
    const refused = await asAdmin('POST', '/v2/lbaas/availabilityzoneprofiles', { availability_zone_profile: { ...ZONE_PROFILE, availability_zone_data: '{"zone": 1}' } });
    expect(faultOf(refused)).toEqual([501, "Provider 'amphora' does not support a requested option: Additional properties are not allowed ('zone' was unexpected)"]);
    expect(faultOf(await asAdmin('DELETE', `/v2/lbaas/availabilityzoneprofiles/${profileId}`))).toEqual([409, `Availability Zone Profile ${profileId} is in use and cannot be modified.`]);
    const listed = await asAdmin('GET', '/v2/lbaas/availabilityzoneprofiles');
    expect(listed.json).toEqual({ availability_zone_profiles: [{ id: profileId, ...ZONE_PROFILE }], availability_zone_profile_links: [] });
  });
});

describe('providers', () => {
  it('are listed with descriptions, and say what flavors and zones can set', async () => {
    expect((await api.call('GET', '/v2/lbaas/providers')).json).toEqual({
      providers: [{ name: 'amphora', description: 'Amphora' }, { name: 'octavia', description: 'Old name' }, { name: 'noop_driver', description: 'No-op' }],
    });
    expect((await api.call('GET', '/v2/lbaas/providers?fields=name')).json.providers[0]).toEqual({ name: 'amphora' });
    const capabilities = await asAdmin('GET', '/v2/lbaas/providers/amphora/flavor_capabilities?name=compute_flavor');
    expect(capabilities.json).toEqual({ flavor_capabilities: [{ name: 'compute_flavor', description: 'The compute driver flavor ID.' }] });
    const zones = await asAdmin('GET', '/v2/lbaas/providers/noop_driver/availability_zone_capabilities?fields=name');
    expect(zones.json).toEqual({ availability_zone_capabilities: [{ name: 'compute_zone' }, { name: 'volume_zone' }] });
    expect((await api.call('GET', '/v2/lbaas/providers/amphora/flavor_capabilities')).status).toBe(403);
    expect(faultOf(await asAdmin('GET', '/v2/lbaas/providers/ovn/flavor_capabilities'))).toEqual([400, "Provider 'ovn' is not enabled."]);
  });
});

describe('quotas', () => {
  const shown = (more: object = {}, project = PROJECT) => ({
    quota: { project_id: project, loadbalancer: -1, load_balancer: -1, listener: -1, member: -1, pool: -1, healthmonitor: -1, health_monitor: -1, l7policy: -1, l7rule: -1, tenant_id: project, ...more },
  });

  it('follow the defaults until they are set, under either spelling, and after a null or a delete', async () => {
    const path = `/v2/lbaas/quotas/${PROJECT}`;
    expect((await api.call('GET', path)).json).toEqual(shown());
    expect(faultOf(await asAdmin('DELETE', path))).toEqual([404, `Quotas ${PROJECT} not found.`]);
    const set = await asAdmin('PUT', path, { quota: { loadbalancer: 3, health_monitor: 0, l7rule: 2_000_000_000 } });
    expect([set.status, set.json]).toEqual([202, shown({ loadbalancer: 3, load_balancer: 3, healthmonitor: 0, health_monitor: 0, l7rule: 2_000_000_000 })]);
    expect((await asAdmin('PUT', path, { quota: { load_balancer: null, healthmonitor: 7 } })).json).toEqual(shown({ healthmonitor: 7, health_monitor: 7, l7rule: 2_000_000_000 }));
    expect((await api.call('GET', `${path}/default`)).json).toEqual(shown());
    const listed = await asAdmin('GET', '/v2/lbaas/quotas');
    expect(listed.json.quotas).toMatchObject([{ project_id: PROJECT, loadbalancer: null, health_monitor: 7, tenant_id: PROJECT }]);
    const reset = await asAdmin('DELETE', path);
    expect([reset.status, reset.text]).toEqual([202, '']);
    expect((await api.call('GET', path)).json).toEqual(shown());
    expect((await api.call('GET', '/v2/lbaas/quotas/defaults', undefined, ADMIN)).json).toEqual(shown({}, 'defaults'));
  });

  it.each([{ listener: -2 }, { listener: 2_000_000_001 }, { listener: 'many' }, { volume: 1 }])('refuse %j', async (quota) => {
    expect((await asAdmin('PUT', `/v2/lbaas/quotas/${PROJECT}`, { quota })).status).toBe(400);
  });

  it('show other projects to quota readers of all projects only', async () => {
    await asAdmin('PUT', '/v2/lbaas/quotas/other', { quota: { pool: 1 } });
    await asAdmin('PUT', `/v2/lbaas/quotas/${PROJECT}`, { quota: { pool: 2 } });
    expect((await api.call('GET', '/v2/lbaas/quotas/other')).status).toBe(403);
    expect((await api.call('PUT', `/v2/lbaas/quotas/${PROJECT}`, { quota: { pool: 9 } })).status).toBe(403);
    expect((await api.call('GET', '/v2/lbaas/quotas')).json.quotas.map((quota: { project_id: string }) => quota.project_id)).toEqual([PROJECT]);
    const first = await asAdmin('GET', '/v2/lbaas/quotas?limit=1');
    expect(first.json.quotas_links).toMatchObject([{ rel: 'next', href: expect.stringContaining(`marker=${first.json.quotas[0].project_id}`) }]);
  });

  it('limit what a project creates', async () => {
    await asAdmin('PUT', `/v2/lbaas/quotas/${PROJECT}`, { quota: { loadbalancer: 1 } });
    const create = () => api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } });
    expect((await create()).status).toBe(201);
    expect(faultOf(await create())).toEqual([403, 'Quota has been met for resources: Load Balancer']);
  });
});

describe('amphorae', () => {
  async function seed(status: 'ALLOCATED' | 'ERROR' | 'DELETED' = 'ALLOCATED', role: 'MASTER' | 'BACKUP' = 'MASTER') {
    const created = await api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } });
    await api.settle();
    const id = randomUUID();
    const loadBalancerId: string = created.json.loadbalancer.id;
    await api.store.transaction((trx) => trx.insertInto('amphora').values({
      id, status, role, load_balancer_id: loadBalancerId, cert_busy: false, lb_network_ip: '192.0.2.1', created_at: '2026-01-02 03:04:05', cert_expiration: '2027-01-02 03:04:05',
    }).execute());
    return { id, loadBalancerId };
  }
  const path = (id: string, more = '') => `/v2/octavia/amphorae/${id}${more}`;
  const requests = () => api.store.read.selectFrom('ts_request').select(['kind', 'load_balancer_id', 'amphora_id']).execute();
  const statusOf = async (id: string) => (await api.store.read.selectFrom('load_balancer').select('provisioning_status').where('id', '=', id).executeTakeFirstOrThrow()).provisioning_status;

  it('are listed, filtered and shown to administrators, never the deleted ones', async () => {
    const { id, loadBalancerId } = await seed();
    const gone = await seed('DELETED', 'BACKUP');
    const shown = await asAdmin('GET', path(id));
    expect(shown.json.amphora).toMatchObject({ id, loadbalancer_id: loadBalancerId, cert_busy: false, created_at: '2026-01-02T03:04:05', cert_expiration: '2027-01-02T03:04:05', updated_at: null });
    expect(Object.keys(shown.json.amphora)).toHaveLength(20);
    expect((await asAdmin('GET', '/v2/octavia/amphorae')).json.amphorae).toHaveLength(1);
    expect((await asAdmin('GET', `/v2/octavia/amphorae?loadbalancer_id=${loadBalancerId}&role=MASTER`)).json.amphorae).toHaveLength(1);
    expect((await asAdmin('GET', '/v2/octavia/amphorae?role=BACKUP')).json.amphorae).toEqual([]);
    expect((await asAdmin('GET', `/v2/octavia/amphorae?project_id=${PROJECT}&limit=5&sort=role:desc`)).json.amphorae).toHaveLength(1);
    expect((await asAdmin('GET', '/v2/octavia/amphorae?project_id=other')).json.amphorae).toEqual([]);
    expect((await asAdmin('GET', '/v2/octavia/amphorae?color=red')).status).toBe(400);
    expect(faultOf(await asAdmin('GET', path(gone.id)))).toEqual([404, `Amphora ${gone.id} not found.`]);
    expect((await api.call('GET', '/v2/octavia/amphorae')).status).toBe(403);
    expect((await api.call('GET', path(id))).status).toBe(403);
  });

  it('show statistics per listener, or 404 when there are none', async () => {
    const { id, loadBalancerId } = await seed();
    expect(faultOf(await asAdmin('GET', path(id, '/stats')))).toEqual([404, `Amphora stats for ${id} not found.`]);
    const figures = { bytes_in: 5n, bytes_out: 100n, active_connections: 1, total_connections: 2n, request_errors: 0n };
    await api.store.transaction((trx) => trx.insertInto('listener_statistics').values({ listener_id: SUBNET, amphora_id: id, ...figures }).execute());
    expect((await asAdmin('GET', path(id, '/stats'))).json).toEqual({
      amphora_stats: [{ active_connections: 1, bytes_in: 5, bytes_out: 100, id, listener_id: SUBNET, loadbalancer_id: loadBalancerId, request_errors: 0, total_connections: 2 }],
    });
  });

  it('fail over: load balancer PENDING_UPDATE, wish and cast; 409 while it is busy', async () => {
    const { id, loadBalancerId } = await seed();
    const accepted = await asAdmin('PUT', path(id, '/failover'));
    expect([accepted.status, accepted.text]).toEqual([202, '']);
    expect(await statusOf(loadBalancerId)).toBe('PENDING_UPDATE');
    expect(await requests()).toEqual([{ kind: 'failover_amphora', load_balancer_id: loadBalancerId, amphora_id: id }]);
    expect(api.casts.at(-1)).toMatchObject({ method: 'failover_amphora', args: { amphora_id: id } });
    expect(faultOf(await asAdmin('PUT', path(id, '/failover')))).toEqual([409, `Load Balancer ${loadBalancerId} is immutable and cannot be updated.`]);
    expect((await api.call('PUT', path(id, '/failover'))).status).toBe(403);
  });

  it('get their configuration anew without a change of state', async () => {
    const { id, loadBalancerId } = await seed();
    expect((await asAdmin('PUT', path(id, '/config'))).status).toBe(202);
    expect(await statusOf(loadBalancerId)).toBe('ACTIVE');
    expect(await requests()).toEqual([{ kind: 'configure_amphora', load_balancer_id: loadBalancerId, amphora_id: id }]);
    expect(api.casts.at(-1)).toMatchObject({ method: 'update_amphora_agent_config', args: { amphora_id: id } });
    expect((await asAdmin('PUT', path(randomUUID(), '/config'))).status).toBe(404);
  });

  it('are deleted only in ERROR', async () => {
    const alive = await seed();
    expect(faultOf(await asAdmin('DELETE', path(alive.id)))).toEqual([409, `amphora ${alive.id} is immutable and cannot be updated.`]);
    const { id } = await seed('ERROR');
    expect((await asAdmin('DELETE', path(id))).status).toBe(204);
    expect((await asAdmin('GET', path(id))).json.amphora.status).toBe('PENDING_DELETE');
    expect(api.casts.at(-1)).toMatchObject({ method: 'delete_amphora', args: { amphora_id: id } });
    expect((await asAdmin('DELETE', path(randomUUID()))).status).toBe(404);
  });

  it('answer at /v2/octavia only', async () => {
    expect((await asAdmin('GET', '/v2/lbaas/amphorae')).status).toBe(404);
    expect((await asAdmin('GET', '/v2/lbaas/octavia/amphorae')).status).toBe(404);
  });
});
