import { expect, test } from 'vitest';
import { sampleGraph } from '../../amphora/haproxy/testdata/sample-graph.ts';
import { interfaceRules } from './interface-rules.ts';

const LISTENERS = [
  { protocolPort: 80 }, { protocol: 'UDP', protocolPort: 53, allowedCidrs: ['192.0.2.0/24', '2001:db8::/32'] }, { protocol: 'TERMINATED_HTTPS', protocolPort: 443, provisioningStatus: 'PENDING_CREATE' },
  { protocolPort: 81, provisioningStatus: 'PENDING_DELETE' },
] as const;
const OPEN = [
  { protocol: 'TCP', cidr: null, port: 80 }, { protocol: 'UDP', cidr: '192.0.2.0/24', port: 53 }, { protocol: 'UDP', cidr: '2001:db8::/32', port: 53 }, { protocol: 'TCP', cidr: null, port: 443 },
];

test('alone an amphora lets in what its listeners are for', () => {
  const graph = sampleGraph({ listeners: LISTENERS });
  expect(interfaceRules(graph, graph.amphorae[0]!.id)).toEqual(OPEN);
});

test('of a pair it also lets in the VRRP and the stick tables of the other one', () => {
  const graph = { ...sampleGraph({ listeners: LISTENERS, amphorae: [{}, { vrrpIp: 'fd00::2' }] }), topology: 'ACTIVE_STANDBY' as const };
  const [first, second] = graph.amphorae;
  const admitting = (cidr: string) => [{ protocol: 'VRRP', cidr, port: 112 }, { protocol: 'TCP', cidr, port: 1025 }];
  expect(interfaceRules(graph, first!.id)).toEqual([...OPEN, ...admitting('fd00::2/128')]);
  expect(interfaceRules(graph, second!.id)).toEqual([...OPEN, ...admitting('10.0.0.11/32')]);
});
