import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../../config/config.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import type { TokenInfo, TokenValidator } from '../../openstack/token.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { ApiFault } from '../machinery/faults.ts';
import { isAdmitted, type RequestLine } from './access-rules.ts';
import type { Authenticator } from './authenticator.ts';
import { globalRequestIdOf, header } from './identity-headers.ts';
import type { RequestContext } from './request-context.ts';
import { createTokenCache } from './token-cache.ts';
import { Unauthorized } from './unauthorized.ts';

export type KeystoneAuthSettings = Pick<
  Config['keystone_authtoken'],
  'www_authenticate_uri' | 'auth_url' | 'token_cache_time' | 'service_token_roles' | 'service_token_roles_required' | 'delay_auth_decision' | 'service_type'
>;

export interface KeystoneAuthenticator extends Authenticator {
  /** Call it when another service answered 401 to this token: it was revoked. */
  forget(token: string): void;
}

/**
 * `auth_strategy = keystone`: X-Auth-Token names the user, X-Service-Token a service that forwards his request (then his
 * token may have expired meanwhile). Follows keystonemiddleware; 503 when the identity service cannot be asked.
 */
export function createKeystoneAuthenticator(
  validator: TokenValidator, settings: KeystoneAuthSettings, options: { readonly clock?: Clock; readonly log?: Logger } = {},
): KeystoneAuthenticator {
  const clock = options.clock ?? systemClock;
  const cache = createTokenCache(settings.token_cache_time * 1000, clock);
  const refused = () => new Unauthorized(settings.www_authenticate_uri ?? settings.auth_url);
  const isAlive = (info: TokenInfo) => info.expiresAtMs > clock.now();
  const mayAsk = ({ userId, accessRules }: TokenInfo, request: RequestLine | undefined) => {
    if (accessRules === undefined) return true;
    if (settings.service_type === null) options.log?.warn({ user: userId }, 'Refused an application credential with access rules: set service_type in [keystone_authtoken], as the catalog calls this service, to hold requests against them');
    return request !== undefined && isAdmitted(accessRules, request, settings.service_type);
  };

  const validate = async (token: string, mayBeExpired: boolean): Promise<TokenInfo | null> => {
    try {
      const info = await cache.lookUp(token, () => validator.validate(token));
      if (info !== null && isAlive(info)) return info;
      return mayBeExpired ? (info ?? (await validator.validateAllowingExpired?.(token)) ?? null) : null;
    } catch (error) {
      options.log?.error({ err: error }, 'A token could not be validated');
      throw new ApiFault(503, 'The Keystone service is temporarily unavailable.', { cause: error });
    }
  };

  return {
    forget: (token) => cache.forget(token),
    async authenticate(headers, requestId, request) {
      const service = await authenticateService(headers, settings, validate);
      const token = header(headers, 'x-auth-token');
      const mayForward = service !== null && service !== 'refused' && service.hasServiceRole;
      const known = token === null || service === 'refused' ? null : await validate(token, mayForward);
      // A service asks on somebody's behalf: the rules were held against what he asked of that service.
      const user = known !== null && (mayForward || mayAsk(known, request)) ? known : null;
      if (user === null && !settings.delay_auth_decision) throw refused();
      const caller = service === 'refused' ? null : service;
      return contextOf({ requestId, globalRequestId: globalRequestIdOf(headers), user, token, service: caller });
    },
  };
}

interface AuthenticatedService { readonly info: TokenInfo; readonly hasServiceRole: boolean }

async function authenticateService(
  headers: IncomingHttpHeaders, settings: KeystoneAuthSettings, validate: (token: string, mayBeExpired: boolean) => Promise<TokenInfo | null>,
): Promise<AuthenticatedService | 'refused' | null> {
  const token = header(headers, 'x-service-token');
  if (token === null) return null;
  const info = await validate(token, false);
  if (info === null) return 'refused';
  const hasServiceRole = info.roles.some((role) => settings.service_token_roles.includes(role));
  if (!hasServiceRole && settings.service_token_roles_required) return 'refused';
  return { info, hasServiceRole };
}

interface Caller {
  readonly requestId: string;
  readonly globalRequestId: string | null;
  /** Null only for `delay_auth_decision`: then policy refuses, as nobody has no role. */
  readonly user: TokenInfo | null;
  readonly token: string | null;
  readonly service: AuthenticatedService | null;
}

function contextOf({ requestId, globalRequestId, user, token, service }: Caller): RequestContext {
  return {
    requestId,
    globalRequestId,
    userId: user?.userId ?? null,
    projectId: user?.projectId ?? null,
    domainId: user?.domainId ?? null,
    systemScope: user?.systemScope ?? null,
    roles: user?.roles ?? [],
    isAdmin: false,
    token: user === null ? null : token,
    userDomainId: user?.userDomainId ?? null,
    projectDomainId: user?.projectDomainId ?? null,
    ...(user?.isAdminProject !== undefined && { isAdminProject: user.isAdminProject }),
    ...(service !== null && { service: { userId: service.info.userId, projectId: service.info.projectId, roles: service.info.roles } }),
  };
}
