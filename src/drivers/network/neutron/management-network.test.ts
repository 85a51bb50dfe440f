import { afterEach, expect, it } from 'vitest';
import type { Amphora, LoadBalancerGraph } from '../../../model/graph.ts';
import { startScriptedCloud, type ScriptedCloud } from '../../../openstack/testing/scripted-cloud.ts';
import { createNeutronDriver } from './neutron-driver.ts';
import { createFakeNeutron } from './testing/fake-neutron.ts';

const AMPHORA = 'bbbbbbbb-0000-4000-8000-000000000001';
let scripted: ScriptedCloud | undefined;
afterEach(async () => { await scripted?.stop(); scripted = undefined; });

const LOAD_BALANCER = {
  id: 'aaaaaaaa-0000-4000-8000-000000000001', vip: { ipAddress: '10.0.0.11', portId: null, subnetId: 'sub', networkId: 'mgmt', qosPolicyId: null, vnicType: 'normal', securityGroupIds: [] },
  additionalVips: [], amphorae: [{ id: AMPHORA, computeId: 'server', lbNetworkIp: '10.0.0.5', vrrpPortId: null } as Amphora],
} as unknown as LoadBalancerGraph;

/** A server with its management port; more of them are Nova's answers to wishes for further interfaces. */
async function world(bootNetworkIds: readonly string[]) {
  const fake = createFakeNeutron();
  fake.add('networks', { id: 'mgmt' });
  fake.add('subnets', { id: 'sub', network_id: 'mgmt', cidr: '10.0.0.0/24', ip_version: 4 });
  scripted = await startScriptedCloud(fake.script);
  const nova = (address: string) => fake.add('ports', {
    name: '', network_id: 'mgmt', device_id: 'server', device_owner: 'compute:nova', security_groups: [], allowed_address_pairs: [], fixed_ips: [{ subnet_id: 'sub', ip_address: address }],
  });
  const management = nova('10.0.0.5');
  const attachNetwork = async () => ({ portId: nova('10.0.0.6').id, macAddress: 'fa:16:3e:00:00:06', fixedIps: [{ subnetId: 'sub', ipAddress: '10.0.0.6' }] });
  const neutron = scripted.cloud.service('neutron');
  return { fake, management, fresh: () => createNeutronDriver({ neutron, bootNetworkIds, attachNetwork }) };
}

it.each([['of all amphorae', ['mgmt']], ['of a zone', ['elsewhere']]])('members on the management network %s are reached through one port beside the management port', async (_whose, bootNetworkIds) => {
  const { fake, management, fresh } = await world(bootNetworkIds);
  const { port } = await fresh().ensureMemberPort(LOAD_BALANCER, AMPHORA, 'mgmt', ['sub'], 'normal');
  expect(port.id).not.toBe(management.id);
  expect((await fresh().ensureMemberPort(LOAD_BALANCER, AMPHORA, 'mgmt', ['sub'], 'normal')).port.id).toBe(port.id);
  expect(fake.rows.ports).toHaveLength(2);
});

it('a port that was made for an amphora on the management network is found by its name, for its row may lack it', async () => {
  const { fresh } = await world(['mgmt']);
  const { port } = await fresh().ensureVrrpPort(LOAD_BALANCER, AMPHORA, true);
  expect((await fresh().listAmphoraPorts(AMPHORA, 'ours')).map(({ id }) => id)).toEqual([port.id]);
});
