import Fastify, { type FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, test } from 'vitest';
import { openNetworkRecords, type NetworkRecords } from '../../drivers/network/local/network-records.ts';
import { createNetwork, createSubnet } from '../../drivers/network/local/networks.ts';
import { createPort } from '../../drivers/network/local/ports.ts';
import { createQosPolicy } from '../../drivers/network/local/qos-policies.ts';
import { createSecurityGroup } from '../../drivers/network/local/security-groups.ts';
import { openRecordStore } from '../../lib/records/record-store.ts';
import type { TokenInfo } from '../../openstack/token.ts';
import { mountService } from '../http/service-scope.ts';
import { networkFaults } from './network-fault-style.ts';
import { registerNetworkRoutes } from './network-routes.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const fabric = { settled: async () => undefined, conflictingRoute: async () => null };
const member = (project: string): TokenInfo => ({
  userId: `member-of-${project}`, userName: '', userDomainId: 'default', projectId: project, projectName: project, projectDomainId: 'default', domainId: null, systemScope: null,
  roles: ['member'], expiresAtMs: Infinity,
});

let app: FastifyInstance;
let records: NetworkRecords;
beforeEach(() => {
  records = openNetworkRecords(openRecordStore(':memory:'));
  app = Fastify();
  const tokens = { validate: async (text: string) => member(text) };
  mountService(app, '/network', { faults: networkFaults, log: silent }, (scope) => registerNetworkRoutes(scope, { records, fabric, tokens }, 'http://cloud'));
});

/** A request of a member of a project; the token is the project's name. */
async function call(project: string, method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, payload?: object) {
  const response = await app.inject({ method, url: `/network/v2.0/${path}`, headers: { 'x-auth-token': project }, ...(payload && { payload }) });
  return { status: response.statusCode, body: response.body === '' ? null : response.json() };
}

function net(projectId: string, cidr: string) {
  const network = createNetwork(records, { projectId });
  return { network, subnet: createSubnet(records, { networkId: network.id, cidr, ipVersion: 4, projectId }) };
}

describe('router interfaces', () => {
  test('are made of ports and subnets that the caller sees, and of no port that is in use', async () => {
    const [own, foreign] = [net('mine', '10.1.0.0/24'), net('theirs', '10.2.0.0/24')];
    const used = createPort(records, { networkId: own.network.id, projectId: 'mine', deviceId: 'lb-1', deviceOwner: 'Octavia' });
    const free = createPort(records, { networkId: own.network.id, projectId: 'mine' });
    const theirs = createPort(records, { networkId: foreign.network.id, projectId: 'theirs' });
    const router = (await call('mine', 'POST', 'routers', { router: {} })).body.router.id;
    const add = async (target: object) => {
      const { status, body } = await call('mine', 'PUT', `routers/${router}/add_router_interface`, target);
      return [status, body.NeutronError?.type];
    };
    expect(await add({ port_id: theirs.id })).toEqual([404, 'PortNotFound']);
    expect(await add({ subnet_id: foreign.subnet.id })).toEqual([404, 'SubnetNotFound']);
    expect(await add({ port_id: used.id })).toEqual([409, 'PortInUse']);
    expect([records.ports.get(theirs.id), records.ports.get(used.id)]).toEqual([theirs, used]);
    expect(await add({ port_id: free.id })).toEqual([200, undefined]);
    expect(await add({ port_id: free.id })).toEqual([200, undefined]);
    const second = (await call('mine', 'POST', 'routers', { router: {} })).body.router.id;
    expect((await call('mine', 'PUT', `routers/${second}/add_router_interface`, { subnet_id: own.subnet.id })).status).toBe(200);
  });
});

test('a router has the outer addresses that Terraform or Cluster API ask for, and keeps them when something else changes', async () => {
  const external = createNetwork(records, { projectId: null, isExternal: true });
  const subnet = createSubnet(records, { networkId: external.id, cidr: '203.0.113.0/24', ipVersion: 4, projectId: null });
  const gateway = async (method: 'POST' | 'PUT', path: string, info: object) => {
    const { status, body } = await call('mine', method, path, { router: { external_gateway_info: { network_id: external.id, ...info } } });
    return status < 300 ? { id: body.router.id, addresses: body.router.external_gateway_info.external_fixed_ips } : body.NeutronError.type;
  };
  const [first, second] = ['203.0.113.77', '203.0.113.78'].map((ip_address) => [{ subnet_id: subnet.id, ip_address }]);
  const router = await gateway('POST', 'routers', { external_fixed_ips: first });
  expect(router.addresses).toEqual(first);
  expect(await gateway('POST', 'routers', { external_fixed_ips: first })).toBe('IpAddressAlreadyAllocated');
  expect((await gateway('PUT', `routers/${router.id}`, { enable_snat: false })).addresses).toEqual(first);
  expect((await gateway('PUT', `routers/${router.id}`, { external_fixed_ips: second })).addresses).toEqual(second);
  expect((await gateway('PUT', `routers/${router.id}`, { external_fixed_ips: [] })).addresses).toEqual(second);
  expect((await gateway('POST', 'routers', { external_fixed_ips: [] })).addresses).toMatchObject([{ subnet_id: subnet.id }]);
});

test('a floating IP is of version 4, whichever subnet the outer network had first', async () => {
  const external = createNetwork(records, { projectId: null, isExternal: true });
  createSubnet(records, { networkId: external.id, cidr: '2001:db8:1::/64', ipVersion: 6, projectId: null });
  createSubnet(records, { networkId: external.id, cidr: '203.0.113.0/24', ipVersion: 4, projectId: null });
  const { status, body } = await call('mine', 'POST', 'floatingips', { floatingip: { floating_network_id: external.id } });
  expect([status, body.floatingip?.floating_ip_address]).toEqual([201, '203.0.113.2']);
});

describe('what other projects own', () => {
  test('their security groups and QoS policies cannot be put on ports and networks; what is on a port already may stay', async () => {
    const { network } = net('mine', '10.1.0.0/24');
    const own = createSecurityGroup(records, { name: 'own', projectId: 'mine' });
    const theirs = createSecurityGroup(records, { name: 'default', projectId: 'theirs' });
    const policy = createQosPolicy(records, { name: 'theirs', projectId: 'theirs' });
    const shared = createQosPolicy(records, { name: 'shared', projectId: 'theirs', shared: true });
    const guarded = createPort(records, { networkId: network.id, projectId: 'mine', securityGroupIds: [theirs.id] });
    const outcome = async (method: 'POST' | 'PUT', path: string, body: object) => {
      const answer = await call('mine', method, path, body);
      return answer.body.NeutronError?.type ?? answer.status;
    };
    expect(await outcome('POST', 'ports', { port: { network_id: network.id, security_groups: [theirs.id] } })).toBe('SecurityGroupNotFound');
    expect(await outcome('POST', 'ports', { port: { network_id: network.id, qos_policy_id: policy.id } })).toBe('QosPolicyNotFound');
    expect(await outcome('POST', 'networks', { network: { qos_policy_id: policy.id } })).toBe('QosPolicyNotFound');
    expect(await outcome('PUT', `networks/${network.id}`, { network: { qos_policy_id: 'nothing' } })).toBe('QosPolicyNotFound');
    expect(await outcome('PUT', `networks/${network.id}`, { network: { qos_policy_id: shared.id } })).toBe(200);
    expect(await outcome('PUT', `ports/${guarded.id}`, { port: { security_groups: [theirs.id, own.id], qos_policy_id: shared.id } })).toBe(200);
    expect(await outcome('PUT', `ports/${guarded.id}`, { port: { security_groups: [] } })).toBe(200);
    expect(await outcome('PUT', `ports/${guarded.id}`, { port: { security_groups: [theirs.id] } })).toBe('SecurityGroupNotFound');
  });
});

test('QoS rules take the numbers that Neutron takes', async () => {
  const policy = createQosPolicy(records, { name: 'slow', projectId: 'mine' }).id;
  const put = async (body: object) => (await call('mine', 'POST', `qos/policies/${policy}/bandwidth_limit_rules`, { bandwidth_limit_rule: body })).status;
  for (const body of [{ max_kbps: -1 }, { max_kbps: 2_147_483_648 }, { max_kbps: 5, max_burst_kbps: -1 }]) expect(await put(body)).toBe(400);
  expect(await put({ max_kbps: 0 })).toBe(201);
});

describe('overlapping subnets of two networks', () => {
  const create = async (project: string, fields: object) => {
    const network = (await call(project, 'POST', 'networks', { network: {} })).body.network.id;
    return call(project, 'POST', 'subnets', { subnet: { network_id: network, ip_version: 4, ...fields } });
  };

  test('are refused where this host would route for both, with the way out', async () => {
    expect((await create('theirs', { cidr: '10.0.0.0/24' })).status).toBe(201);
    const refused = await create('mine', { cidr: '10.0.0.0/16' });
    expect([refused.status, refused.body.NeutronError.message]).toEqual([409,
      'The subnet 10.0.0.0/16 overlaps 10.0.0.0/24 of another network, and this host routes for all of them: traffic would go to the wrong one. Choose another range, or give the subnet no gateway.']);
    expect((await create('mine', { cidr: '10.0.1.0/24' })).status).toBe(201);
  });

  test('are fine where one of them has no gateway, until it gets one', async () => {
    const first = (await create('theirs', { cidr: '10.0.0.0/24', gateway_ip: null })).body.subnet;
    expect((await create('mine', { cidr: '10.0.0.0/24' })).status).toBe(201);
    expect((await call('theirs', 'PUT', `subnets/${first.id}`, { subnet: { gateway_ip: '10.0.0.1' } })).status).toBe(409);
    expect((await call('theirs', 'PUT', `subnets/${first.id}`, { subnet: { name: 'still mine' } })).status).toBe(200);
  });
});

describe('pages', () => {
  test('each leads to the next by a link, as gophercloud follows it, with filters and fields kept', async () => {
    for (const name of ['a', 'b', 'c']) createNetwork(records, { projectId: 'mine', name, description: 'wanted' });
    createNetwork(records, { projectId: 'mine', name: 'd' });
    const names: string[] = [];
    let path: string | undefined = 'networks?description=wanted&fields=name&limit=2';
    while (path !== undefined && names.length < 9) {
      const { body } = await call('mine', 'GET', path);
      names.push(...body.networks.map((view: { name: string }) => view.name));
      path = body.networks_links?.[0].href.split('/v2.0/')[1];
    }
    expect(names).toEqual(['a', 'b', 'c']);
    expect((await call('mine', 'GET', 'networks')).body).not.toHaveProperty('networks_links');
  });

  test('after an object that is gone there is none: the list does not begin again', async () => {
    createNetwork(records, { projectId: 'mine' });
    expect((await call('mine', 'GET', 'networks?limit=1&marker=gone')).status).toBe(404);
  });
});

test('several made in one request are made all or not at all', async () => {
  const { network } = net('mine', '10.1.0.0/24');
  const answer = await call('mine', 'POST', 'ports', { ports: [{ network_id: network.id }, { network_id: network.id, fixed_ips: [{ ip_address: '10.9.9.9' }] }] });
  expect([answer.status, answer.body.NeutronError.type]).toEqual([400, 'InvalidIpForNetwork']);
  expect(records.ports.list()).toEqual([]);
  expect((await call('mine', 'POST', 'ports', { ports: [{ network_id: network.id }, { network_id: network.id }] })).body.ports).toHaveLength(2);
});

test('a tag can be asked for by itself', async () => {
  const { network } = net('mine', '10.1.0.0/24');
  await call('mine', 'PUT', `networks/${network.id}/tags/blue`);
  expect((await call('mine', 'GET', `networks/${network.id}/tags/blue`)).status).toBe(204);
  expect((await call('mine', 'GET', `networks/${network.id}/tags/red`)).body.NeutronError.type).toBe('TagNotFound');
});
