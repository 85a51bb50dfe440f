import { objectOf, objectsOf, textOf } from '../json.ts';
import type { AccessRule, TokenInfo, TokenValidator } from '../token.ts';
import type { KeystoneSession } from './keystone-session.ts';

/** Keystone hides tokens with access rules from callers that do not say they hold requests against them. */
const UNDERSTANDS_ACCESS_RULES = { 'openstack-identity-access-rules': '1' } as const;

/**
 * Asks Keystone about tokens (`GET /v3/auth/tokens` with X-Subject-Token). The session's user needs the right to validate
 * tokens. Whoever uses it must hold requests against `accessRules`.
 */
export function createKeystoneTokenValidator(session: KeystoneSession): TokenValidator {
  const ask = async (token: string, query: string): Promise<TokenInfo | null> => {
    const answer = await session.request(
      { service: 'Keystone', serviceTypes: ['identity'], endpointOverride: session.authUrl },
      { method: 'GET', path: `/auth/tokens${query}`, headers: { 'x-subject-token': token, ...UNDERSTANDS_ACCESS_RULES }, accept: [404] },
    );
    return answer.status === 404 ? null : decodeTokenInfo(answer.body);
  };
  return {
    validate: (token) => ask(token, '?nocatalog'),
    validateAllowingExpired: (token) => ask(token, '?nocatalog&allow_expired=1'),
  };
}

/** Keystone's `token` object in plain words; null when it lacks a user or an end. */
export function decodeTokenInfo(raw: unknown): TokenInfo | null {
  const token = objectOf(objectOf(raw)['token']);
  const user = objectOf(token['user']);
  const project = objectOf(token['project']);
  const expiresAtMs = Date.parse(String(token['expires_at']));
  const userId = textOf(user['id']);
  if (userId === null || !Number.isFinite(expiresAtMs)) return null;
  const rules = objectOf(token['application_credential'])['access_rules'];
  return {
    userId,
    userName: textOf(user['name']) ?? '',
    userDomainId: textOf(objectOf(user['domain'])['id']),
    projectId: textOf(project['id']),
    projectName: textOf(project['name']),
    projectDomainId: textOf(objectOf(project['domain'])['id']),
    domainId: textOf(objectOf(token['domain'])['id']),
    systemScope: objectOf(token['system'])['all'] === true ? 'all' : null,
    roles: Array.isArray(token['roles']) ? token['roles'].flatMap((role: unknown) => textOf(objectOf(role)['name']) ?? []) : [],
    expiresAtMs,
    ...(typeof token['is_admin_project'] === 'boolean' && { isAdminProject: token['is_admin_project'] }),
    ...(rules !== undefined && rules !== null && { accessRules: objectsOf(rules).map(decodeRule) }),
  };
}

function decodeRule(rule: Readonly<Record<string, unknown>>): AccessRule {
  return { service: textOf(rule['service']) ?? '', method: textOf(rule['method']) ?? '', path: textOf(rule['path']) ?? '' };
}
