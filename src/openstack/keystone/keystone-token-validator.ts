import type { TokenInfo, TokenValidator } from '../token.ts';
import type { KeystoneSession } from './keystone-session.ts';

/**
 * Asks Keystone about tokens (`GET /v3/auth/tokens` with X-Subject-Token). The session's user needs the right to validate
 * tokens. Tokens of application credentials with access rules are not understood and count as unknown: Keystone itself
 * hides them from callers that do not ask for such rules.
 */
export function createKeystoneTokenValidator(session: KeystoneSession): TokenValidator {
  const ask = async (token: string, query: string): Promise<TokenInfo | null> => {
    const answer = await session.request(
      { service: 'Keystone', serviceTypes: ['identity'], endpointOverride: session.authUrl },
      { method: 'GET', path: `/auth/tokens${query}`, headers: { 'x-subject-token': token }, accept: [404] },
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
  const token = record(record(raw)['token']);
  const user = record(token['user']);
  const project = record(token['project']);
  const expiresAtMs = Date.parse(String(token['expires_at']));
  const userId = text(user['id']);
  if (userId === null || !Number.isFinite(expiresAtMs)) return null;
  return {
    userId,
    userName: text(user['name']) ?? '',
    userDomainId: text(record(user['domain'])['id']),
    projectId: text(project['id']),
    projectName: text(project['name']),
    projectDomainId: text(record(project['domain'])['id']),
    domainId: text(record(token['domain'])['id']),
    systemScope: record(token['system'])['all'] === true ? 'all' : null,
    roles: Array.isArray(token['roles']) ? token['roles'].flatMap((role: unknown) => text(record(role)['name']) ?? []) : [],
    expiresAtMs,
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
