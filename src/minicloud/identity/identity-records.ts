import { randomUUID } from 'node:crypto';
import type { Collection, RecordStore } from '../../lib/records/record-store.ts';

/** The only domain. */
export const DEFAULT_DOMAIN = 'default';

export interface ProjectRecord { readonly id: string; readonly name: string; readonly description: string; readonly enabled: boolean; readonly tags: readonly string[] }
export interface UserRecord {
  readonly id: string; readonly name: string; readonly description: string; readonly email: string | null; readonly enabled: boolean;
  readonly defaultProjectId: string | null; readonly passwordHash: string | null;
}
export interface RoleRecord { readonly id: string; readonly name: string; readonly description: string }

/** Where a role holds: `project:<id>`, `domain:default` or `system`. */
export type RoleTarget = `project:${string}` | `domain:${string}` | 'system';

/** Its id is made of its parts, so granting twice is once. */
export interface AssignmentRecord { readonly id: string; readonly userId: string; readonly roleId: string; readonly target: RoleTarget }

/** What a program signs in with instead of its user's password: some of the user's roles in one project. */
export interface ApplicationCredentialRecord {
  readonly id: string;
  readonly userId: string;
  readonly projectId: string;
  readonly name: string;
  readonly description: string | null;
  readonly secretHash: string;
  readonly roleIds: readonly string[];
  readonly expiresAtMs: number | null;
  /** Whether its tokens may manage application credentials. */
  readonly isUnrestricted: boolean;
}

export interface TokenRecord {
  /** SHA-256 of the token: the token itself is stored nowhere. */
  readonly id: string;
  readonly userId: string;
  readonly scope: TokenScope;
  readonly methods: readonly string[];
  /** The token lives, and has roles, only as far as this credential does. */
  readonly applicationCredentialId?: string;
  readonly auditId: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export type TokenScope =
  | { readonly kind: 'project'; readonly projectId: string }
  | { readonly kind: 'domain'; readonly domainId: string }
  | { readonly kind: 'system' }
  | { readonly kind: 'unscoped' };

export interface IdentityRecords {
  readonly store: RecordStore;
  readonly projects: Collection<ProjectRecord>;
  readonly users: Collection<UserRecord>;
  readonly roles: Collection<RoleRecord>;
  readonly assignments: Collection<AssignmentRecord>;
  readonly tokens: Collection<TokenRecord>;
  readonly applicationCredentials: Collection<ApplicationCredentialRecord>;
}

export function openIdentityRecords(store: RecordStore): IdentityRecords {
  return {
    store,
    projects: store.collection('identity_project'),
    users: store.collection('identity_user'),
    roles: store.collection('identity_role'),
    assignments: store.collection('identity_assignment'),
    tokens: store.collection('identity_token'),
    applicationCredentials: store.collection('identity_application_credential'),
  };
}

/** Keystone's spelling of an id: a UUID without dashes. */
export function newIdentityId(): string {
  return randomUUID().replaceAll('-', '');
}

/** Roles that a role brings along (Keystone's bootstrap: admin implies member implies reader). */
const IMPLIED: Readonly<Record<string, readonly string[]>> = { admin: ['member', 'reader'], member: ['reader'] };

/** The roles a user has at a target, implied ones included. */
export function rolesAt(records: IdentityRecords, userId: string, target: RoleTarget): readonly RoleRecord[] {
  const direct = records.assignments.filter((assignment) => assignment.userId === userId && assignment.target === target)
    .flatMap((assignment) => records.roles.get(assignment.roleId) ?? []);
  const names = new Set(direct.flatMap((role) => [role.name, ...(IMPLIED[role.name] ?? [])]));
  return records.roles.filter((role) => names.has(role.name));
}

/** The roles of a token: its user's, and of those only its credential's. */
export function rolesOf(records: IdentityRecords, { userId, scope, applicationCredentialId }: Pick<TokenRecord, 'userId' | 'scope' | 'applicationCredentialId'>): readonly RoleRecord[] {
  const target = targetOf(scope);
  const held = target === null ? [] : rolesAt(records, userId, target);
  if (applicationCredentialId === undefined) return held;
  const credential = records.applicationCredentials.get(applicationCredentialId);
  return held.filter((role) => credential?.roleIds.includes(role.id));
}

export function targetOf(scope: TokenScope): RoleTarget | null {
  switch (scope.kind) {
    case 'project': return `project:${scope.projectId}`;
    case 'domain': return `domain:${scope.domainId}`;
    case 'system': return 'system';
    case 'unscoped': return null;
  }
}

export function grant(records: IdentityRecords, userId: string, roleId: string, target: RoleTarget): void {
  records.store.transaction(() => records.assignments.put({ id: `${userId}:${roleId}:${target}`, userId, roleId, target }));
}

export function revoke(records: IdentityRecords, userId: string, roleId: string, target: RoleTarget): boolean {
  const id = `${userId}:${roleId}:${target}`;
  const existed = records.assignments.get(id) !== undefined;
  records.store.transaction(() => records.assignments.delete(id));
  return existed;
}
