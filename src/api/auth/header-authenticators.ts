import type { Authenticator } from './authenticator.ts';
import { contextFromHeaders, header } from './identity-headers.ts';
import { Unauthorized } from './unauthorized.ts';

/** `auth_strategy = noauth`: everybody is administrator; a project comes from the body, or from X-Project-Id. */
export const noauthAuthenticator: Authenticator = {
  authenticate: async (headers, requestId) => contextFromHeaders(headers, requestId, true),
};

/** `auth_strategy = testing`: the caller is who the headers of Keystone's middleware say. Never for production. */
export const testingAuthenticator: Authenticator = {
  async authenticate(headers, requestId) {
    const status = header(headers, 'x-identity-status');
    if (status !== null && status !== 'Confirmed') throw new Unauthorized(null);
    return contextFromHeaders(headers, requestId, false);
  },
};
