import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../lib/clock.ts';
import type { TokenInfo } from '../../openstack/token.ts';
import { listView, type View } from '../http/listing.ts';
import { queryOf, requireToken } from '../http/service-scope.ts';
import { IdentityFault } from './identity-fault.ts';
import type { IdentityRecords } from './identity-records.ts';
import type { Tokens } from './tokens.ts';

export interface IdentityService { readonly records: IdentityRecords; readonly tokens: Tokens; readonly baseUrl: string; readonly clock: Clock }

/** The caller, who must be an administrator. */
export async function requireAdmin(request: FastifyRequest, service: IdentityService): Promise<TokenInfo> {
  const caller = await requireToken(request, service.tokens);
  if (!caller.roles.includes('admin')) throw new IdentityFault(403, 'You are not authorized to perform the requested action.');
  return caller;
}

/** A Keystone list body: links beside the collection. */
export function listBody(service: IdentityService, request: FastifyRequest, collection: string, views: readonly View[]): unknown {
  return { [collection]: listView(views, queryOf(request)), links: { next: null, previous: null, self: `${service.baseUrl}${request.url}` } };
}
