import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Store } from '../../store/database.ts';
import { CommitUnknown, DatabaseUnavailable } from '../../store/errors.ts';
import { openStore } from '../../store/open-store.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { ADMIN, NETWORK, PROJECT, startTestApi, SUBNET, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
beforeEach(async () => { api = await startTestApi(); });
afterEach(() => api.close());

const create = (loadbalancer: unknown, headers = {}) => api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer }, headers);

test('a fully populated create makes the whole tree and echoes it', async () => {
  const answer = await create({
    vip_subnet_id: SUBNET, name: 'full', tags: ['b', 'a'],
    listeners: [
      { name: 'l1', protocol: 'HTTP', protocol_port: 80, default_pool: { name: 'rr', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [{ address: '192.0.2.16', protocol_port: 80 }], healthmonitor: { type: 'HTTP', delay: '3', timeout: 1, max_retries: 2 } } },
      { name: 'l2', protocol: 'HTTPS', protocol_port: 443, default_pool: { name: 'https_pool' } },
      { name: 'l3', protocol: 'HTTP', protocol_port: 8080, l7policies: [
        { action: 'REDIRECT_TO_POOL', redirect_pool: { name: 'rr' }, rules: [{ type: 'PATH', compare_type: 'EQUAL_TO', value: '/x' }] },
        { action: 'REJECT', position: 1 },
      ] },
    ],
    pools: [{ name: 'https_pool', protocol: 'HTTPS', lb_algorithm: 'LEAST_CONNECTIONS' }],
  });
  expect(answer.text.slice(0, 300)).toContain('"full"');
  const lb = answer.json.loadbalancer;
  expect(lb.tags).toEqual(['a', 'b']);
  expect(lb.listeners.map((listener: { name: string }) => listener.name).toSorted()).toEqual(['l1', 'l2', 'l3']);
  const named = (name: string) => [...lb.listeners, ...lb.pools].find((item: { name: string }) => item.name === name);
  expect(named('l1').default_pool_id).toBe(named('rr').id);
  expect(named('l2').default_pool_id).toBe(named('https_pool').id);
  expect('loadbalancers' in named('l1')).toBe(false);
  expect(named('rr').members[0]).toMatchObject({ address: '192.0.2.16', operating_status: 'OFFLINE', provisioning_status: 'PENDING_CREATE' });
  expect(named('rr').healthmonitor).toMatchObject({ type: 'HTTP', delay: 3, expected_codes: '200' });
  expect('pools' in named('rr').healthmonitor).toBe(false);
  expect(named('https_pool').healthmonitor).toBeNull();
  expect(named('l3').l7policies.map((policy: { action: string; position: number }) => [policy.action, policy.position])).toEqual([['REJECT', 1], ['REDIRECT_TO_POOL', 2]]);
  expect(named('l3').l7policies[1].rules[0]).toMatchObject({ type: 'PATH', value: '/x' });
  expect(api.casts.map((cast) => cast.method)).toEqual(['create_load_balancer']);
  const quotas = await api.store.read.selectFrom('quotas').selectAll().where('project_id', '=', PROJECT).executeTakeFirst();
  expect(quotas).toMatchObject({ in_use_load_balancer: 1, in_use_listener: 3, in_use_pool: 2, in_use_member: 1, in_use_health_monitor: 1, in_use_l7policy: 2, in_use_l7rule: 1 });
});

test('a refused child leaves nothing behind, neither rows nor quota nor the VIP port', async () => {
  const removed: string[] = [];
  await api.close();
  api = await startTestApi({ network: { removePort: async (id) => void removed.push(id) } });
  const answer = await create({
    vip_subnet_id: SUBNET,
    listeners: [{ protocol: 'TCP', protocol_port: 80 }, { protocol: 'HTTP', protocol_port: 80 }],
  });
  expect([answer.status, answer.json.faultstring]).toEqual([409, 'Another Listener on this Load Balancer is already using protocol TCP and protocol_port 80']);
  expect(await api.store.read.selectFrom('load_balancer').select('id').execute()).toEqual([]);
  expect(await api.store.read.selectFrom('quotas').selectAll().execute()).toEqual([]);
  expect(removed).toHaveLength(1);
  expect(api.casts).toEqual([]);
});

test('policies of a new listener come to the positions they would take one after the other', async () => {
  const policies = (positions: readonly (number | undefined)[]) => positions.map((position, index) => ({ name: `p${index}`, action: 'REJECT', ...(position !== undefined && { position }) }));
  const { json } = await create({ vip_subnet_id: SUBNET, listeners: [{ protocol: 'HTTP', protocol_port: 80, l7policies: policies([undefined, 1, 9, 2, undefined, 1]) }] });
  expect(json.loadbalancer.listeners[0].l7policies.map((policy: { name: string; position: number }) => [policy.name, policy.position])).toEqual([
    ['p5', 1], ['p1', 2], ['p3', 3], ['p0', 4], ['p2', 5], ['p4', 6],
  ]);
});

test.each([['came through', true], ['did not', false]])('a commit whose answer got lost and that %s: only a load balancer that is not there loses its VIP port', async (_what, isThere) => {
  const removed: string[] = [];
  const { store } = api;
  const lost = async () => { throw new CommitUnknown(new DatabaseUnavailable('the connection was reset', null)); };
  let isFirst = true;
  const losing: Store = { ...store, transaction: async (work) => {
    if (!isFirst) return store.transaction(work);
    isFirst = false;
    return isThere ? store.transaction(work).then(lost) : lost();
  } };
  const other = await startTestApi({ store: losing, network: { removePort: async (id) => void removed.push(id) }, log: silentLogger });
  const answer = await other.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } });
  expect([answer.status, answer.json.faultstring]).toEqual([503, 'The database is not available. Please try again.']);
  expect(await store.read.selectFrom('vip').select('port_id').execute()).toHaveLength(isThere ? 1 : 0);
  expect(removed).toHaveLength(isThere ? 0 : 1);
  await other.close();
});

test('a commit whose answer got lost and that is still under way is waited for before its VIP port is judged', async () => {
  const removed: string[] = [];
  const { store } = api;
  // What others see meanwhile.
  const before = await openStore('sqlite://');
  await upgradeHead(before);
  const [isWritten, goesOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let isFirst = true;
  const losing: Store = { ...store, read: before.read, transaction: async (work) => {
    if (!isFirst) goesOn.resolve();
    if (!isFirst) return store.transaction(work);
    isFirst = false;
    const committing = store.transaction(async (trx) => {
      await work(trx);
      isWritten.resolve();
      await goesOn.promise;
    });
    await Promise.race([isWritten.promise, committing]);
    throw new CommitUnknown(new DatabaseUnavailable('the connection was reset', null));
  } };
  const other = await startTestApi({ store: losing, network: { removePort: async (id) => void removed.push(id) }, log: silentLogger });
  expect((await other.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } })).status).toBe(503);
  goesOn.resolve();
  expect(await store.read.selectFrom('vip').select('port_id').execute()).toHaveLength(1);
  expect(removed).toEqual([]);
  await other.close();
  await before.close();
});

const REFUSALS: readonly [string, unknown, number, string][] = [
  ['no VIP', { name: 'x' }, 400, 'Validation failure: VIP must contain one of: vip_port_id, vip_network_id, vip_subnet_id.'],
  ['unknown attribute', { vip_subnet_id: SUBNET, color: 'red' }, 400, 'Unknown attribute for argument load_balancer.loadbalancer: color'],
  ['two unknown attributes', { vip_subnet_id: SUBNET, color: 'red', size: 1 }, 400, 'Unknown attributes for argument load_balancer.loadbalancer: color, size'],
  ['unknown attribute of a child', { vip_subnet_id: SUBNET, listeners: [{ protocol: 'TCP', protocol_port: 1, loadbalancer_id: SUBNET }] }, 400, 'Unknown attribute for argument load_balancer.loadbalancer.listeners: loadbalancer_id'],
  ['bad uuid', { vip_subnet_id: 'x' }, 400, "Invalid input for field/attribute vip_subnet_id. Value: 'x'. Value should be UUID format"],
  ['bad address', { vip_subnet_id: SUBNET, vip_address: '300.1.1.1' }, 400, "Invalid input for field/attribute vip_address. Value: '300.1.1.1'. Value should be IPv4 or IPv6 format"],
  ['long name', { vip_subnet_id: SUBNET, name: 'n'.repeat(256) }, 400, `Invalid input for field/attribute name. Value: '${'n'.repeat(256)}'. Value should have a maximum character requirement of 255`],
  ['additional VIP without subnet', { vip_subnet_id: SUBNET, additional_vips: [{}] }, 400, "Invalid input for field/attribute subnet_id. Value: 'None'. Mandatory field missing."],
  ['additional VIP on the same subnet', { vip_subnet_id: SUBNET, additional_vips: [{ subnet_id: SUBNET }] }, 400, 'Validation failure: Duplicate VIP subnet(s) specified. Only one IP can be bound per subnet.'],
  ['missing flavor', { vip_subnet_id: SUBNET, flavor_id: NETWORK }, 400, 'Validation failure: Invalid flavor_id.'],
  ['missing zone', { vip_subnet_id: SUBNET, availability_zone: 'moon' }, 400, 'Validation failure: Invalid availability zone.'],
  ['empty zone', { vip_subnet_id: SUBNET, availability_zone: '' }, 400, 'Validation failure: Invalid availability zone.'],
  ['provider not enabled', { vip_subnet_id: SUBNET, provider: 'f5' }, 400, "Provider 'f5' is not enabled."],
  ['unnamed inner pool', { vip_subnet_id: SUBNET, listeners: [{ protocol: 'TCP', protocol_port: 1, default_pool: { protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN' } }] }, 400, 'Validation failure: Pools must be named when creating a fully populated loadbalancer.'],
  ['dangling pool name', { vip_subnet_id: SUBNET, listeners: [{ protocol: 'TCP', protocol_port: 1, default_pool: { name: 'p' } }] }, 400, "Validation failure: Pool 'p' was referenced but no full definition was found."],
  ['pool without algorithm', { vip_subnet_id: SUBNET, pools: [{ name: 'p', protocol: 'TCP' }] }, 400, "Validation failure: Pool definition for 'p' missing required attribute: lb_algorithm"],
  ['same pool name twice', { vip_subnet_id: SUBNET, pools: [{ name: 'p', protocol: 'TCP', lb_algorithm: 'SOURCE_IP' }, { name: 'p', protocol: 'TCP', lb_algorithm: 'SOURCE_IP' }] }, 400, 'Validation failure: Pool names must be unique when creating a fully populated loadbalancer.'],
];

test.each(REFUSALS)('%s is refused with the original words', async (_name, body, status, text) => {
  const answer = await create(body);
  expect([answer.status, answer.json.faultstring]).toEqual([status, text]);
});

test('quota, project and policy decide who may create where', async () => {
  await api.close();
  api = await startTestApi({ config: { quotas: { default_load_balancer_quota: 1 } } });
  expect((await create({ vip_network_id: NETWORK })).status).toBe(201);
  const full = await create({ vip_network_id: NETWORK });
  expect([full.status, full.json.faultstring]).toEqual([403, 'Quota has been met for resources: Load Balancer']);
  const foreign = await create({ vip_network_id: NETWORK, project_id: 'another' });
  expect([foreign.status, foreign.json]).toEqual([403, { faultcode: 'Client', faultstring: 'Policy does not allow this request to be performed.', debuginfo: null }]);
  const tenant = await create({ vip_network_id: NETWORK, tenant_id: 'another' }, ADMIN);
  expect([tenant.json.loadbalancer.project_id, tenant.json.loadbalancer.tenant_id]).toEqual(['another', 'another']);
});

test('the operator decides how a VIP may be named and where it may be', async () => {
  await api.close();
  api = await startTestApi({ config: { networking: { allow_vip_network_id: false, valid_vip_networks: [NETWORK] } } });
  expect((await create({ vip_network_id: NETWORK })).json.faultstring).toBe("Validation failure: use of vip_network_id is disallowed by this deployment's configuration.");
  expect((await create({})).json.faultstring).toBe('Validation failure: VIP must contain one of: vip_port_id, vip_subnet_id.');
  expect((await create({ vip_subnet_id: SUBNET })).json.faultstring).toBe('Validation failure: Supplied VIP network_id is not allowed by the configuration of this deployment.');
});

test('broken bodies are told apart', async () => {
  const post = (body: string) => api.call('POST', '/v2/lbaas/loadbalancers', body);
  expect((await post('{')).json.faultstring).toBe('Request is not in valid JSON format');
  expect((await post('')).json.faultstring).toBe('Missing argument: "load_balancer"');
  expect((await post('{}')).json.faultstring).toBe('Missing argument: "loadbalancer"');
  expect((await post('{"lb":{}}')).json.faultstring).toBe('Unknown attribute for argument load_balancer: lb');
});

test('a listener may bring its default pool and policies along', async () => {
  const id = (await create({ vip_subnet_id: SUBNET })).json.loadbalancer.id;
  await api.settle();
  const answer = await api.call('POST', '/v2/lbaas/listeners', { listener: {
    protocol: 'HTTP', protocol_port: 80, loadbalancer_id: id, default_pool: { name: 'p', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [{ address: '192.0.2.9', protocol_port: 1 }] },
    l7policies: [{ action: 'REJECT', rules: [{ type: 'PATH', compare_type: 'EQUAL_TO', value: '/' }] }],
  } });
  expect(answer.status).toBe(201);
  const pools = (await api.call('GET', `/v2/lbaas/pools?loadbalancer_id=${id}`)).json.pools;
  expect(answer.json.listener.default_pool_id).toBe(pools[0].id);
  expect(pools[0].members).toHaveLength(1);
  expect(answer.json.listener.l7policies).toHaveLength(1);
});

test('each further listener of a create is written and not looked at alone', async () => {
  const statements: string[] = [];
  const watched: Store = {
    ...api.store,
    transaction: (work) => api.store.transaction((trx) => {
      const executor = trx.getExecutor();
      const execute = executor.executeQuery.bind(executor);
      executor.executeQuery = async (query) => {
        statements.push(query.sql);
        return execute(query);
      };
      return work(trx);
    }),
  };
  const other = await startTestApi({ store: watched });
  const cost = async (count: number) => {
    statements.length = 0;
    const listeners = Array.from({ length: count }, (_, index) => ({ protocol: 'HTTP', protocol_port: index + 1, default_pool: { name: 'p', ...(index === 0 && { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' }) } }));
    const answer = await other.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET, listeners } });
    expect(answer.status).toBe(201);
    expect(answer.json.loadbalancer.listeners).toHaveLength(count);
    return statements.filter((statement) => !statement.startsWith('insert')).length;
  };
  await cost(1);
  const few = await cost(2);
  expect(few).toBeGreaterThan(3);
  expect(await cost(40)).toBe(few);
  await other.close();
});

test('peer ports go on from the highest, and a port that a sibling or a former listener has is taken', async () => {
  const { json } = await create({ vip_subnet_id: SUBNET, listeners: [{ protocol: 'TCP', protocol_port: 80 }, { protocol: 'UDP', protocol_port: 80 }] });
  await api.settle();
  const add = (protocol: string, port: number) => api.call('POST', '/v2/lbaas/listeners', { listener: { loadbalancer_id: json.loadbalancer.id, protocol, protocol_port: port } });
  expect((await add('HTTP', 80)).status).toBe(409);
  expect((await add('HTTP', 81)).status).toBe(201);
  const rows = await api.store.read.selectFrom('listener').select('peer_port').where('load_balancer_id', '=', json.loadbalancer.id).orderBy('peer_port').execute();
  expect(rows.map((row) => row.peer_port)).toEqual([1025, 1026, 1027]);
});
