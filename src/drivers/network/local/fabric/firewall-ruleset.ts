import type { Direction, Ethertype, SecurityGroupRule } from '../network-records.ts';
import { protocolNumber } from '../protocols.ts';

/** One plugged port with the rules that hold for it. */
export interface GuardedPort {
  readonly portId: string;
  readonly interfaceGroup: number;
  readonly rules: readonly SecurityGroupRule[];
  /** Addresses behind each remote group that the rules name. */
  readonly addressesOfGroup: ReadonlyMap<string, readonly string[]>;
}

const TABLE = 'inet octavia_sg';

/** TCP ends in haproxy: tracking it costs a load balancer much and gives it nothing. */
const UNTRACKED = [
  '  chain untracked_in { type filter hook prerouting priority raw; policy accept; meta l4proto tcp notrack; }',
  '  chain untracked_out { type filter hook output priority raw; policy accept; meta l4proto tcp notrack; }',
];

/** nft script for a namespace whose ports somebody else filters; fails with "File exists" where it was loaded. */
export const UNTRACKED_TCP = ['create table inet octavia_untracked', 'table inet octavia_untracked {', ...UNTRACKED, '}', ''].join('\n');

/**
 * nft script for the namespace's security-group table. TCP is stateless: packets that do not open a connection
 * pass and connection tracking is switched off for it, which costs a load balancer nothing; everything else is tracked.
 * Rules hang on prerouting, after tracking and before address translation, so that balanced UDP is judged by the port it came to.
 * `fresh` fails where the table exists; replacing a table waits for the kernel's grace period, which costs three times as much.
 */
export function renderFirewall(ports: readonly GuardedPort[], mode: 'fresh' | 'replace'): string {
  const head = mode === 'fresh' ? [`create table ${TABLE}`] : [`table ${TABLE}`, `delete table ${TABLE}`];
  if (ports.length === 0) return mode === 'fresh' ? '' : `${head.join('\n')}\n`;
  const egress = ports.filter((port) => !allowsAllEgress(port.rules));
  return `${[
    ...head,
    `table ${TABLE} {`,
    ...UNTRACKED,
    ...ports.flatMap((port) => portChain(port, 'ingress')),
    ...egress.flatMap((port) => portChain(port, 'egress')),
    ...dispatchChain('ingress', ports),
    ...(egress.length > 0 ? dispatchChain('egress', egress) : []),
    '}',
  ].join('\n')}\n`;
}

function dispatchChain(direction: Direction, ports: readonly GuardedPort[]): readonly string[] {
  const [hook, key] = direction === 'ingress' ? ['prerouting', 'iifgroup'] : ['postrouting', 'oifgroup'];
  const targets = ports.map((port) => `${port.interfaceGroup} : goto ${chainName(port, direction)}`).join(', ');
  return [`  chain ${direction} {`, `    type filter hook ${hook} priority mangle; policy accept;`, `    ${key} vmap { ${targets} }`, '  }'];
}

function portChain(port: GuardedPort, direction: Direction): readonly string[] {
  return [
    `  chain ${chainName(port, direction)} {`,
    '    tcp flags & (syn | ack) != syn accept',
    '    ct state established,related accept',
    // Untracked TCP has no "related" errors: path MTU discovery needs these.
    '    icmp type { destination-unreachable, time-exceeded, parameter-problem } accept',
    '    icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem, nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report } accept',
    ...renderRules(port, direction).map((line) => `    ${line}`),
    '    drop',
    '  }',
  ];
}

/** Rules that differ in nothing but their ports become one set look-up. */
function renderRules(port: GuardedPort, direction: Direction): readonly string[] {
  const portsByMatch = new Map<string, Set<string>>();
  const lines = new Set<string>();
  for (const rule of port.rules) {
    if (rule.direction !== direction) continue;
    const remote = remoteMatch(rule, direction, port.addressesOfGroup);
    if (remote === null) continue;
    const protocol = protocolNumber(rule.protocol, rule.ethertype);
    if (protocol === undefined) continue;
    const family = `meta nfproto ${rule.ethertype === 'IPv4' ? 'ipv4' : 'ipv6'}`;
    const ported = portMatch(rule, protocol);
    if (ported.kind === 'range') {
      const match = `${family} ${remote}${remote && ' '}meta l4proto ${protocol} th dport`;
      portsByMatch.set(match, (portsByMatch.get(match) ?? new Set()).add(ported.text));
    } else {
      lines.add([family, remote, ported.text, 'accept'].filter(Boolean).join(' '));
    }
  }
  return [...[...portsByMatch].map(([match, ports]) => `${match} { ${mergeRanges(ports).join(', ')} } accept`), ...lines];
}

function portMatch(rule: SecurityGroupRule, protocol: number | null): { kind: 'range' | 'plain'; text: string } {
  if (protocol === null) return { kind: 'plain', text: '' };
  const { portRangeMin: min, portRangeMax: max } = rule;
  if (min === null) return { kind: 'plain', text: `meta l4proto ${protocol}` };
  if (protocol === 1 || protocol === 58) {
    const name = protocol === 1 ? 'icmp' : 'icmpv6';
    return { kind: 'plain', text: `${name} type ${min}${max === null ? '' : ` ${name} code ${max}`}` };
  }
  return { kind: 'range', text: `${min}-${max ?? min}` };
}

/** '' for anyone; null when the remote group has no member of this family. */
function remoteMatch(rule: SecurityGroupRule, direction: Direction, addressesOfGroup: GuardedPort['addressesOfGroup']): string | null {
  const side = `${rule.ethertype === 'IPv4' ? 'ip' : 'ip6'} ${direction === 'ingress' ? 'saddr' : 'daddr'}`;
  if (rule.remoteIpPrefix !== null) return rule.remoteIpPrefix.endsWith('/0') ? '' : `${side} ${rule.remoteIpPrefix}`;
  if (rule.remoteGroupId === null) return '';
  const addresses = (addressesOfGroup.get(rule.remoteGroupId) ?? []).filter((address) => isOfFamily(address, rule.ethertype));
  return addresses.length === 0 ? null : `${side} { ${[...new Set(addresses)].join(', ')} }`;
}

/** nft refuses overlapping ranges in one set. */
function mergeRanges(ranges: ReadonlySet<string>): readonly string[] {
  const sorted = [...ranges].map((text) => text.split('-').map(Number)).map(([first = 0, last = 0]) => ({ first, last })).sort((a, b) => a.first - b.first);
  const merged: { first: number; last: number }[] = [];
  for (const range of sorted) {
    const before = merged.at(-1);
    if (before && range.first <= before.last + 1) before.last = Math.max(before.last, range.last);
    else merged.push(range);
  }
  return merged.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`));
}

function allowsAllEgress(rules: readonly SecurityGroupRule[]): boolean {
  const isOpen = (ethertype: Ethertype) => rules.some((rule) =>
    rule.direction === 'egress' && rule.ethertype === ethertype && protocolNumber(rule.protocol, ethertype) === null
    && rule.remoteGroupId === null && (rule.remoteIpPrefix === null || rule.remoteIpPrefix.endsWith('/0')));
  return isOpen('IPv4') && isOpen('IPv6');
}

function isOfFamily(address: string, ethertype: Ethertype): boolean {
  return address.includes(':') === (ethertype === 'IPv6');
}

function chainName(port: GuardedPort, direction: Direction): string {
  return `${direction}_${port.portId.replaceAll('-', '')}`;
}
