import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../lib/clock.ts';
import type { TokenInfo, TokenValidator } from '../../openstack/token.ts';
import { listView, type View } from '../http/listing.ts';
import { queryOf } from '../http/service-scope.ts';
import { networkCaller } from '../network/network-caller.ts';
import { KeyFault } from './key-fault.ts';
import { isExpired, type ContainerRecord, type KeyRecords, type SecretRecord } from './key-records.ts';

export interface KeyService { readonly records: KeyRecords; readonly tokens: TokenValidator; readonly baseUrl: string; readonly clock: Clock }

type Guarded = SecretRecord | ContainerRecord;

/** The secret, unless it has expired. */
export function liveSecret({ records, clock }: KeyService, id: string): SecretRecord | undefined {
  const secret = records.secrets.get(id);
  return secret && !isExpired(secret, clock.now()) ? secret : undefined;
}

/** Whether the caller's project, an administrator or the record's ACL lets the caller read it. */
export function mayRead(caller: TokenInfo, record: Guarded): boolean {
  const isMember = record.projectId !== null && record.projectId === caller.projectId;
  return caller.roles.includes('admin') || record.acl.users.includes(caller.userId) || (isMember && (record.acl.projectAccess || record.creatorId === caller.userId));
}

/** The record, if the caller may read it; a stranger learns nothing. */
export function readableBy<T extends Guarded>(caller: TokenInfo, record: T | undefined, what: 'Secret' | 'Container'): T {
  if (!record) throw new KeyFault(404, `${what} not found.`);
  if (!mayRead(caller, record)) throw new KeyFault(403, `${what} retrieval attempt not allowed - please review your user/project privileges`);
  return record;
}

/** Throws for who may only look: readers, observers, and users without a project. */
export function requireWriter(caller: TokenInfo, what: 'Secret' | 'Container'): void {
  // Barbican's own role for this, besides those that write everywhere.
  if (!networkCaller(caller).mayWrite && !caller.roles.includes('creator')) throw changeRefused(what);
}

/** The record, if the caller may change it: its project's members and administrators. */
export function changeableBy<T extends Guarded>(caller: TokenInfo, record: T | undefined, what: 'Secret' | 'Container'): T {
  const found = ownedBy(caller, record, what);
  requireWriter(caller, what);
  return found;
}

/** The record, if it is of the caller's project, or the caller an administrator. */
export function ownedBy<T extends Guarded>(caller: TokenInfo, record: T | undefined, what: 'Secret' | 'Container'): T {
  const found = readableBy(caller, record, what);
  if (!caller.roles.includes('admin') && found.projectId !== caller.projectId) throw changeRefused(what);
  return found;
}

function changeRefused(what: 'Secret' | 'Container'): KeyFault {
  return new KeyFault(403, `${what} change attempt not allowed - please review your user/project privileges`);
}

/** Filters that are called otherwise than what they look at. */
const FILTERS: Readonly<Record<string, string>> = { alg: 'algorithm', bits: 'bit_length' };

/** Barbican pages by offset (default limit 10), tells the total and where the pages beside this one are: clients follow that. */
export function pageOf(request: FastifyRequest, { baseUrl }: KeyService, collection: string, views: readonly View[]): unknown {
  const query = queryOf(request);
  const [limit, offset] = [Number(query.get('limit')?.[0] ?? 10), Number(query.get('offset')?.[0] ?? 0)];
  const filters = new Map([...query].filter(([key, values]) => key !== 'limit' && values.some((value) => value !== '')).map(([key, values]) => [FILTERS[key] ?? key, values] as const));
  const matching = listView(views, filters);
  const [path = ''] = request.url.split('?');
  const pageAt = (start: number): string => {
    const others = [...query].flatMap(([key, values]) => (key === 'limit' || key === 'offset' ? [] : values.map((value): [string, string] => [key, value])));
    return `${baseUrl}${path}?${new URLSearchParams([...others, ['limit', String(limit)], ['offset', String(start)]]).toString()}`;
  };
  return {
    [collection]: matching.slice(offset, offset + limit), total: matching.length,
    ...(limit > 0 && offset + limit < matching.length && { next: pageAt(offset + limit) }),
    ...(limit > 0 && offset > 0 && { previous: pageAt(Math.max(0, offset - limit)) }),
  };
}
