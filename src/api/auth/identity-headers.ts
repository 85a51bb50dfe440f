import type { IncomingHttpHeaders } from 'node:http';
import type { RequestContext } from './request-context.ts';

const REQUEST_ID = /^req-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$/;

/** The request id of the service that started this chain of calls, when it has the usual form. */
export function globalRequestIdOf(headers: IncomingHttpHeaders): string | null {
  const id = header(headers, 'x-openstack-request-id');
  return id !== null && REQUEST_ID.test(id) ? id : null;
}

/** How lines of the log name a request: its own id, and the one that started the chain of calls. */
export function requestIds({ id, headers }: { readonly id: string; readonly headers: IncomingHttpHeaders }): { readonly req: string; readonly global_req?: string } {
  const globalId = globalRequestIdOf(headers);
  return { req: id, ...(globalId !== null && { global_req: globalId }) };
}

/** Who asks, as the X-* headers say that Keystone's middleware would set. Believe them only where anybody may say anything. */
export function contextFromHeaders(headers: IncomingHttpHeaders, requestId: string, isAdmin: boolean): RequestContext {
  return {
    requestId,
    globalRequestId: globalRequestIdOf(headers),
    userId: header(headers, 'x-user-id'),
    projectId: header(headers, 'x-project-id') ?? header(headers, 'x-tenant-id'),
    domainId: header(headers, 'x-domain-id'),
    systemScope: header(headers, 'openstack-system-scope'),
    roles: listHeader(headers, 'x-roles'),
    isAdmin,
    token: header(headers, 'x-auth-token'),
    userDomainId: header(headers, 'x-user-domain-id'),
    projectDomainId: header(headers, 'x-project-domain-id'),
  };
}

/** One header's text without blanks around it; null when absent or empty. */
export function header(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  const first = (Array.isArray(value) ? value[0] : value)?.trim();
  return first === undefined || first === '' ? null : first;
}

function listHeader(headers: IncomingHttpHeaders, name: string): readonly string[] {
  return (header(headers, name) ?? '').split(',').map((item) => item.trim()).filter((item) => item !== '');
}
