import { Address4, Address6 } from 'ip-address';
import type { FileAddress, FileRoute, FileRule, InterfaceFile } from './interface-file.ts';

/** What `ip -j` says of an interface and of the rules of its namespace. */
export interface InterfaceState {
  readonly isUp: boolean;
  readonly mtu: number;
  /** Permanent addresses, `address/prefix`. */
  readonly addresses: readonly string[];
  /** Of protocol static only: those that this agent has set. */
  readonly routes: readonly StateRoute[];
  /** Rules with a source, without those of the kernel and of keepalived. */
  readonly rules: readonly { readonly source: string; readonly table: string }[];
}

export interface StateRoute { readonly dst: string; readonly gateway: string | null; readonly prefsrc: string | null; readonly table: string }

/** Lines for `ip -batch`: `required` must succeed; `lenient` holds tenants' routes, which may be unfit. */
export interface InterfacePlan { readonly required: readonly string[]; readonly lenient: readonly string[] }

/**
 * What must be done so that the interface looks like its file. Addresses come while the link is still down: the kernel
 * announces all of them the moment it goes up. Addresses, routes and rules that the file no longer has are removed;
 * those of keepalived are left alone.
 */
export function planInterface(file: InterfaceFile, state: InterfaceState): InterfacePlan {
  const { name } = file;
  const wantsUp = state.isUp ? [] : [`link set dev ${name} up`];
  const mtu = file.mtu && file.mtu !== state.mtu ? [`link set dev ${name} mtu ${file.mtu}`] : [];
  const addresses = planAddresses(file, state);
  const routes = planRoutes(file, state);
  const rules = file.if_type === 'vip' ? planRules(file.rules, state) : { add: [], remove: [] };
  return {
    required: [...mtu, ...addresses.add, ...wantsUp, ...rules.add],
    lenient: [...routes.add, ...routes.remove, ...rules.remove, ...addresses.remove],
  };
}

function planAddresses(file: InterfaceFile, state: InterfaceState): { add: string[]; remove: string[] } {
  const wanted = file.addresses.flatMap((entry) => (isStatic(entry) ? [{ key: addressKey(entry.address, entry.prefixlen), isOurs: entry.octavia_owned !== false }] : []));
  const present = new Set(state.addresses.map(normalCidr));
  const keys = new Set(wanted.map((entry) => entry.key));
  return {
    // nodad: a duplicate check would keep the address unusable for seconds.
    add: wanted.filter((entry) => entry.isOurs && !present.has(entry.key)).map(({ key }) => `address add ${key} dev ${file.name}${key.includes(':') ? ' nodad' : ''}`),
    remove: [...present].filter((key) => !keys.has(key)).map((key) => `address del ${key} dev ${file.name}`),
  };
}

function planRoutes(file: InterfaceFile, state: InterfaceState): { add: string[]; remove: string[] } {
  const present = new Map(state.routes.map((route) => [stateRouteKey(route), route]));
  const wanted = new Map(file.routes.map((route) => [fileRouteKey(route), route]));
  return {
    add: [...wanted].filter(([key]) => !present.has(key)).map(([, route]) => `route replace ${routeWords(route)} dev ${file.name} proto static`),
    remove: [...present].filter(([key]) => !wanted.has(key)).map(([, route]) => `route del ${stateRouteWords(route)} dev ${file.name} proto static`),
  };
}

function planRules(rules: readonly FileRule[], state: InterfaceState): { add: string[]; remove: string[] } {
  const key = (source: string, table: string): string => `${normalAddress(source)} ${table}`;
  const present = new Set(state.rules.map((rule) => key(rule.source, rule.table)));
  const wanted = new Set(rules.map((rule) => key(rule.src, String(rule.table))));
  const words = (entry: string): string => {
    const [source = '', table = ''] = entry.split(' ');
    return `from ${source}/${source.includes(':') ? 128 : 32} table ${table}`;
  };
  return {
    add: [...wanted].filter((entry) => !present.has(entry)).map((entry) => `rule add ${words(entry)} protocol static`),
    remove: [...present].filter((entry) => !wanted.has(entry)).map((entry) => `rule del ${words(entry)}`),
  };
}

function isStatic(entry: FileAddress): entry is Extract<FileAddress, { address: string }> {
  return 'address' in entry;
}

function routeWords(route: FileRoute): string {
  return [
    normalCidr(route.dst),
    ...(route.gateway === undefined ? [] : ['via', route.gateway]),
    ...(route.prefsrc === undefined ? [] : ['src', route.prefsrc]),
    ...(route.scope === undefined ? [] : ['scope', route.scope]),
    ...(route.table === undefined ? [] : ['table', String(route.table)]),
    ...(route.flags ?? []),
  ].join(' ');
}

function stateRouteWords(route: StateRoute): string {
  return [route.dst, ...(route.gateway === null ? [] : ['via', route.gateway]), ...(route.prefsrc === null ? [] : ['src', route.prefsrc]), 'table', route.table].join(' ');
}

function fileRouteKey(route: FileRoute): string {
  return stateRouteKey({ dst: route.dst, gateway: route.gateway ?? null, prefsrc: route.prefsrc ?? null, table: route.table === undefined ? 'main' : String(route.table) });
}

function stateRouteKey(route: StateRoute): string {
  return [normalCidr(route.dst), route.gateway && normalAddress(route.gateway), route.prefsrc && normalAddress(route.prefsrc), route.table].join(' ');
}

function addressKey(address: string, prefix: number): string {
  return `${normalAddress(address)}/${prefix}`;
}

export function normalAddress(address: string): string {
  return address.includes(':') ? new Address6(address.split('/')[0] ?? '').correctForm() : address;
}

/** Address and prefix in one spelling; host bits cleared are the caller's matter. */
export function normalCidr(cidr: string): string {
  const [address = '', prefix] = cidr.split('/');
  const host = address.includes(':') ? '128' : '32';
  const text = `${normalAddress(address)}/${prefix ?? host}`;
  return Address4.isValid(text) || Address6.isValid(text) ? text : cidr;
}
