import { expect, test } from 'vitest';
import { createNoopNetworkDriver } from './noop.ts';

const LB = '5d42e645-9e7f-416e-8458-3f032b09ea57';
const NETWORK = '0c0b44ad-6ed7-45de-8cd2-98667dd32699';
const request = { loadBalancerId: LB, projectId: 'p', networkId: NETWORK, subnetId: null, ipAddress: null, portId: null, qosPolicyId: null, securityGroupIds: [], additional: [] };

test('a network and its subnet lead to each other, in every process', async () => {
  const [one, other] = [createNoopNetworkDriver(), createNoopNetworkDriver()];
  const [subnetId] = (await one.getNetwork(NETWORK)).subnetIds;
  expect((await other.getSubnet(subnetId!)).networkId).toBe(NETWORK);
  expect(await other.allocateVip(request)).toEqual(await one.allocateVip(request));
});

test('a VIP gets the original\'s address and a port of its own that the driver then knows', async () => {
  const driver = createNoopNetworkDriver();
  const vip = await driver.allocateVip(request);
  expect(vip).toMatchObject({ ipAddress: '198.51.100.1', networkId: NETWORK, octaviaOwned: true });
  expect(await driver.getPort(vip.portId)).toMatchObject({ name: `octavia-lb-${LB}`, deviceId: `lb-${LB}`, networkId: NETWORK });
});

test('a user\'s own port is adopted, never owned', async () => {
  const vip = await createNoopNetworkDriver().allocateVip({ ...request, portId: 'e59932ba-0b8b-4c68-98cb-c4bc89f2a208' });
  expect(vip).toMatchObject({ portId: 'e59932ba-0b8b-4c68-98cb-c4bc89f2a208', octaviaOwned: false });
});
