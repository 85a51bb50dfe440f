import type { Answered } from './exchange.ts';

/** Fields that upstream added after release 11 (API v2.26): v2.27 HSTS, v2.28 and v2.30 vNIC types, v2.29 security groups; ports of additional VIPs. */
const NEWER_FIELDS = new Set(['port_id', 'hsts_max_age', 'hsts_include_subdomains', 'hsts_preload', 'vip_vnic_type', 'vip_sg_ids', 'vnic_type']);

/** Words whose order is a matter of chance in the original, or which come from another library. */
const LOOSE_TEXTS: readonly (readonly [pattern: RegExp, replacement: string | ((whole: string, ...groups: string[]) => string)])[] = [
  [/(valid x509 PEM format certificate(?: revocation list)?\. Error:) .*$/s, '$1 <why>'],
  // Upstream says it both ways.
  [/^Flavor profile /, 'Flavor Profile '],
  [/Value should be one of: (.*)$/, (_whole, list) => `Value should be one of: ${list?.split(', ').sort().join(', ')}`],
];

/** A quota of release 11 has neither its project nor the second spellings; upstream added them to the answers later. */
const NEWER_QUOTA_FIELDS = new Set(['project_id', 'tenant_id', 'loadbalancer', 'healthmonitor']);

/** What of an answer must be equal: status and body, with times, generated ids and the API's own address made alike. */
export interface Comparable {
  readonly status: number;
  readonly body: unknown;
}

export function comparable(answered: Answered, context: { readonly url: string; readonly seededIds: ReadonlySet<string> }): Comparable {
  return { status: answered.status, body: alike(answered.body, context) };
}

function alike(value: unknown, context: { readonly url: string; readonly seededIds: ReadonlySet<string> }): unknown {
  if (Array.isArray(value)) return newInAnyOrder(inAnyOrder(value).map((item) => alike(item, context)));
  if (typeof value === 'object' && value !== null) {
    // The network driver that touches nothing gives some VIPs of the original no network.
    return Object.fromEntries(Object.entries(value).filter(([key]) => !NEWER_FIELDS.has(key)).map(([key, item]) => [key, key === 'vip_network_id' && item === null ? '<id>' : alike(prepared(key, item), context)]));
  }
  return typeof value === 'string' ? alikeText(value, context) : value;
}

function prepared(key: string, item: unknown): unknown {
  if (key === 'quota') return withoutNewerQuotaFields(item);
  return key === 'statuses' ? statusesById(item) : item;
}

function withoutNewerQuotaFields(quota: unknown): unknown {
  if (typeof quota !== 'object' || quota === null) return quota;
  return Object.fromEntries(Object.entries(quota).filter(([key]) => !NEWER_QUOTA_FIELDS.has(key)));
}

/** The status tree shows its children in the order in which the database finds them. */
function statusesById(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(statusesById).toSorted((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, statusesById(item)]));
}

const idOf = (value: unknown) => (typeof value === 'object' && value !== null && 'id' in value ? String(value.id) : '');

/** Children that are told by id alone come in the order in which the database finds them. */
function inAnyOrder(list: readonly unknown[]): readonly unknown[] {
  const isReference = (item: unknown): item is { readonly id: string } => typeof item === 'object' && item !== null && Object.keys(item).join() === 'id';
  return list.every(isReference) ? list.toSorted((one, other) => (one.id < other.id ? -1 : 1)) : list;
}

const TOLD_APART_BY = ['name', 'position', 'address', 'protocol', 'protocol_port'] as const;

/** What one request made has the same second of creation and chance ids: put in order by what the request said. */
function newInAnyOrder(list: readonly unknown[]): readonly unknown[] {
  const isNew = (item: unknown): item is object => typeof item === 'object' && item !== null && 'id' in item && item.id === '<id>';
  if (!list.every(isNew)) return list;
  const keyOf = (item: object) => TOLD_APART_BY.map((name) => String(new Map(Object.entries(item)).get(name))).join();
  return list.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

function alikeText(text: string, { url, seededIds }: { readonly url: string; readonly seededIds: ReadonlySet<string> }): string {
  const shown = text
    .replaceAll(url, '<url>')
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => (seededIds.has(id) ? id : '<id>'))
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g, '<time>');
  return LOOSE_TEXTS.reduce((result, [pattern, replacement]) => (typeof replacement === 'string' ? result.replace(pattern, replacement) : result.replace(pattern, replacement)), shown);
}
