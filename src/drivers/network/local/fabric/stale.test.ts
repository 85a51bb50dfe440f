import { beforeEach, expect, test } from 'vitest';
import { openRecordStore } from '../../../../lib/records/record-store.ts';
import { openNetworkRecords, type NetworkRecords } from '../network-records.ts';
import { createNetwork, updateNetwork } from '../networks.ts';
import { createPort, updatePort } from '../ports.ts';
import { createQosPolicy, createQosRule } from '../qos-policies.ts';
import { staleAfter } from './stale.ts';

let records: NetworkRecords;
let shapers: string[];
beforeEach(() => {
  records = openNetworkRecords(openRecordStore(':memory:'));
  shapers = [];
  records.store.onCommit((changes) => void shapers.push(...staleAfter(records, changes).shapers));
});

/** A port in a namespace, with a policy of its own or its network's. */
function plugged(networkId: string, qosPolicyId: string | null = null): string {
  const port = createPort(records, { networkId, projectId: 'p', qosPolicyId });
  records.store.transaction(() => records.ports.put({ ...port, pluggedInto: 'octavia-x' }));
  return port.id;
}

test('a network\'s policy holds for its ports without one, when it is set, when its rules change and when it is taken off', () => {
  const network = createNetwork(records, { projectId: 'p' });
  const [policy, other] = [createQosPolicy(records, { name: 'network', projectId: 'p' }).id, createQosPolicy(records, { name: 'port', projectId: 'p' }).id];
  const follower = plugged(network.id);
  plugged(network.id, other);
  plugged(createNetwork(records, { projectId: 'p' }).id);
  const changes = [
    () => updateNetwork(records, network.id, { qosPolicyId: policy }),
    () => createQosRule(records, policy, { kind: 'bandwidth_limit', direction: 'egress', maxKbps: 1000, maxBurstKbps: 0 }),
    () => updateNetwork(records, network.id, { qosPolicyId: null }),
  ];
  for (const change of changes) {
    shapers = [];
    change();
    expect(shapers).toEqual([follower]);
  }
  shapers = [];
  updateNetwork(records, network.id, { name: 'renamed' });
  expect(shapers).toEqual([]);
});

test('a port\'s own policy holds whatever its network has', () => {
  const network = createNetwork(records, { projectId: 'p' });
  const policy = createQosPolicy(records, { name: 'port', projectId: 'p' }).id;
  const port = plugged(network.id);
  updatePort(records, port, { qosPolicyId: policy });
  createQosRule(records, policy, { kind: 'bandwidth_limit', direction: 'egress', maxKbps: 1000, maxBurstKbps: 0 });
  expect(shapers).toEqual([port, port]);
});
