import { expect, test } from 'vitest';
import { InvalidInterfaceRules, parseInterfaceRules, renderRules } from './sriov-rules.ts';

test('each rule lets one thing in, everything else is dropped', () => {
  const text = renderRules('eth1', parseInterfaceRules([
    { protocol: 'TCP', cidr: null, port: 80 }, { protocol: 'UDP', cidr: '192.0.2.0/24', port: 53 }, { protocol: 'SCTP', cidr: '2001:db8::/32', port: 9 },
    { protocol: 'VRRP', cidr: '10.0.0.6/32', port: 112 }, { protocol: 'TCP', cidr: '0.0.0.0/0', port: 443 },
  ]));
  expect(text).toContain('policy drop;');
  expect(text).toContain('iifname eth1 goto amphora_vip_chain');
  const chain = text.slice(text.indexOf('chain amphora_vip_chain')).split('\n').slice(1, 6).map((line) => line.trim());
  expect(chain).toEqual([
    'tcp dport 80 accept', 'ip saddr 192.0.2.0/24 udp dport 53 accept', 'ip6 saddr 2001:db8::/32 sctp dport 9 accept',
    'ip saddr 10.0.0.6/32 meta l4proto 112 accept', 'tcp dport 443 accept',
  ]);
});

test('before the rules arrive only ICMP and DHCP pass', () => {
  const text = renderRules('eth1', null);
  expect(text).toContain('policy drop;');
  expect(text.match(/accept$/gm)).toHaveLength(4);
  expect(text).not.toContain('established');
});

const RULE = { protocol: 'TCP', cidr: null, port: 80 };
test.each([
  ['no list', RULE], ['an unknown protocol', [{ ...RULE, protocol: 'ICMP' }]], ['no port', [{ protocol: 'TCP', cidr: null }]], ['port 0', [{ ...RULE, port: 0 }]],
  ['a port too high', [{ ...RULE, port: 65_536 }]], ['text for a port', [{ ...RULE, port: '80' }]], ['one member too many', [{ ...RULE, extra: 1 }]],
  ['something else than a network', [{ ...RULE, cidr: '10.0.0.0/8; drop' }]], ['a number for a network', [{ ...RULE, cidr: 7 }]],
])('%s is refused', (_name, body) => {
  expect(() => parseInterfaceRules(body)).toThrow(InvalidInterfaceRules);
});
