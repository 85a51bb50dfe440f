import { expect, test } from 'vitest';
import type { SecurityGroupRule } from '../network-records.ts';
import { renderFirewall } from './firewall-ruleset.ts';

const PORT = '8d4a0000-0000-4000-8000-000000000001';

function rule(fields: Partial<SecurityGroupRule>): SecurityGroupRule {
  return {
    id: 'r', securityGroupId: 'g', projectId: null, direction: 'ingress', ethertype: 'IPv4', protocol: null, portRangeMin: null, portRangeMax: null,
    remoteIpPrefix: null, remoteGroupId: null, description: '', createdAt: '', ...fields,
  };
}

function ingressRules(rules: readonly SecurityGroupRule[], addressesOfGroup = new Map<string, readonly string[]>()): readonly string[] {
  const open = [rule({ direction: 'egress' }), rule({ direction: 'egress', ethertype: 'IPv6' })];
  const text = renderFirewall([{ portId: PORT, interfaceGroup: 7, rules: [...open, ...rules], addressesOfGroup }], 'fresh');
  return text.split('\n').map((line) => line.trim()).filter((line) => line.startsWith('meta nfproto'));
}

test.each<[string, readonly SecurityGroupRule[], readonly string[]]>([
  ['nothing', [], []],
  ['ports of one protocol become one set, overlaps merged', [
    rule({ protocol: 'tcp', portRangeMin: 443, portRangeMax: 443 }), rule({ protocol: '6', portRangeMin: 80, portRangeMax: 90 }), rule({ protocol: 'tcp', portRangeMin: 85, portRangeMax: 91 }),
  ], ['meta nfproto ipv4 meta l4proto 6 th dport { 80-91, 443 } accept']],
  ['remote prefixes', [rule({ protocol: 'udp', portRangeMin: 53, portRangeMax: 53, remoteIpPrefix: '10.0.0.0/8' })], ['meta nfproto ipv4 ip saddr 10.0.0.0/8 meta l4proto 17 th dport { 53 } accept']],
  ['everyone', [rule({ ethertype: 'IPv6', remoteIpPrefix: '::/0' })], ['meta nfproto ipv6 accept']],
  ['VRRP', [rule({ protocol: '112' })], ['meta nfproto ipv4 meta l4proto 112 accept']],
  ['ICMP type and code', [rule({ protocol: 'icmp', portRangeMin: 8, portRangeMax: 0 })], ['meta nfproto ipv4 icmp type 8 icmp code 0 accept']],
  ['a group without members admits nobody', [rule({ remoteGroupId: 'empty' })], []],
  ['a group of one family', [rule({ remoteGroupId: 'friends' }), rule({ ethertype: 'IPv6', remoteGroupId: 'friends' })], ['meta nfproto ipv4 ip saddr { 10.0.0.5, 10.0.0.6 } accept']],
])('%s', (_what, rules, expected) => {
  expect(ingressRules(rules, new Map([['friends', ['10.0.0.5', '10.0.0.6', '10.0.0.5']]]))).toEqual(expected);
});

test('an open egress costs no rule, a limited one gets a chain', () => {
  const render = (rules: readonly SecurityGroupRule[]) => renderFirewall([{ portId: PORT, interfaceGroup: 7, rules, addressesOfGroup: new Map() }], 'replace');
  expect(render([rule({ direction: 'egress' }), rule({ direction: 'egress', ethertype: 'IPv6' })])).not.toContain('oifgroup');
  expect(render([rule({ direction: 'egress', protocol: 'tcp' })])).toContain('oifgroup vmap { 7 : goto egress_8d4a0000000040008000000000000001 }');
});

test('with no port left the table is removed', () => {
  expect(renderFirewall([], 'replace')).toBe('table inet octavia_sg\ndelete table inet octavia_sg\n');
});
