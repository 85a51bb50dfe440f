import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import type { TokenInfo, TokenValidator } from '../../openstack/token.ts';
import { DEFAULT_DOMAIN, rolesOf, targetOf, type IdentityRecords, type TokenRecord, type TokenScope, type UserRecord } from './identity-records.ts';

const LIFETIME_MS = 12 * 3_600_000;
const PURGE_EVERY_MS = 600_000;

/** Who proved to be whom, and for what. */
export interface Authenticated {
  readonly user: UserRecord;
  readonly scope: TokenScope;
  readonly methods: readonly string[];
  readonly applicationCredentialId?: string;
  /** A token got with a token or credential does not live longer than it. */
  readonly expiresAtMs?: number;
}

export interface Tokens extends TokenValidator {
  /** A new opaque token; only its hash is stored. */
  issue(proof: Authenticated): { readonly token: string; readonly record: TokenRecord };
  /** The live record of a token: null when unknown, expired, its user or project is disabled or gone, or the user has no role there any more. */
  find(token: string): TokenRecord | null;
  revoke(token: string): void;
}

/** Opaque tokens that survive a restart. Roles are read when a token is used, so a change holds at once. */
export function createTokens(records: IdentityRecords, clock: Clock): Tokens {
  let purgedAtMs = 0;
  const purge = () => {
    const now = clock.now();
    if (now - purgedAtMs < PURGE_EVERY_MS) return;
    purgedAtMs = now;
    for (const token of records.tokens.filter((candidate) => candidate.expiresAtMs <= now)) records.tokens.delete(token.id);
  };
  const find = (token: string): TokenRecord | null => {
    const record = records.tokens.get(hashOf(token));
    if (!record || record.expiresAtMs <= clock.now() || records.users.get(record.userId)?.enabled !== true) return null;
    if (record.scope.kind === 'project' && records.projects.get(record.scope.projectId)?.enabled !== true) return null;
    return targetOf(record.scope) !== null && rolesOf(records, record).length === 0 ? null : record;
  };
  return {
    issue: ({ user, scope, methods, applicationCredentialId, expiresAtMs }) => {
      const token = `octt${randomBytes(32).toString('base64url')}`;
      const now = clock.now();
      const record: TokenRecord = {
        id: hashOf(token), userId: user.id, scope, methods, auditId: randomBytes(16).toString('base64url'), issuedAtMs: now, expiresAtMs: Math.min(expiresAtMs ?? Infinity, now + LIFETIME_MS),
        ...(applicationCredentialId !== undefined && { applicationCredentialId }),
      };
      records.store.transaction(() => {
        purge();
        records.tokens.put(record);
      });
      return { token, record };
    },
    find,
    revoke: (token) => records.store.transaction(() => records.tokens.delete(hashOf(token))),
    validate: async (token) => {
      const record = find(token);
      return record ? infoOf(records, record) : null;
    },
  };
}

function infoOf(records: IdentityRecords, record: TokenRecord): TokenInfo | null {
  const user = records.users.get(record.userId);
  if (!user) return null;
  const { scope } = record;
  const project = scope.kind === 'project' ? records.projects.get(scope.projectId) : undefined;
  return {
    userId: user.id, userName: user.name, userDomainId: DEFAULT_DOMAIN,
    projectId: project?.id ?? null, projectName: project?.name ?? null, projectDomainId: project ? DEFAULT_DOMAIN : null,
    domainId: scope.kind === 'domain' ? scope.domainId : null, systemScope: scope.kind === 'system' ? 'all' : null,
    roles: rolesOf(records, record).map((role) => role.name), expiresAtMs: record.expiresAtMs,
  };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
