import { afterEach, expect, it } from 'vitest';
import type { Amphora, LoadBalancerGraph } from '../../../model/graph.ts';
import { startScriptedCloud, type ScriptedCloud } from '../../../openstack/testing/scripted-cloud.ts';
import { createNeutronDriver } from './neutron-driver.ts';
import { createFakeNeutron } from './testing/fake-neutron.ts';

const LB = 'aaaaaaaa-0000-4000-8000-000000000001';
const AMPHORA = 'bbbbbbbb-0000-4000-8000-000000000001';
let scripted: ScriptedCloud | undefined;
afterEach(async () => { await scripted?.stop(); scripted = undefined; });

/** Two workers, each with a memory of its own. */
async function workers() {
  const fake = createFakeNeutron();
  scripted = await startScriptedCloud(fake.script);
  const neutron = scripted.cloud.service('neutron');
  const worker = () => createNeutronDriver({ neutron, bootNetworkIds: ['mgmt'] });
  const port = (id: string) => fake.add('ports', { id, network_id: 'net', fixed_ips: [], security_groups: [], allowed_address_pairs: [], qos_policy_id: null });
  return { one: worker(), other: worker(), fake, vip: port('vip'), vrrp: port('vrrp'), calls: scripted.calls };
}

function graph(securityGroupIds: readonly string[]): LoadBalancerGraph {
  return {
    id: LB, projectId: 'demo', name: null, enabled: true, provisioningStatus: 'PENDING_UPDATE', operatingStatus: 'ONLINE', topology: 'SINGLE', provider: 'amphora',
    flavorId: null, flavor: {}, availabilityZoneName: null, availabilityZone: {}, serverGroupId: null, additionalVips: [], vrrpGroup: null, listeners: [], pools: [],
    amphorae: [{ id: AMPHORA, vrrpPortId: 'vrrp' } as Amphora],
    vip: { ipAddress: '10.0.0.11', portId: 'vip', subnetId: 'sub4', networkId: 'net', qosPolicyId: null, octaviaOwned: true, vnicType: 'normal', securityGroupIds },
  };
}

it('a policy that another worker has changed meanwhile is written again', async () => {
  const { one, other, vrrp } = await workers();
  await one.applyQos('vrrp', 'gold');
  await other.applyQos('vrrp', 'bronze');
  one.forget?.(graph([]));
  await one.applyQos('vrrp', 'gold');
  expect(vrrp['qos_policy_id']).toBe('gold');
});

it('so are security groups, and who was alone asks no more than before', async () => {
  const { one, other, vip, vrrp, fake, calls } = await workers();
  const both = () => [vip, vrrp].map((port) => port['security_groups']);
  await one.ensureSecurityGroup(graph(['users']));
  const [ours] = fake.rows['security-groups'];
  await other.ensureSecurityGroup(graph([]));
  expect(both()).toEqual([[ours?.id], [ours?.id]]);
  one.forget?.(graph(['users']));
  await one.ensureSecurityGroup(graph(['users']));
  expect(both()).toEqual([['users', ours?.id], ['users', ours?.id]]);
  calls.length = 0;
  await one.ensureSecurityGroup(graph(['users']));
  expect(calls).toEqual([`GET /neutron/v2.0/security-groups?name=lb-${LB}`]);
});
