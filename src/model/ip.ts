import { isIPv4, isIPv6 } from 'node:net';

export interface IpAddress {
  readonly version: 4 | 6;
  readonly value: bigint;
}

export interface Cidr {
  readonly version: 4 | 6;
  /** Network address: host bits are zero. */
  readonly network: bigint;
  readonly prefixLength: number;
}

/** Null for anything but a plain IPv4 or IPv6 address (no zone, no prefix). */
export function parseIp(text: string): IpAddress | null {
  if (isIPv4(text)) return { version: 4, value: ipv4Value(text) };
  if (isIPv6(text) && !text.includes('%')) return { version: 6, value: ipv6Value(text) };
  return null;
}

/** Shortest usual spelling: dotted quad, or RFC 5952 lower case. */
export function formatIp(address: IpAddress): string {
  if (address.version === 4) return [24n, 16n, 8n, 0n].map((shift) => (address.value >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => (address.value >> BigInt(112 - index * 16)) & 0xffffn);
  const zeros = longestZeroRun(groups);
  const hex = (part: readonly bigint[]) => part.map((group) => group.toString(16)).join(':');
  if (zeros.length < 2) return hex(groups);
  return `${hex(groups.slice(0, zeros.start))}::${hex(groups.slice(zeros.start + zeros.length))}`;
}

/** Accepts host bits and a bare address (then the full prefix), as Python's ip_network(strict=False) does. */
export function parseCidr(text: string): Cidr | null {
  const [addressText = '', prefixText, ...rest] = text.split('/');
  const address = parseIp(addressText);
  if (!address || rest.length > 0) return null;
  const bits = address.version === 4 ? 32 : 128;
  const prefixLength = prefixText === undefined ? bits : parsePrefix(prefixText, address.version);
  if (prefixLength === null || prefixLength > bits) return null;
  const hostBits = BigInt(bits - prefixLength);
  return { version: address.version, network: (address.value >> hostBits) << hostBits, prefixLength };
}

export function formatCidr(cidr: Cidr): string {
  return `${formatIp({ version: cidr.version, value: cidr.network })}/${cidr.prefixLength}`;
}

export function cidrContains(cidr: Cidr, address: IpAddress): boolean {
  const hostBits = BigInt((cidr.version === 4 ? 32 : 128) - cidr.prefixLength);
  return cidr.version === address.version && address.value >> hostBits === cidr.network >> hostBits;
}

/** True when both texts name the same address, however they are spelled. */
export function isSameIp(first: string, second: string): boolean {
  const [a, b] = [parseIp(first), parseIp(second)];
  return a !== null && b !== null && a.version === b.version && a.value === b.value;
}

function parsePrefix(text: string, version: 4 | 6): number | null {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  if (version === 6 || !isIPv4(text)) return null;
  const inverted = ~ipv4Value(text) & 0xffffffffn;
  const isNetmask = (inverted & (inverted + 1n)) === 0n;
  return isNetmask ? 32 - inverted.toString(2).replace(/^0$/, '').length : null;
}

function ipv4Value(text: string): bigint {
  return text.split('.').reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

function ipv6Value(text: string): bigint {
  const mapped = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (mapped?.[1] !== undefined && mapped[2] !== undefined) {
    const low = ipv4Value(mapped[2]);
    return ipv6Value(`${mapped[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`);
  }
  const [head = '', tail] = text.split('::');
  const groupsOf = (part: string) => (part === '' ? [] : part.split(':'));
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const middle = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...middle, ...right].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function longestZeroRun(groups: readonly bigint[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let index = 0; index <= groups.length; index += 1) {
    if (index < groups.length && groups[index] === 0n) continue;
    if (index - start > best.length) best = { start, length: index - start };
    start = index + 1;
  }
  return best;
}
