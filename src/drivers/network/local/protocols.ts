import type { Ethertype } from './network-records.ts';

/** IP protocol numbers by the names Neutron takes. */
const NUMBERS: Readonly<Record<string, number>> = {
  ah: 51, dccp: 33, egp: 8, esp: 50, gre: 47, icmp: 1, icmpv6: 58, igmp: 2, ipip: 4, 'ipv6-encap': 41, 'ipv6-frag': 44, 'ipv6-icmp': 58,
  'ipv6-nonxt': 59, 'ipv6-opts': 60, 'ipv6-route': 43, ospf: 89, pgm: 113, rsvp: 46, sctp: 132, tcp: 6, udp: 17, udplite: 136, vrrp: 112,
};

/** Number of a rule's protocol; null for any, undefined for a name nobody knows. `icmp` in an IPv6 rule is ICMPv6, as in Neutron. */
export function protocolNumber(protocol: string | null, ethertype: Ethertype): number | null | undefined {
  if (protocol === null || protocol === '' || protocol.toLowerCase() === 'any') return null;
  const number = /^\d{1,3}$/.test(protocol) ? Number(protocol) : NUMBERS[protocol.toLowerCase()];
  if (number === undefined || number > 255) return undefined;
  return number === 1 && ethertype === 'IPv6' ? 58 : number;
}
