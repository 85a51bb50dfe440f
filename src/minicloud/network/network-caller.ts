import type { TokenInfo } from '../../openstack/token.ts';
import { NetworkFault } from '../../drivers/network/local/network-faults.ts';
import type { Viewer } from '../../drivers/network/local/visibility.ts';
import type { Fields } from '../http/fields.ts';

export interface NetworkApiCaller extends Viewer { readonly mayWrite: boolean }

/** Roles that may change their project's network objects; readers and observers only look. */
const WRITERS = new Set(['admin', 'member', 'manager', 'service', 'load-balancer_member', 'load-balancer_admin']);

export function networkCaller(token: TokenInfo): NetworkApiCaller {
  return { projectId: token.projectId, isAdmin: token.roles.includes('admin'), mayWrite: token.roles.some((role) => WRITERS.has(role)) };
}

export function forbidden(rule: string): NetworkFault {
  return new NetworkFault(403, 'PolicyNotAuthorized', `rule:${rule} is disallowed by policy`);
}

/** Refuses attributes that only administrators may give. */
export function adminOnly(fields: Fields, caller: NetworkApiCaller, keys: readonly string[], action: string): void {
  const key = caller.isAdmin ? undefined : keys.find((candidate) => fields.has(candidate));
  if (key !== undefined) throw forbidden(`${action}:${key}`);
}

/** The project a new object belongs to: the caller's, or the one an administrator names. */
export function ownerOf(fields: Fields, caller: NetworkApiCaller, action: string): string | null {
  const named = fields.text('project_id') ?? fields.text('tenant_id');
  if (named === undefined || named === caller.projectId) return caller.projectId;
  if (!caller.isAdmin) throw forbidden(`${action}:project_id`);
  return named;
}
