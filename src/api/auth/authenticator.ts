import type { IncomingHttpHeaders } from 'node:http';
import type { RequestLine } from './access-rules.ts';
import type { RequestContext } from './request-context.ts';

/** Turns request headers into a context; one per auth_strategy (keystone, noauth, testing). */
export interface Authenticator {
  /**
   * Throws Unauthorized (401 with the keystonemiddleware body and www-authenticate header) when the caller is unknown, or
   * may not make this `request`. Without one only callers are known that may make any.
   */
  authenticate(headers: IncomingHttpHeaders, requestId: string, request?: RequestLine): Promise<RequestContext>;
}
