import { createHash } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { L4Member, L4Pool, L4Service, L4Vip } from './l4-service.ts';
import { leastConnectionSlots, roundRobinSlots, slotCount, sourceHashSlots } from './selection.ts';
import type { SlotRange } from './selection.ts';

/** What is known at this moment, besides the configuration. */
export interface L4State {
  /** Members that failed their checks. */
  readonly down: ReadonlySet<string>;
  /** Flows by member id, for least connections; from the connection table. */
  readonly activeFlows: ReadonlyMap<string, number>;
  /**
   * The service whose rules the kernel has now, or null when there are none (then everything is built from nothing).
   * Client affinity, flow limits and counters of unchanged objects outlive the change.
   */
  readonly previous: L4Service | null;
}

/**
 * Rules (`nft -f`, one transaction) that do in a kernel without IP_VS what keepalived's file asks for: destination NAT
 * to weighted members, client affinity, flow limits, and masquerade so that members answer through this amphora.
 * A client whose member went down is sent to another one; the caller then drops the old flows (`flowsToForget`).
 */
export function renderNftables(service: L4Service, state: L4State): string {
  const table = tableName(service.listenerId);
  const { pool } = service;
  if (!service.isEnabled || !pool || !pool.isEnabled || service.vips.length === 0) return removeNftables(service.listenerId);
  const shape = shapeOf(service);
  const before = state.previous ? shapeOf(state.previous) : null;
  const lines: string[] = [`table inet ${table}`];
  if (before === null) lines.push(`delete table inet ${table}`, `table inet ${table}`);
  else lines.push(...transition(table, before, shape));
  lines.push(`table inet ${table} {`);
  lines.push(...['received', 'sent', 'flows'].map((name) => `  counter ${name} { }`));
  lines.push(...shape.maps.map(([name, definition]) => `  map ${name} { ${definition} }`));
  lines.push(...shape.sets.map(([name, definition]) => `  set ${name} { ${definition} }`));
  const numbers = memberNumbers(pool);
  for (const member of pool.members) lines.push(...memberChain(service, pool, member, numbers));
  for (const family of [4, 6] as const) lines.push(...selectChain(pool, family, state, numbers));
  lines.push(...hookChains(service), '}');
  return `${lines.join('\n')}\n`;
}

/** Rules that take a listener's table away, whether or not it exists. */
export function removeNftables(listenerId: string): string {
  const table = tableName(listenerId);
  return `table inet ${table}\ndelete table inet ${table}\n`;
}

/** Table of one listener; its counters `received`, `sent` (bytes) and `flows` (packets) feed the heartbeat. */
export function tableName(listenerId: string): string {
  return `octavia_${word(listenerId)}`;
}

interface Shape {
  readonly chains: readonly string[];
  readonly maps: readonly (readonly [string, string])[];
  readonly sets: readonly (readonly [string, string])[];
}

/** Names of all objects; parameters are part of the names, so that an object with new parameters is a new one. */
function shapeOf(service: L4Service): Shape {
  const { pool } = service;
  if (!service.isEnabled || !pool || !pool.isEnabled || service.vips.length === 0) return { chains: [], maps: [], sets: [] };
  const limited = pool.members.filter((member) => member.connectionLimit !== null);
  const affinity = pool.persistence;
  return {
    chains: [...pool.members.map(chainName), 'select4', 'select6', 'prerouting', 'account', 'postrouting'],
    maps: affinity === null ? [] : ([4, 6] as const).map((family) => [
      affinityName(pool, family), `type ipv${family}_addr : mark; size 262144; flags dynamic,timeout; timeout ${affinity.timeoutSeconds}s;`,
    ]),
    sets: limited.map((member) => [limitName(member), 'type inet_proto; size 4; flags dynamic;']),
  };
}

function transition(table: string, before: Shape, after: Shape): string[] {
  const kept = new Set([...after.chains, ...after.maps.map(([name]) => name), ...after.sets.map(([name]) => name)]);
  const stale = (kind: string, names: readonly string[]): string[] =>
    names.filter((name) => !kept.has(name)).map((name) => `delete ${kind} inet ${table} ${name}`);
  return [
    ...before.chains.map((name) => `flush chain inet ${table} ${name}`),
    ...stale('chain', before.chains),
    ...stale('map', before.maps.map(([name]) => name)),
    ...stale('set', before.sets.map(([name]) => name)),
  ];
}

function memberChain(service: L4Service, pool: L4Pool, member: L4Member, numbers: ReadonlyMap<string, number>): string[] {
  const family = familyOf(member.address);
  const protocol = service.protocol.toLowerCase();
  const rules: string[] = [];
  // A full member sends the flow back to the selection; the set keeps its count when rules are replaced.
  if (member.connectionLimit !== null) rules.push(`add @${limitName(member)} { meta l4proto ct count over ${member.connectionLimit} } return`);
  if (pool.persistence) rules.push(`update @${affinityName(pool, family)} { ${clientKey(pool, family)} : ${numbers.get(member.id)} }`);
  const target = family === 4 ? `ip to ${member.address}:${member.port}` : `ip6 to [${member.address}]:${member.port}`;
  rules.push(`counter name flows meta l4proto ${protocol} dnat ${target}`);
  return chain(chainName(member), rules);
}

function selectChain(pool: L4Pool, family: 4 | 6, state: L4State, numbers: ReadonlyMap<string, number>): string[] {
  const members = pool.members.filter((member) => familyOf(member.address) === family && !state.down.has(member.id));
  const rules: string[] = [];
  if (pool.persistence && members.length > 0) {
    rules.push(`meta mark set ${clientKey(pool, family)} map @${affinityName(pool, family)}`);
    // Members with weight 0 keep the clients they have; those that are down are not named, so that a new one is found.
    rules.push(`meta mark vmap { ${members.map((member) => `${numbers.get(member.id)} : jump ${chainName(member)}`).join(', ')} }`);
  }
  // `update` refreshes an entry but never changes its member: the one that led nowhere has to go first.
  if (pool.persistence) rules.push(`delete @${affinityName(pool, family)} { ${clientKey(pool, family)} : 0 }`);
  const slots = slotsOf(pool, members, state);
  if (slots.length > 0) {
    const table = slots.map((slot) => `${slot.first === slot.last ? slot.first : `${slot.first}-${slot.last}`} : jump ${chainNameOf(slot.id)}`).join(', ');
    const source = family === 4 ? 'ip saddr' : 'ip6 saddr';
    const number = pool.algorithm === 'sh' ? `jhash ${source} mod ${slotCount(slots)} seed 0x6f637461` : `numgen inc mod ${slotCount(slots)}`;
    rules.push(`${number} vmap { ${table} }`);
    // Reached only when the chosen member is full: the others in turn.
    rules.push(...members.filter((member) => member.weight > 0 && pool.members.some((other) => other.connectionLimit !== null)).map((member) => `jump ${chainName(member)}`));
  }
  // As IPVS without a member: "port unreachable". An answer also keeps the flow out of the connection table.
  rules.push('reject');
  return chain(`select${family}`, rules);
}

function slotsOf(pool: L4Pool, members: readonly L4Member[], state: L4State): readonly SlotRange[] {
  switch (pool.algorithm) {
    case 'wrr': return roundRobinSlots(members);
    case 'lc': return leastConnectionSlots(members, state.activeFlows);
    case 'sh': return sourceHashSlots(members);
    default: return pool.algorithm satisfies never;
  }
}

function hookChains(service: L4Service): string[] {
  const protocol = service.protocol.toLowerCase();
  const arriving = service.vips.map((vip) => `${destination(vip)} ${protocol} dport ${vip.port} jump select${familyOf(vip.address)}`);
  const originals = service.vips.map((vip) => `meta l4proto ${protocol} ct original ${destination(vip)} ct original proto-dst ${vip.port}`);
  return [
    ...chain('prerouting', ['type nat hook prerouting priority dstnat; policy accept;', ...arriving]),
    ...chain('account', [
      'type filter hook forward priority filter; policy accept;',
      ...originals.flatMap((match) => [`${match} ct direction original counter name received`, `${match} ct direction reply counter name sent`]),
    ]),
    ...chain('postrouting', ['type nat hook postrouting priority srcnat; policy accept;', ...originals.map((match) => `${match} masquerade`)]),
  ];
}

function chain(name: string, rules: readonly string[]): string[] {
  return [`  chain ${name} {`, ...rules.map((rule) => `    ${rule}`), '  }'];
}

/** Numbers that stand for members in the affinity maps: from the id, so that they mean the same after each change. */
function memberNumbers(pool: L4Pool): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  const taken = new Set<number>();
  for (const id of pool.members.map((member) => member.id).toSorted()) {
    let number = 1 + (createHash('sha1').update(id).digest().readUInt32BE(0) % 0xffff_fffe);
    while (taken.has(number)) number += 1;
    taken.add(number);
    numbers.set(id, number);
  }
  return numbers;
}

function clientKey(pool: L4Pool, family: 4 | 6): string {
  const prefix = family === 4 ? pool.persistence?.prefix4 ?? 32 : pool.persistence?.prefix6 ?? 128;
  if (family === 4) return prefix === 32 ? 'ip saddr' : `ip saddr & ${mask(prefix, 8, 4, 10, '.')}`;
  return prefix === 128 ? 'ip6 saddr' : `ip6 saddr & ${mask(prefix, 16, 8, 16, ':')}`;
}

function mask(prefix: number, groupBits: number, groups: number, radix: number, separator: string): string {
  const bits = '1'.repeat(prefix).padEnd(groupBits * groups, '0');
  return Array.from({ length: groups }, (_, group) => Number.parseInt(bits.slice(group * groupBits, (group + 1) * groupBits), 2).toString(radix)).join(separator);
}

function affinityName(pool: L4Pool, family: 4 | 6): string {
  const { timeoutSeconds = 0, prefix4 = 32, prefix6 = 128 } = pool.persistence ?? {};
  return `affinity${family}_${timeoutSeconds}_${family === 4 ? prefix4 : prefix6}`;
}

function limitName(member: L4Member): string {
  return `limit_${word(member.id)}_${member.connectionLimit}`;
}

function chainName(member: L4Member): string {
  return chainNameOf(member.id);
}

function chainNameOf(memberId: string): string {
  return `member_${word(memberId)}`;
}

/** Ids are UUIDs by the time they come from a parsed file; anything else is flattened rather than trusted. */
function word(id: string): string {
  return id.replace(/[^A-Za-z0-9]/g, '_');
}

function destination(vip: L4Vip): string {
  return `${isIPv4(vip.address) ? 'ip' : 'ip6'} daddr ${vip.address}`;
}

function familyOf(address: string): 4 | 6 {
  return isIPv4(address) ? 4 : 6;
}
