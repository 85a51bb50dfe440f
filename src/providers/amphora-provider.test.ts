import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Cast } from '../bus/bus.ts';
import type { ComputeDriver } from '../drivers/compute/compute-driver.ts';
import { AddressesExhausted, AddressInUse, PortRefused, ResourceNotFound } from '../drivers/errors.ts';
import type { AllocatedVip, Network, NetworkDriver } from '../drivers/network/network-driver.ts';
import type { HealthMonitor, L7Policy, L7Rule, Listener, LoadBalancerGraph, Member, Pool } from '../model/graph.ts';
import type { Trx } from '../store/database.ts';
import { createAmphoraProvider } from './amphora-provider.ts';
import { ProviderError, UnsupportedOption, type ProviderDict, type ProviderDriver } from './provider-driver.ts';
import { healthMonitorDict, l7policyDict, l7ruleDict, listenerDict, loadBalancerDict, memberDict, poolDict } from './provider-models.ts';

type Args = Readonly<Record<string, unknown>>;
/** Arguments of casts captured from the reference service. */
const samples = JSON.parse(readFileSync(new URL('testdata/cast-args.json', import.meta.url), 'utf8')) as Record<string, readonly Args[]>;
const sample = (method: string, index = 0): Args => samples[method]?.[index] ?? expect.fail(`no sample of ${method}`);
const sampled = (method: string, key: string): ProviderDict => sample(method)[key] as ProviderDict;

/** Rows by table; enough of a query builder for the checks, which read only. */
function fakeTrx(tables: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>): Trx {
  const query = (rows: readonly Readonly<Record<string, unknown>>[]): unknown => ({
    select: () => query(rows), selectAll: () => query(rows), orderBy: () => query(rows),
    where: (column: string, _operator: string, value: unknown) => query(rows.filter((row) => row[column] === value)),
    execute: async () => rows,
    executeTakeFirst: async () => rows[0],
  });
  return { selectFrom: (table: string) => query(tables[table] ?? []) } as unknown as Trx;
}

const network: Network = { id: 'net', name: 'n', projectId: null, mtu: 1500, subnetIds: [], portSecurityEnabled: true, isExternal: false };
const allocated: AllocatedVip = { ipAddress: '192.0.2.9', portId: 'port', subnetId: 'subnet', networkId: 'net', octaviaOwned: true, additional: [] };

function provider(options: { trx?: Trx; network?: Partial<NetworkDriver>; compute?: Partial<ComputeDriver> } = {}): { driver: ProviderDriver; casts: Cast[] } {
  const casts: Cast[] = [];
  const services = {
    network: { getNetwork: async () => network, allocateVip: async () => allocated, ...options.network } as NetworkDriver,
    compute: { validateFlavor: async () => undefined, validateAvailabilityZone: async () => undefined, ...options.compute } as ComputeDriver,
  };
  const driver = createAmphoraProvider(services, { trx: options.trx ?? fakeTrx({}), requestId: 'req-1', cast: (cast) => casts.push(cast) });
  return { driver, casts };
}

const LB = '5d42e645-9e7f-416e-8458-3f032b09ea57';
const LISTENER = '6f1d961a-30e6-443e-a765-825aa1e8bf53';
const POOL = '86a0d704-aaf0-4e94-b09d-a646c28c2f9a';
const MEMBER = '26423d18-0ec0-48bb-96ed-a83c0debfd29';
const POLICY = '4aa12b60-dac9-477e-b6b6-b5b474b1d5ee';
const statuses = { provisioningStatus: 'ACTIVE', operatingStatus: 'ONLINE', enabled: true, name: null } as const;

const rule: L7Rule = { ...statuses, id: '03cbf245-1121-417c-a08f-6e7eaf21b71e', l7policyId: POLICY, type: 'PATH', compareType: 'STARTS_WITH', key: null, value: '/x', invert: false };
const policy: L7Policy = {
  ...statuses, id: POLICY, listenerId: LISTENER, action: 'REDIRECT_TO_URL', position: 1, redirectPoolId: null, redirectUrl: 'http://example.com/',
  redirectPrefix: null, redirectHttpCode: 302, rules: [],
};
const monitor: HealthMonitor = {
  ...statuses, id: '4cc7b45f-8f28-444e-a82d-0377a5a55fc2', poolId: POOL, type: 'HTTP', delaySeconds: 5, timeoutSeconds: 3, riseThreshold: 3, fallThreshold: 3,
  httpMethod: 'GET', urlPath: '/ok', expectedCodes: '200', httpVersion: null, domainName: null,
};
const member: Member = {
  ...statuses, id: MEMBER, poolId: POOL, ipAddress: '192.0.2.4', protocolPort: 80, weight: 1, backup: false,
  subnetId: '33333333-3333-3333-3333-333333333333', monitorAddress: null, monitorPort: null, vnicType: 'normal',
};
const pool: Pool = {
  ...statuses, id: POOL, projectId: 'p', protocol: 'HTTP', lbAlgorithm: 'ROUND_ROBIN',
  sessionPersistence: { type: 'APP_COOKIE', cookieName: 'sid', persistenceTimeoutSeconds: null, persistenceGranularity: null },
  tlsEnabled: false, tlsContainerRef: null, caTlsContainerRef: null, crlContainerRef: null, tlsCiphers: null, tlsVersions: [], alpnProtocols: [],
  healthMonitor: null, members: [],
};
const listener: Listener = {
  ...statuses, id: LISTENER, projectId: 'p', protocol: 'HTTP', protocolPort: 80, connectionLimit: -1, defaultPoolId: null,
  insertHeaders: { 'X-Forwarded-For': 'true' }, allowedCidrs: [], timeoutClientDataMs: 50000, timeoutMemberConnectMs: 5000, timeoutMemberDataMs: 50000,
  timeoutTcpInspectMs: 0, tlsContainerRef: null, sniContainerRefs: [], clientCaTlsContainerRef: null, clientCrlContainerRef: null, clientAuthentication: 'NONE',
  tlsCiphers: null, tlsVersions: [], alpnProtocols: [], hstsMaxAge: null, hstsIncludeSubdomains: false, hstsPreload: false, peerPort: 1025, l7policies: [],
};
const graph: LoadBalancerGraph = {
  ...statuses, id: LB, name: 'rpc', projectId: '5b7f8d8a00000000000000000000bbbb', topology: 'SINGLE', provider: 'amphora', flavorId: null, flavor: {},
  availabilityZoneName: null, availabilityZone: {}, serverGroupId: null,
  vip: {
    ipAddress: '198.51.100.1', portId: 'e59932ba-0b8b-4c68-98cb-c4bc89f2a208', subnetId: '33333333-3333-3333-3333-333333333333',
    networkId: '0c0b44ad-6ed7-45de-8cd2-98667dd32699', qosPolicyId: null, octaviaOwned: true, vnicType: 'normal', securityGroupIds: [],
  },
  additionalVips: [], vrrpGroup: null, amphorae: [], listeners: [], pools: [],
};
const inUse: LoadBalancerGraph = { ...graph, listeners: [{ ...listener, defaultPoolId: POOL, l7policies: [policy] }], pools: [pool] };

/** Attributes added to octavia-lib after the samples were taken (contracts section 8). */
const NEWER = { vnic_type: 'normal' };
const NEWER_LISTENER = { hsts_max_age: null, hsts_include_subdomains: false, hsts_preload: false };

interface CastCase { readonly method: string; readonly call: (driver: ProviderDriver) => Promise<void>; readonly expected: Args; readonly trx?: Trx }
const memberSample = sampled('create_member', 'member');
const listenerSample = { ...sampled('create_listener', 'listener'), ...NEWER_LISTENER };

const cases: readonly CastCase[] = [
  {
    method: 'create_load_balancer', call: (driver) => driver.loadbalancerCreate(loadBalancerDict(graph, { forCreate: true })),
    expected: sample('create_load_balancer'),
  },
  {
    method: 'update_load_balancer', call: (driver) => driver.loadbalancerUpdate(loadBalancerDict(graph), { loadbalancer_id: LB, name: 'rpc2', admin_state_up: true }),
    expected: sample('update_load_balancer'),
  },
  { method: 'delete_load_balancer', call: (driver) => driver.loadbalancerDelete(loadBalancerDict({ ...graph, name: 'rpc2' }), true), expected: sample('delete_load_balancer') },
  { method: 'failover_load_balancer', call: (driver) => driver.loadbalancerFailover(LB), expected: sample('failover_load_balancer') },
  { method: 'create_listener', call: (driver) => driver.listenerCreate(listenerDict(graph, listener)), expected: { listener: listenerSample } },
  {
    method: 'update_listener', call: (driver) => driver.listenerUpdate(listenerDict(graph, listener), { listener_id: LISTENER, connection_limit: 200 }),
    expected: { ...sample('update_listener'), original_listener: listenerSample },
  },
  {
    method: 'delete_listener', call: (driver) => driver.listenerDelete(listenerDict(graph, { ...listener, connectionLimit: 200 })),
    expected: { listener: { ...listenerSample, connection_limit: 200 } },
  },
  { method: 'create_pool', call: (driver) => driver.poolCreate(poolDict(inUse, pool)), expected: sample('create_pool') },
  {
    method: 'update_pool', call: (driver) => driver.poolUpdate(poolDict(inUse, pool), { pool_id: POOL, lb_algorithm: 'LEAST_CONNECTIONS' }),
    expected: sample('update_pool'),
  },
  {
    method: 'delete_pool',
    call: (driver) => driver.poolDelete(poolDict(inUse, { ...pool, lbAlgorithm: 'LEAST_CONNECTIONS', members: [{ ...member, weight: 3 }] })),
    expected: { pool: { ...sampled('delete_pool', 'pool'), members: [{ ...memberSample, weight: 3, ...NEWER }] } },
  },
  { method: 'create_member', call: (driver) => driver.memberCreate(memberDict(graph, member)), expected: { member: { ...memberSample, ...NEWER } } },
  {
    method: 'update_member', call: (driver) => driver.memberUpdate(memberDict(graph, member), { member_id: MEMBER, weight: 7 }),
    expected: { ...sample('update_member'), original_member: { ...memberSample, ...NEWER } },
  },
  {
    method: 'delete_member',
    call: (driver) => driver.memberDelete(memberDict(graph, { ...member, id: '3f1fef36-25f0-4e5b-ba23-6d754efe3bf3', ipAddress: '192.0.2.5', subnetId: null })),
    expected: { member: { ...sampled('delete_member', 'member'), ...NEWER } },
  },
  {
    method: 'batch_update_members',
    trx: fakeTrx({ member: [{ id: MEMBER, pool_id: POOL, provisioning_status: 'ACTIVE' }, { id: '3f1fef36-25f0-4e5b-ba23-6d754efe3bf3', pool_id: POOL, provisioning_status: 'PENDING_CREATE' }] }),
    call: (driver) => driver.memberBatchUpdate(POOL, [
      memberDict(graph, { ...member, id: '3f1fef36-25f0-4e5b-ba23-6d754efe3bf3', ipAddress: '192.0.2.5', subnetId: null }),
      { address: '192.0.2.4', admin_state_up: true, member_id: MEMBER, monitor_address: null, monitor_port: null, pool_id: POOL, protocol_port: 80, weight: 3, backup: false, project_id: graph.projectId },
    ]),
    expected: {
      ...sample('batch_update_members'),
      new_members: (sample('batch_update_members')['new_members'] as readonly object[]).map((created) => ({ ...created, ...NEWER })),
    },
  },
  { method: 'create_health_monitor', call: (driver) => driver.healthMonitorCreate(healthMonitorDict(graph, monitor)), expected: sample('create_health_monitor') },
  {
    method: 'update_health_monitor', call: (driver) => driver.healthMonitorUpdate(healthMonitorDict(graph, monitor), { healthmonitor_id: monitor.id, delay: 6 }),
    expected: sample('update_health_monitor'),
  },
  {
    method: 'delete_health_monitor', call: (driver) => driver.healthMonitorDelete(healthMonitorDict(graph, { ...monitor, delaySeconds: 6 })),
    expected: sample('delete_health_monitor'),
  },
  { method: 'create_l7policy', call: (driver) => driver.l7policyCreate(l7policyDict(graph, policy)), expected: sample('create_l7policy') },
  {
    method: 'update_l7policy', call: (driver) => driver.l7policyUpdate(l7policyDict(graph, policy), { l7policy_id: POLICY, description: 'd' }),
    expected: sample('update_l7policy'),
  },
  { method: 'delete_l7policy', call: (driver) => driver.l7policyDelete(l7policyDict(graph, { ...policy, description: 'd' })), expected: sample('delete_l7policy') },
  { method: 'create_l7rule', call: (driver) => driver.l7ruleCreate(l7ruleDict(graph, rule)), expected: sample('create_l7rule') },
  { method: 'update_l7rule', call: (driver) => driver.l7ruleUpdate(l7ruleDict(graph, rule), { l7rule_id: rule.id, value: '/y' }), expected: sample('update_l7rule') },
  { method: 'delete_l7rule', call: (driver) => driver.l7ruleDelete(l7ruleDict(graph, { ...rule, value: '/y' })), expected: sample('delete_l7rule') },
];

describe('amphora provider casts', () => {
  it.each(cases)('$method carries what the reference service sends', async ({ method, call, expected, trx }) => {
    const { driver, casts } = provider(trx ? { trx } : {});
    await call(driver);
    expect(casts).toEqual([{ method, args: expected, requestId: 'req-1' }]);
    // In the same order too, so that messages are alike byte for byte.
    expect(JSON.stringify(casts[0]?.args)).toBe(JSON.stringify(expected));
  });

  it('updates use the column names of the worker and leave the id out', async () => {
    const { driver, casts } = provider();
    await driver.healthMonitorUpdate({}, { healthmonitor_id: 'x', admin_state_up: false, max_retries: 2, max_retries_down: 4, delay: 1 });
    await driver.poolUpdate({}, { pool_id: 'x', admin_state_up: false, tls_container_ref: 'a', ca_tls_container_ref: 'b', crl_container_ref: null });
    await driver.loadbalancerUpdate({}, { loadbalancer_id: 'x', vip_qos_policy_id: 'q', vip_sg_ids: ['s'] });
    expect(casts.map((cast) => Object.values(cast.args)[1])).toEqual([
      { delay: 1, enabled: false, fall_threshold: 4, rise_threshold: 2 },
      { enabled: false, tls_certificate_id: 'a', ca_tls_certificate_id: 'b', crl_container_id: null },
      { vip: { qos_policy_id: 'q' } },
    ]);
  });

  it('removed members of a batch travel as database rows', async () => {
    const row = { id: 'gone', pool_id: POOL, provisioning_status: 'PENDING_DELETE', ip_address: '192.0.2.7', created_at: '2026-01-02 03:04:05', updated_at: null };
    const { driver, casts } = provider({ trx: fakeTrx({ member: [row] }) });
    await driver.memberBatchUpdate(POOL, []);
    expect(casts[0]?.args['old_members']).toMatchObject([{ id: 'gone', ip_address: '192.0.2.7', pool: null, created_at: '2026-01-02T03:04:05', updated_at: null, tags: [] }]);
  });

  it('never puts certificates or keys on the queue', async () => {
    const { driver, casts } = provider();
    await driver.listenerCreate({ protocol: 'TERMINATED_HTTPS', default_tls_container_ref: 'r', default_tls_container_data: { private_key: 'secret' } });
    await driver.poolCreate({ lb_algorithm: 'ROUND_ROBIN', tls_container_data: { private_key: 'secret' } });
    expect(JSON.stringify(casts)).not.toContain('secret');
    expect(casts[0]?.args).toEqual({ listener: { protocol: 'TERMINATED_HTTPS', default_tls_container_ref: 'r' } });
  });
});

const l4 = (protocol: string, vips: readonly string[], extra: object = {}) => fakeTrx({
  pool: [{ id: POOL, protocol, load_balancer_id: LB }], listener: [{ id: LISTENER, default_pool_id: POOL, protocol }],
  vip: [{ load_balancer_id: LB, ip_address: vips[0] }], additional_vip: vips.slice(1).map((address) => ({ load_balancer_id: LB, ip_address: address })), ...extra,
});

describe('amphora provider refusals', () => {
  it.each([
    ['SOURCE_IP_PORT pool', (driver: ProviderDriver) => driver.poolCreate({ lb_algorithm: 'SOURCE_IP_PORT' }), 'Amphora provider does not support SOURCE_IP_PORT algorithm.'],
    ['SOURCE_IP_PORT on update', (driver: ProviderDriver) => driver.poolUpdate({}, { lb_algorithm: 'SOURCE_IP_PORT' }), 'Amphora provider does not support SOURCE_IP_PORT algorithm.'],
    ['unknown listener protocol', (driver: ProviderDriver) => driver.listenerCreate({ protocol: 'FTP' }), /^Amphora provider does not support FTP protocol\. Supported: TCP, HTTP, /],
    ['unknown ALPN value', (driver: ProviderDriver) => driver.listenerUpdate({}, { alpn_protocols: ['h2', 'spdy/3'] }), 'Amphora provider does not support spdy/3 ALPN protocol(s). Supported: h2, http/1.1, http/1.0'],
  ])('%s', async (_name, call, message) => {
    const { driver, casts } = provider();
    const refused = call(driver);
    await expect(refused).rejects.toBeInstanceOf(UnsupportedOption);
    await expect(refused).rejects.toThrow(message);
    expect(casts).toEqual([]);
  });

  it.each(['TCP', 'HTTPS', 'UDP', 'SCTP'])('L7 policies on %s listeners', async (protocol) => {
    const { driver } = provider({ trx: fakeTrx({ listener: [{ id: LISTENER, protocol }] }) });
    await expect(driver.l7policyCreate({ listener_id: LISTENER })).rejects.toThrow(`${protocol} protocol listeners do not support L7 policies`);
  });

  it.each([
    { protocol: 'UDP', vips: ['192.0.2.1'], address: '2001:db8::1', isAllowed: false },
    { protocol: 'SCTP', vips: ['2001:db8::1'], address: '192.0.2.1', isAllowed: false },
    { protocol: 'UDP', vips: ['192.0.2.1', '2001:db8::1'], address: '2001:db8::2', isAllowed: true },
    { protocol: 'UDP', vips: ['192.0.2.1'], address: '192.0.2.2', isAllowed: true },
    { protocol: 'TCP', vips: ['192.0.2.1'], address: '2001:db8::1', isAllowed: true },
  ])('$protocol member $address behind $vips is allowed: $isAllowed', async ({ protocol, vips, address, isAllowed }) => {
    const { driver } = provider({ trx: l4(protocol, vips) });
    const created = driver.memberCreate({ pool_id: POOL, address });
    if (isAllowed) await created;
    else await expect(created).rejects.toThrow(`in ${protocol} load balancers.`);
  });
});

const udpPool: Pool = { ...pool, protocol: 'UDP', sessionPersistence: null, members: [{ ...member, ipAddress: '2001:db8::4' }] };
const udpListener: Listener = { ...listener, protocol: 'UDP', insertHeaders: {}, defaultPoolId: POOL };
const ipv6Vip = { ipAddress: '2001:db8::1', portId: null, subnetId: 's', networkId: null };

describe('amphora provider and children that come along', () => {
  it.each<readonly [string, Partial<LoadBalancerGraph>, string | null]>([
    ['a pool by SOURCE_IP_PORT', { pools: [{ ...pool, lbAlgorithm: 'SOURCE_IP_PORT' }] }, 'Amphora provider does not support SOURCE_IP_PORT algorithm.'],
    ['a pool with unknown ALPN', { pools: [{ ...pool, alpnProtocols: ['spdy/3'] as never }] }, 'spdy/3 ALPN'],
    ['a listener with unknown ALPN', { listeners: [{ ...listener, alpnProtocols: ['spdy/3'] as never }] }, 'spdy/3 ALPN'],
    ['a policy of a TCP listener', { listeners: [{ ...listener, protocol: 'TCP', l7policies: [policy] }] }, 'TCP protocol listeners do not support L7 policies'],
    ['an IPv6 member of a UDP pool behind an IPv4 VIP', { listeners: [udpListener], pools: [udpPool] }, 'in UDP load balancers.'],
    ['the same with an additional IPv6 VIP', { listeners: [udpListener], pools: [udpPool], additionalVips: [ipv6Vip] }, null],
    ['the same in a pool nobody uses', { pools: [udpPool] }, null],
    ['an IPv6 member of an HTTP pool', { listeners: [{ ...listener, defaultPoolId: POOL, l7policies: [policy] }], pools: [{ ...pool, members: udpPool.members }] }, null],
  ])('in a fully populated create: %s', async (_name, tree, refusal) => {
    const { driver, casts } = provider();
    const created = driver.loadbalancerCreate(loadBalancerDict({ ...graph, ...tree }, { forCreate: true }));
    if (refusal === null) await created;
    else await expect(created).rejects.toThrow(refusal);
    expect(casts).toHaveLength(refusal === null ? 1 : 0);
  });

  it.each<readonly [string, Listener, Pool, 'PENDING_CREATE' | 'ACTIVE', string | null]>([
    ['a new pool with a foreign family', udpListener, udpPool, 'PENDING_CREATE', 'in UDP load balancers.'],
    ['a new pool by SOURCE_IP_PORT', { ...listener, defaultPoolId: POOL }, { ...pool, lbAlgorithm: 'SOURCE_IP_PORT' }, 'PENDING_CREATE', 'SOURCE_IP_PORT'],
    ['a pool that was there before', udpListener, udpPool, 'ACTIVE', null],
  ])('with a listener: %s', async (_name, theListener, thePool, status, refusal) => {
    const trx = fakeTrx({
      pool: [{ id: POOL, protocol: thePool.protocol, load_balancer_id: LB, provisioning_status: status }],
      listener: [{ id: LISTENER, default_pool_id: POOL }], vip: [{ load_balancer_id: LB, ip_address: '192.0.2.1' }],
    });
    const created = provider({ trx }).driver.listenerCreate(listenerDict({ ...graph, pools: [thePool] }, theListener));
    if (refusal === null) await created;
    else await expect(created).rejects.toThrow(refusal);
  });

  it('with a listener: policies it cannot have', async () => {
    const { driver } = provider({ trx: fakeTrx({ l7policy: [{ id: POLICY, listener_id: LISTENER }] }) });
    await expect(driver.listenerCreate(listenerDict(graph, { ...listener, protocol: 'TCP' }))).rejects.toThrow('TCP protocol listeners do not support L7 policies');
  });

  it('with a pool: members of a foreign family', async () => {
    const { driver } = provider({ trx: l4('UDP', ['192.0.2.1']) });
    await expect(driver.poolCreate(poolDict(graph, udpPool))).rejects.toThrow('in UDP load balancers.');
  });
});

describe('amphora provider VIP port', () => {
  it('answers what the network driver allocated', async () => {
    const { driver } = provider();
    const made = await driver.createVipPort(LB, 'p', { vip_network_id: 'net', vip_qos_policy_id: 'q' }, []);
    expect(made.vip).toEqual({
      vip_address: '192.0.2.9', vip_network_id: 'net', vip_port_id: 'port', vip_subnet_id: 'subnet', vip_qos_policy_id: 'q', vip_sg_ids: [], octavia_owned: true,
    });
  });

  it('needs port security on the VIP network', async () => {
    const { driver } = provider({ network: { getNetwork: async () => ({ ...network, portSecurityEnabled: false }) } });
    await expect(driver.createVipPort(LB, 'p', { vip_network_id: 'net' }, [])).rejects.toThrow('Port security must be enabled on the VIP network.');
  });

  it('lets refusals of the network service through and names every other reason', async () => {
    const fails = (error: Error) => provider({ network: { allocateVip: () => Promise.reject(error) } }).driver.createVipPort(LB, 'p', { vip_network_id: 'net' }, []);
    await expect(fails(new AddressInUse('192.0.2.9', 'net'))).rejects.toBeInstanceOf(AddressInUse);
    await expect(fails(new AddressesExhausted('subnet s'))).rejects.toBeInstanceOf(AddressesExhausted);
    await expect(fails(new PortRefused('Neutron', { kind: 'conflict', reason: 'Quota exceeded.' }))).rejects.toBeInstanceOf(PortRefused);
    await expect(fails(new Error('neutron is away'))).rejects.toEqual(new ProviderError('neutron is away'));
  });
});

describe('amphora provider flavor and availability zone data', () => {
  it.each([
    [{ sriov_vip: 'yes' }, "sriov_vip 'yes' is not of type 'boolean'"],
    [{ loadbalancer_topology: 'TRIPLE' }, "loadbalancer_topology 'TRIPLE' is not one of ['ACTIVE_STANDBY', 'SINGLE']"],
    [{ compute_flavor: 7 }, "compute_flavor 7 is not of type 'string'"],
    [{ colour: 'red' }, "Additional properties are not allowed ('colour' was unexpected)"],
    [{ b: 1, a: 2 }, "Additional properties are not allowed ('a', 'b' were unexpected)"],
  ])('flavor data %j is refused', async (data, message) => {
    await expect(provider().driver.validateFlavor(data)).rejects.toEqual(new UnsupportedOption(message));
  });

  it('accepts every advertised key and asks whether the objects exist', async () => {
    const asked: string[] = [];
    const { driver } = provider({
      compute: { validateFlavor: async (id) => void asked.push(id), validateAvailabilityZone: async (zone) => void asked.push(zone) },
      network: { getNetwork: async (id) => { asked.push(id); return network; } },
    });
    await driver.validateFlavor({ loadbalancer_topology: 'SINGLE', compute_flavor: 'f', amp_image_tag: 't', sriov_vip: true, allow_member_sriov: false });
    await driver.validateAvailabilityZone({ compute_zone: 'z', volume_zone: 'v', management_network: 'm', valid_vip_networks: ['n1', 'n2'] });
    expect(asked).toEqual(['f', 'z', 'n1', 'n2', 'm']);
    expect([...(await driver.getSupportedFlavorMetadata()).keys()]).toEqual(['loadbalancer_topology', 'compute_flavor', 'amp_image_tag', 'sriov_vip', 'allow_member_sriov']);
    expect([...(await driver.getSupportedAvailabilityZoneMetadata()).keys()]).toEqual(['compute_zone', 'volume_zone', 'management_network', 'valid_vip_networks']);
  });

  it('a flavor may choose the compute driver where there is a choice, and its size is judged by that one', async () => {
    const asked: unknown[] = [];
    const services = { network: {} as NetworkDriver, compute: { validateFlavor: async (...call: unknown[]) => void asked.push(call) } as unknown as ComputeDriver };
    const open = (computeDrivers?: readonly string[]) => createAmphoraProvider({ ...services, ...(computeDrivers && { computeDrivers }) }, { trx: fakeTrx({}), requestId: 'r', cast: () => undefined });
    const choosing = open(['compute_nova_driver', 'compute_light_driver']);
    await choosing.validateFlavor({ compute_driver: 'compute_light_driver', compute_flavor: '1x512' });
    expect(asked).toEqual([['1x512', { compute_driver: 'compute_light_driver' }]]);
    expect((await choosing.getSupportedFlavorMetadata()).get('compute_driver')).toBe('What the amphorae run in. One of: compute_nova_driver, compute_light_driver.');
    await expect(choosing.validateFlavor({ compute_driver: 'other' })).rejects.toThrow("is not one of ['compute_nova_driver', 'compute_light_driver']");
    await expect(open().validateFlavor({ compute_driver: 'compute_nova_driver' })).rejects.toThrow("'compute_driver' was unexpected");
  });

  it('networks of a zone are named by text', async () => {
    await expect(provider().driver.validateAvailabilityZone({ valid_vip_networks: [1] })).rejects.toEqual(new UnsupportedOption("valid_vip_networks [1] is not of type 'array'"));
  });

  it('a missing compute flavor is a provider error', async () => {
    const { driver } = provider({ compute: { validateFlavor: () => Promise.reject(new ResourceNotFound('Nova flavor', 'f')) } });
    await expect(driver.validateFlavor({ compute_flavor: 'f' })).rejects.toEqual(new ProviderError('Nova flavor f not found.'));
  });
});
