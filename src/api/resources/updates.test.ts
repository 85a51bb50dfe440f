import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProviderDict } from '../../providers/provider-driver.ts';
import { ADMIN, NETWORK, startTestApi, SUBNET, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
let lb: string;
const CERT = 'https://keys.example.org/v1/containers/1';

beforeEach(async () => {
  api = await startTestApi();
  lb = (await create('loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } })).loadbalancer.id;
});
afterEach(() => api.close());

async function create(path: string, body: object) {
  const answer = await api.call('POST', `/v2/lbaas/${path}`, body);
  expect([answer.status, answer.status === 201 ? '' : answer.text]).toEqual([201, '']);
  await api.settle();
  return answer.json;
}
async function update(path: string, body: object) {
  const answer = await api.call('PUT', `/v2/lbaas/${path}`, body);
  expect([answer.status, answer.status < 300 ? '' : answer.text]).toEqual([answer.status < 300 ? answer.status : 200, '']);
  await api.settle();
  return answer.json;
}
const show = async (path: string) => (await api.call('GET', `/v2/lbaas/${path}`)).json;

test('a TLS listener gets the configured defaults, and null brings them back', async () => {
  const { listener } = await create('listeners', { listener: { protocol: 'TERMINATED_HTTPS', protocol_port: 443, loadbalancer_id: lb, default_tls_container_ref: CERT, sni_container_refs: [CERT, `${CERT}2`], hsts_max_age: 5, tls_versions: ['TLSv1.3'], connection_limit: 9, tags: ['x'] } });
  expect(listener).toMatchObject({ tls_versions: ['TLSv1.3'], alpn_protocols: ['h2', 'http/1.1', 'http/1.0'], sni_container_refs: [CERT, `${CERT}2`], hsts_max_age: 5, hsts_preload: false, client_authentication: 'NONE' });
  expect(listener.tls_ciphers).toContain('TLS_AES_128_GCM_SHA256');
  const changed = await update(`listeners/${listener.id}`, { listener: { tls_versions: null, connection_limit: null, timeout_client_data: null, sni_container_refs: null, hsts_max_age: null, name: null, tags: null, insert_headers: null, admin_state_up: null } });
  expect(changed.listener).toMatchObject({ tls_versions: ['TLSv1.2', 'TLSv1.3'], connection_limit: -1, timeout_client_data: 50000, sni_container_refs: [], hsts_max_age: null, name: '', tags: ['x'], insert_headers: {}, admin_state_up: false });
  expect(changed.listener.updated_at).not.toBeNull();
});

test('null means the same for a policy as for the others', async () => {
  const { listener } = await create('listeners', { listener: { protocol: 'HTTP', protocol_port: 80, loadbalancer_id: lb } });
  const { l7policy } = await create('l7policies', { l7policy: { listener_id: listener.id, action: 'REDIRECT_TO_URL', redirect_url: 'http://a.example', name: 'n', tags: ['x'] } });
  const changed = await update(`l7policies/${l7policy.id}`, { l7policy: { name: null, tags: null, admin_state_up: null } });
  expect(changed.l7policy).toMatchObject({ name: '', tags: [], admin_state_up: false, action: 'REDIRECT_TO_URL', redirect_url: 'http://a.example', redirect_http_code: 302 });
});

test('CIDRs are normalised, shown sorted, replaced as a whole and null when none', async () => {
  const { listener } = await create('listeners', { listener: { protocol: 'TCP', protocol_port: 1, loadbalancer_id: lb, allowed_cidrs: ['198.51.100.7/24', '192.0.2.1', '192.0.2.1/32'] } });
  expect(listener.allowed_cidrs).toEqual(['192.0.2.1/32', '198.51.100.0/24']);
  expect((await update(`listeners/${listener.id}`, { listener: { allowed_cidrs: [] } })).listener.allowed_cidrs).toBeNull();
});

test('TCP, UDP and SCTP may share a port, and peer ports count up from 1025', async () => {
  for (const protocol of ['TCP', 'UDP', 'SCTP']) await create('listeners', { listener: { protocol, protocol_port: 53, loadbalancer_id: lb } });
  const rows = await api.store.read.selectFrom('listener').select('peer_port').orderBy('peer_port').execute();
  expect(rows.map((row) => row.peer_port)).toEqual([1025, 1026, 1027]);
});

test('session persistence is replaced as a whole, keeps its type and goes with null', async () => {
  const { pool } = await create('pools', { pool: { protocol: 'UDP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: lb, session_persistence: { type: 'SOURCE_IP', persistence_timeout: 5, persistence_granularity: '255.255.255.0' } } });
  expect(pool.session_persistence).toEqual({ type: 'SOURCE_IP', cookie_name: null, persistence_timeout: 5, persistence_granularity: '255.255.255.0' });
  expect((await update(`pools/${pool.id}`, { pool: { session_persistence: { persistence_timeout: 6 } } })).pool.session_persistence).toMatchObject({ type: 'SOURCE_IP', persistence_timeout: 6, persistence_granularity: null });
  expect((await update(`pools/${pool.id}`, { pool: { session_persistence: null } })).pool.session_persistence).toBeNull();
});

test('a pool with TLS gets defaults, one without has none', async () => {
  const { pool: plain } = await create('pools', { pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: lb } });
  expect(plain).toMatchObject({ tls_enabled: false, tls_ciphers: null, tls_versions: null, alpn_protocols: null });
  const { pool: tls } = await create('pools', { pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: lb, tls_enabled: true } });
  expect(tls).toMatchObject({ tls_enabled: true, tls_versions: ['TLSv1.2', 'TLSv1.3'] });
});

test('policies keep numbers without gaps when one comes in, moves or changes its action', async () => {
  const { listener } = await create('listeners', { listener: { protocol: 'HTTP', protocol_port: 80, loadbalancer_id: lb } });
  const ids: string[] = [];
  for (const position of [undefined, undefined, 1, 2]) ids.push((await create('l7policies', { l7policy: { listener_id: listener.id, action: 'REJECT', ...(position && { position }) } })).l7policy.id);
  const order = async () => (await show(`listeners/${listener.id}`)).listener.l7policies.map((policy: { id: string }) => ids.indexOf(policy.id));
  expect(await order()).toEqual([2, 3, 0, 1]);
  await update(`l7policies/${ids[2]}`, { l7policy: { position: 100 } });
  expect(await order()).toEqual([3, 0, 1, 2]);
  const changed = await update(`l7policies/${ids[0]}`, { l7policy: { redirect_prefix: 'https://a.example', redirect_http_code: 308, tags: ['t'] } });
  expect(changed.l7policy).toMatchObject({ action: 'REDIRECT_PREFIX', redirect_prefix: 'https://a.example', redirect_url: null, redirect_http_code: 308, position: 2, tags: ['t'] });
  const back = await update(`l7policies/${ids[0]}`, { l7policy: { action: 'REJECT', tags: null } });
  expect(back.l7policy).toMatchObject({ action: 'REJECT', redirect_prefix: null, redirect_http_code: null, tags: [] });
});

describe('a child is found below its own parent only: another project’s', () => {
  const THEIRS = { 'x-project-id': 'their-project' } as const;
  let ours: { policy: string; rule: string; pool: string; member: string };
  let theirs: { policy: string; pool: string };

  async function populate(loadBalancerId: string) {
    const { listener } = await create('listeners', { listener: { protocol: 'HTTP', protocol_port: 80, loadbalancer_id: loadBalancerId } });
    const { l7policy } = await create('l7policies', { l7policy: { listener_id: listener.id, action: 'REJECT' } });
    const { rule } = await create(`l7policies/${l7policy.id}/rules`, { rule: { type: 'PATH', compare_type: 'EQUAL_TO', value: '/' } });
    const { pool } = await create('pools', { pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: loadBalancerId } });
    const { member } = await create(`pools/${pool.id}/members`, { member: { address: '192.0.2.1', protocol_port: 80 } });
    return { policy: l7policy.id, rule: rule.id, pool: pool.id, member: member.id } as const;
  }
  beforeEach(async () => {
    ours = await populate(lb);
    const other = (await create('loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } })).loadbalancer.id;
    theirs = await populate(other);
    await api.store.transaction(async (trx) => {
      const project = { project_id: THEIRS['x-project-id'] };
      await trx.updateTable('load_balancer').set(project).where('id', '=', other).execute();
      for (const table of ['listener', 'pool'] as const) await trx.updateTable<'listener' | 'pool'>(table).set(project).where('load_balancer_id', '=', other).execute();
      await trx.updateTable('l7policy').set(project).where('id', '=', theirs.policy).execute();
    });
  });

  test.each(['GET', 'PUT', 'DELETE'] as const)('rule and member are not there for %s', async (method) => {
    const ask = (path: string, root: string) => api.call(method, `/v2/lbaas/${path}`, method === 'PUT' ? { [root]: { admin_state_up: false } } : undefined, THEIRS);
    const answers = [await ask(`l7policies/${theirs.policy}/rules/${ours.rule}`, 'rule'), await ask(`pools/${theirs.pool}/members/${ours.member}`, 'member')];
    expect(answers.map(({ status, json }) => [status, json.faultstring])).toEqual([
      [404, `L7 Rule ${ours.rule} not found.`], [method === 'GET' ? 403 : 404, method === 'GET' ? 'Policy does not allow this request to be performed.' : `Member ${ours.member} not found.`],
    ]);
    expect((await show(`l7policies/${ours.policy}/rules/${ours.rule}`)).rule).toMatchObject({ admin_state_up: true, provisioning_status: 'ACTIVE' });
    expect((await show(`pools/${ours.pool}/members/${ours.member}`)).member).toMatchObject({ admin_state_up: true, provisioning_status: 'ACTIVE' });
  });
});

test('a batch makes the members what the list says, adds only when told, and does nothing when nothing differs', async () => {
  const { pool } = await create('pools', { pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: lb } });
  const path = `pools/${pool.id}/members`;
  const member = (last: number, extra = {}) => ({ address: `192.0.2.${last}`, protocol_port: 80, ...extra });
  const addresses = async () => (await show(path)).members.map((item: { address: string; weight: number }) => [item.address, item.weight]).toSorted();
  const put = async (query: string, members: object[]) => { const answer = await api.call('PUT', `/v2/lbaas/${path}${query}`, { members }); await api.settle(); return answer; };
  const first = await put('', [member(1), member(2)]);
  expect([first.status, first.text]).toEqual([202, '']);
  expect((await put('', [member(2, { weight: 5 }), member(3)])).status).toBe(202);
  expect(await addresses()).toEqual([['192.0.2.2', 5], ['192.0.2.3', 1]]);
  await put('?additive_only=true', [member(4)]);
  expect(await addresses()).toEqual([['192.0.2.2', 5], ['192.0.2.3', 1], ['192.0.2.4', 1]]);
  expect(api.casts.at(-1)).toMatchObject({ method: 'batch_update_members', args: { old_members: [], new_members: [{ address: '192.0.2.4' }] } });
  const twice = await put('', [member(4), member(4)]);
  expect(twice.json.faultstring).toBe('Validation failure: Member must be updated only once in the same request.');
  const sent = api.casts.length;
  await put('', []);
  expect(await addresses()).toEqual([]);
  expect((await put('', [])).status).toBe(202);
  expect(api.casts.length).toBe(sent + 1);
});

test('a batch of thousands finds each member again, however its address is spelled', async () => {
  const { pool } = await create('pools', { pool: { protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: lb } });
  const batch = (prefix: string) => Array.from({ length: 2000 }, (_, index) => ({ address: `${prefix}${index.toString(16)}`, protocol_port: 80 }));
  for (const prefix of ['fd00::', 'FD00:0::']) {
    expect((await api.call('PUT', `/v2/lbaas/pools/${pool.id}/members`, { members: batch(prefix) })).status).toBe(202);
    await api.settle();
  }
  expect(api.casts.at(-1)?.args).toMatchObject({ old_members: [], new_members: [], updated_members: { length: 2000 } });
});

test('a batch tells the provider the subnet of a member, which it was made with, also when only something else changes', async () => {
  await api.close();
  const told: (readonly ProviderDict[])[] = [];
  const memberBatchUpdate = async (_pool: string, members: readonly ProviderDict[]) => void told.push(members);
  api = await startTestApi({ providers: (builtIn) => ({ ...builtIn, driver: (name, scope) => ({ ...builtIn.driver(name, scope), memberBatchUpdate }) }) });
  lb = (await create('loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } })).loadbalancer.id;
  const { pool } = await create('pools', { pool: { protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: lb } });
  const members = [{ address: '192.0.2.1', protocol_port: 80, subnet_id: NETWORK }, { address: '192.0.2.2', protocol_port: 80 }];
  for (const weight of [1, 2]) await update(`pools/${pool.id}/members`, { members: members.map((member) => ({ ...member, weight })) });
  expect(told[1]).toEqual([expect.objectContaining({ address: '192.0.2.1', weight: 2, subnet_id: NETWORK }), expect.not.objectContaining({ subnet_id: expect.anything() })]);
});

test('failover is for administrators, leaves a wish and takes a broken load balancer', async () => {
  expect((await api.call('PUT', `/v2/lbaas/loadbalancers/${lb}/failover`)).status).toBe(403);
  await api.store.transaction((trx) => trx.updateTable('load_balancer').set({ provisioning_status: 'ERROR' }).execute());
  const answer = await api.call('PUT', `/v2/lbaas/loadbalancers/${lb}/failover`, undefined, ADMIN);
  expect([answer.status, answer.text]).toEqual([202, '']);
  expect(await api.store.read.selectFrom('ts_request').select(['kind', 'load_balancer_id']).execute()).toEqual([{ kind: 'failover_load_balancer', load_balancer_id: lb }]);
  const again = await api.call('PUT', `/v2/lbaas/loadbalancers/${lb}/failover`, undefined, ADMIN);
  expect([again.status, again.json.faultstring]).toEqual([409, `Invalid state PENDING_UPDATE of loadbalancer resource ${lb}`]);
});

test('a broken load balancer can be deleted but not changed', async () => {
  await api.store.transaction((trx) => trx.updateTable('load_balancer').set({ provisioning_status: 'ERROR' }).execute());
  expect((await api.call('PUT', `/v2/lbaas/loadbalancers/${lb}`, { loadbalancer: { name: 'x' } })).json.faultstring).toBe(`Invalid state ERROR of loadbalancer resource ${lb}`);
  expect((await api.call('DELETE', `/v2/lbaas/loadbalancers/${lb}`)).status).toBe(204);
});

test('security groups and QoS of the VIP can be set and cleared', async () => {
  const changed = await update(`loadbalancers/${lb}`, { loadbalancer: { vip_sg_ids: [SUBNET.replaceAll('-', '')], vip_qos_policy_id: SUBNET } });
  expect(changed.loadbalancer).toMatchObject({ vip_sg_ids: [SUBNET], vip_qos_policy_id: SUBNET });
  const cidr = await api.call('POST', '/v2/lbaas/listeners', { listener: { protocol: 'TCP', protocol_port: 1, loadbalancer_id: lb, allowed_cidrs: ['192.0.2.0/24'] } });
  expect(cidr.json.faultstring).toBe('Validation failure: Allowed CIDRs are not allowed when using custom VIP Security Groups.');
  const cleared = await update(`loadbalancers/${lb}`, { loadbalancer: { vip_sg_ids: null, vip_qos_policy_id: null } });
  expect(cleared.loadbalancer).toMatchObject({ vip_sg_ids: [], vip_qos_policy_id: null });
});

test('security groups of the VIP and allowed CIDRs exclude each other, whichever comes second', async () => {
  const { listener } = await create('listeners', { listener: { protocol: 'TCP', protocol_port: 1, loadbalancer_id: lb, allowed_cidrs: ['192.0.2.0/24'] } });
  const refused = await api.call('PUT', `/v2/lbaas/loadbalancers/${lb}`, { loadbalancer: { vip_sg_ids: [SUBNET] } });
  expect([refused.status, refused.json.faultstring]).toEqual([400, `Validation failure: VIP Security Groups are not allowed while listeners have Allowed CIDRs: ${listener.id}`]);
  expect((await show(`loadbalancers/${lb}`)).loadbalancer).toMatchObject({ provisioning_status: 'ACTIVE', vip_sg_ids: [] });
  expect((await update(`loadbalancers/${lb}`, { loadbalancer: { vip_sg_ids: [] } })).loadbalancer.vip_sg_ids).toEqual([]);
  await update(`listeners/${listener.id}`, { listener: { allowed_cidrs: null } });
  expect((await update(`loadbalancers/${lb}`, { loadbalancer: { vip_sg_ids: [SUBNET] } })).loadbalancer.vip_sg_ids).toEqual([SUBNET]);
});

test('with merge_pending_updates changes are accepted while others are under way, and creations stay creations', async () => {
  await api.close();
  api = await startTestApi({ config: { api_settings: { merge_pending_updates: true } } });
  const id = (await api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } })).json.loadbalancer.id;
  const pool = (await api.call('POST', '/v2/lbaas/pools', { pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: id } })).json.pool.id;
  const member = await api.call('POST', `/v2/lbaas/pools/${pool}/members`, { member: { address: '192.0.2.1', protocol_port: 80 } });
  const changed = await api.call('PUT', `/v2/lbaas/pools/${pool}/members/${member.json.member.id}`, { member: { weight: 2 } });
  expect(changed.json.member).toMatchObject({ weight: 2, provisioning_status: 'PENDING_CREATE' });
  expect((await api.call('PUT', `/v2/lbaas/loadbalancers/${id}/failover`, undefined, ADMIN)).status).toBe(202);
  expect((await show(`loadbalancers/${id}`)).loadbalancer.provisioning_status).toBe('PENDING_CREATE');
  await api.call('DELETE', `/v2/lbaas/loadbalancers/${id}?cascade=true`);
  await api.settle();
  expect((await api.call('GET', `/v2/lbaas/loadbalancers/${id}`)).status).toBe(404);
});

test('with merge_pending_updates a deletion that was accepted is taken back by nothing that comes later', async () => {
  await api.close();
  api = await startTestApi({ config: { api_settings: { merge_pending_updates: true } } });
  lb = (await create('loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } })).loadbalancer.id;
  const { listener } = await create('listeners', { listener: { protocol: 'HTTP', protocol_port: 80, loadbalancer_id: lb } });
  const { pool } = await create('pools', { pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', listener_id: listener.id } });
  const { pool: other } = await create('pools', { pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: lb } });
  const { listener: second } = await create('listeners', { listener: { protocol: 'HTTP', protocol_port: 81, loadbalancer_id: lb } });
  const members = `pools/${pool.id}/members`;
  const { member } = await create(members, { member: { address: '192.0.2.1', protocol_port: 80 } });
  const { healthmonitor } = await create('healthmonitors', { healthmonitor: { pool_id: pool.id, type: 'TCP', delay: 5, timeout: 3, max_retries: 2 } });
  const { l7policy } = await create('l7policies', { l7policy: { listener_id: second.id, action: 'REJECT' } });
  const { rule } = await create(`l7policies/${l7policy.id}/rules`, { rule: { type: 'PATH', compare_type: 'EQUAL_TO', value: '/a' } });
  const leaving = [`listeners/${listener.id}`, `pools/${other.id}`, `${members}/${member.id}`, `healthmonitors/${healthmonitor.id}`, `l7policies/${l7policy.id}/rules/${rule.id}`];
  for (const path of leaving) expect((await api.call('DELETE', `/v2/lbaas/${path}`)).status).toBe(204);
  const refused: readonly ['POST' | 'PUT', string, object][] = [
    ['PUT', leaving[0] ?? '', { listener: { name: 'x' } }], ['PUT', leaving[1] ?? '', { pool: { name: 'x' } }], ['PUT', leaving[2] ?? '', { member: { weight: 3 } }],
    ['PUT', leaving[3] ?? '', { healthmonitor: { delay: 9 } }], ['PUT', leaving[4] ?? '', { rule: { value: '/b' } }],
    ['POST', 'l7policies', { l7policy: { listener_id: listener.id, action: 'REJECT' } }],
  ];
  for (const [method, path, body] of refused) {
    const answer = await api.call(method, `/v2/lbaas/${path}`, body);
    expect([path, answer.status, answer.json.faultstring]).toEqual([path, 409, expect.stringMatching(/ is immutable and cannot be updated\.$/)]);
  }
  expect((await api.call('PUT', `/v2/lbaas/listeners/${second.id}`, { listener: { default_pool_id: other.id } })).status).toBe(404);
  expect((await api.call('PUT', `/v2/lbaas/l7policies/${l7policy.id}`, { l7policy: { redirect_pool_id: other.id } })).status).toBe(404);
  expect((await api.call('POST', `/v2/lbaas/${members}`, { member: { address: '192.0.2.2', protocol_port: 80 } })).status).toBe(201);
  expect((await api.call('PUT', `/v2/lbaas/${members}?additive_only=true`, { members: [{ address: '192.0.2.3', protocol_port: 80 }] })).status).toBe(202);
  expect(api.casts.at(-1)).toMatchObject({ method: 'batch_update_members', args: { old_members: [{ id: member.id }] } });
  expect((await api.call('DELETE', `/v2/lbaas/l7policies/${l7policy.id}`)).status).toBe(204);
  expect((await api.call('PUT', `/v2/lbaas/l7policies/${l7policy.id}`, { l7policy: { name: 'x' } })).status).toBe(409);
  await api.settle();
  for (const path of [...leaving, `l7policies/${l7policy.id}`]) expect([path, (await api.call('GET', `/v2/lbaas/${path}`)).status]).toEqual([path, 404]);
});

test.each<[string, () => Promise<void>]>([
  ['is away', () => Promise.reject(new Error('no broker'))],
  ['never says that it has a message', () => new Promise(() => undefined)],
])('a bus that %s neither fails nor delays a request', async (_name, cast) => {
  const broken = await startTestApi({ cast });
  expect((await broken.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } })).status).toBe(201);
  await broken.close();
});

test('of changes that arrive together one is accepted and the others are told to wait', async () => {
  const bodies = [1, 2, 3, 4, 5].map((port) => ({ listener: { protocol: 'TCP', protocol_port: port, loadbalancer_id: lb } }));
  const answers = await Promise.all(bodies.map((body) => api.call('POST', '/v2/lbaas/listeners', body)));
  expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409, 409]);
  expect(await api.store.read.selectFrom('quotas').select('in_use_listener').executeTakeFirst()).toEqual({ in_use_listener: 1 });
});

test('certificates are fetched at request time and named when they cannot be', async () => {
  await api.close();
  api = await startTestApi({ certManager: { getBundle: async (ref) => { throw new Error(`no ${ref}`); } } });
  const id = (await create('loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } })).loadbalancer.id;
  const answer = await api.call('POST', '/v2/lbaas/listeners', { listener: { protocol: 'TERMINATED_HTTPS', protocol_port: 443, loadbalancer_id: id, default_tls_container_ref: CERT } });
  expect([answer.status, answer.json.faultstring]).toEqual([400, `Could not retrieve certificate: ['${CERT}']`]);
});

test('networks the caller cannot see do not exist for them', async () => {
  await api.close();
  const callers: unknown[] = [];
  api = await startTestApi({ network: { getSubnet: async (_id, caller) => { callers.push(caller?.token); throw new Error('404'); } } });
  const answer = await api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } }, { 'x-auth-token': 'mine' });
  expect([answer.status, answer.json.faultstring, callers]).toEqual([400, `Subnet ${SUBNET} not found.`, ['mine']]);
});

test('a load balancer of an early release, which names no provider, is the amphora provider\'s whatever the default', async () => {
  await api.close();
  api = await startTestApi({ config: { api_settings: { default_provider_driver: 'noop_driver', enabled_provider_drivers: { amphora: 'Amphora', noop_driver: 'No-op' } } } });
  const { id } = (await create('loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } })).loadbalancer;
  await api.store.transaction((trx) => trx.updateTable('load_balancer').set({ provider: null }).where('id', '=', id).execute());
  await create('listeners', { listener: { protocol: 'HTTP', protocol_port: 80, loadbalancer_id: id } });
  expect(api.casts.map(({ method }) => method)).toEqual(['create_listener']);
});
