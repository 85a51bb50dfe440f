import { expect, it } from 'vitest';
import { loadBalancerDict } from '../../providers/provider-models.ts';
import { loadGraph } from '../../store/load-balancer-graph.ts';
import { describeStores } from '../../store/testing/describe-stores.ts';
import { ADMIN, NETWORK, startTestApi, SUBNET, type TestApi } from '../testing/test-api.ts';

const QOS = '1f0b1b33-5a53-4c4b-9d4e-7d0d6d7c1a01';
const GROUP = '2f0b1b33-5a53-4c4b-9d4e-7d0d6d7c1a02';
const OTHER_SUBNET = 'd4af86e1-0051-488c-b7a0-527f97490c9b';

const BODIES: readonly [string, Record<string, unknown>][] = [
  ['nothing but a VIP', { vip_subnet_id: SUBNET }],
  ['texts', { name: 'Bücher 漢字 \' " \\ ; --', description: '', vip_subnet_id: SUBNET }],
  ['nulls', { name: null, description: null, admin_state_up: null, flavor_id: null, availability_zone: null, vip_subnet_id: SUBNET }],
  ['out of service, with an address', { admin_state_up: false, vip_address: '198.51.100.77', vip_network_id: NETWORK, vip_subnet_id: null }],
  ['a QoS policy', { vip_network_id: NETWORK, vip_qos_policy_id: QOS }],
  ['the old name of the provider', { provider: 'octavia', vip_subnet_id: SUBNET }],
  ['the no-op provider', { provider: 'noop_driver', vip_subnet_id: SUBNET }],
  ['flavor and zone', { flavor_id: 'FLAVOR', availability_zone: 'zone', vip_subnet_id: SUBNET }],
  ['tags', { tags: ['b', 'a', 'b'], vip_subnet_id: SUBNET }],
  ['security groups', { vip_sg_ids: [GROUP], vip_subnet_id: SUBNET }],
  ['another VIP', { vip_network_id: NETWORK, vip_subnet_id: undefined, additional_vips: [{ subnet_id: OTHER_SUBNET }] }],
  ['a pool', { vip_subnet_id: SUBNET, pools: [{ name: 'p', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' }] }],
];

describeStores((store) => {
  it.each(BODIES)('the answer and the cast of a create say what was written: %s', async (_name, body) => {
    const api = await startTestApi({
      store: store(),
      network: {
        getSubnet: async (id) => ({ id, name: id, networkId: NETWORK, projectId: null, ipVersion: 4, cidr: '198.51.100.0/24', gatewayIp: null, hostRoutes: [] }),
      },
    });
    const flavor = body['flavor_id'] === 'FLAVOR' ? { flavor_id: await makeFlavor(api) } : {};
    if (body['availability_zone']) await makeZone(api);
    const answer = await api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { ...body, ...flavor } });
    expect(answer.text).toContain('"loadbalancer"');
    const created = answer.json.loadbalancer;
    const read = (await api.call('GET', `/v2/lbaas/loadbalancers/${created.id}`)).json.loadbalancer;
    const children = { listeners: [], pools: created.pools.map(({ id }: { id: string }) => ({ id })) };
    expect(Object.keys(created)).toEqual(Object.keys(read));
    expect({ ...created, ...children }).toEqual({ ...read, listeners: [] });
    const graph = await loadGraph(store().read, created.id);
    const [cast] = api.casts;
    if (created.provider === 'noop_driver') expect(cast).toBeUndefined();
    else {
      const written = graph && loadBalancerDict(graph, { forCreate: true });
      const { flavor: _flavor, availability_zone: _zone, ...sent } = (cast?.args['loadbalancer'] ?? {}) as Record<string, unknown>;
      expect(written).toMatchObject(sent);
      expect(cast?.args).toMatchObject({ flavor: graph?.flavor, availability_zone: graph?.availabilityZone });
    }
    await api.close();
  });
});

async function makeFlavor(api: TestApi): Promise<string> {
  const profile = await api.call('POST', '/v2/lbaas/flavorprofiles', { flavorprofile: { name: 'p', provider_name: 'amphora', flavor_data: '{"loadbalancer_topology": "ACTIVE_STANDBY"}' } }, ADMIN);
  const flavor = await api.call('POST', '/v2/lbaas/flavors', { flavor: { name: `f-${profile.json.flavorprofile.id}`, flavor_profile_id: profile.json.flavorprofile.id } }, ADMIN);
  return flavor.json.flavor.id;
}

async function makeZone(api: TestApi): Promise<void> {
  const body = { name: 'p', provider_name: 'amphora', availability_zone_data: '{"compute_zone": "nova"}' };
  const profile = await api.call('POST', '/v2/lbaas/availabilityzoneprofiles', { availability_zone_profile: body }, ADMIN);
  await api.call('POST', '/v2/lbaas/availabilityzones', { availability_zone: { name: 'zone', availability_zone_profile_id: profile.json.availability_zone_profile.id } }, ADMIN);
}
