import { ipJson } from '../../../lib/linux/ip-batch.ts';
import type { InterfaceFile } from './interface-file.ts';
import type { InterfaceState, StateRoute } from './plan-interface.ts';

type Json = Readonly<Record<string, unknown>>;

/** An interface of the amphora with its addresses. */
export interface AmphoraInterface {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly isUp: boolean;
  readonly addresses: readonly { readonly address: string; readonly prefix: number; readonly isPermanent: boolean }[];
  readonly bytes: { readonly tx: number; readonly rx: number };
}

/** Every interface in the namespace. */
export async function listInterfaces(netns: string): Promise<AmphoraInterface[]> {
  return jsonList(await ipJson(['-s', '-d', 'address', 'show'], { netns })).map((link) => ({
    name: text(link['ifname']),
    mac: text(link['address']).toLowerCase(),
    mtu: Number(link['mtu'] ?? 0),
    isUp: Array.isArray(link['flags']) && link['flags'].includes('UP'),
    addresses: jsonList(link['addr_info']).filter((info) => info['scope'] !== 'link').map((info) => ({
      address: text(info['local']), prefix: Number(info['prefixlen']), isPermanent: info['dynamic'] !== true,
    })),
    bytes: counters(link['stats64']),
  }));
}

/** State of one interface as far as an interface file speaks of it; the other families of `wanted` are not looked at. */
export async function readInterfaceState(netns: string, found: AmphoraInterface, wanted: InterfaceFile): Promise<InterfaceState> {
  const words = [...found.addresses.map((entry) => entry.address), ...wanted.addresses.flatMap((entry) => ('address' in entry ? [entry.address] : [])), ...wanted.routes.map((route) => route.dst), ...wanted.rules.map((rule) => rule.src)];
  const has = (flag: '-4' | '-6'): boolean => words.some((word) => word.includes(':') === (flag === '-6'));
  // A link that is down has no routes.
  const routesOfFamily = (flag: '-4' | '-6'): Promise<unknown> => (found.isUp && has(flag) ? ipJson([flag, 'route', 'show', 'table', 'all', 'dev', found.name], { netns }) : Promise.resolve([]));
  const rulesOfFamily = (flag: '-4' | '-6'): Promise<unknown> => (has(flag) ? ipJson([flag, 'rule', 'show'], { netns }) : Promise.resolve([]));
  const [routes4, routes6, rules4, rules6] = await Promise.all([routesOfFamily('-4'), routesOfFamily('-6'), rulesOfFamily('-4'), rulesOfFamily('-6')]);
  return {
    isUp: found.isUp,
    mtu: found.mtu,
    addresses: found.addresses.filter((entry) => entry.isPermanent).map((entry) => `${entry.address}/${entry.prefix}`),
    routes: [...routesOf(routes4, '0.0.0.0/0'), ...routesOf(routes6, '::/0')],
    rules: [...rulesOf(rules4), ...rulesOf(rules6)],
  };
}

function routesOf(listing: unknown, anywhere: string): StateRoute[] {
  return jsonList(listing).filter((route) => route['protocol'] === 'static').map((route) => ({
    dst: route['dst'] === 'default' ? anywhere : text(route['dst']),
    gateway: optional(route['gateway']),
    prefsrc: optional(route['prefsrc']),
    table: optional(route['table']) ?? 'main',
  }));
}

/** keepalived marks its rules, the kernel has no source in its own. */
function rulesOf(listing: unknown): { source: string; table: string }[] {
  return jsonList(listing)
    .filter((rule) => rule['src'] !== undefined && rule['src'] !== 'all' && rule['protocol'] !== 'keepalived' && rule['protocol'] !== 'kernel')
    .map((rule) => ({ source: text(rule['src']), table: text(rule['table']) }));
}

function counters(stats: unknown): { tx: number; rx: number } {
  const bytes = (direction: string): number => {
    const part = isObject(stats) ? stats[direction] : undefined;
    return isObject(part) ? Number(part['bytes'] ?? 0) : 0;
  };
  return { tx: bytes('tx'), rx: bytes('rx') };
}

function jsonList(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function optional(value: unknown): string | null {
  const found = text(value);
  return found === '' ? null : found;
}
