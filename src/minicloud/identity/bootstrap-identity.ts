import { existsSync, readFileSync } from 'node:fs';
import { replaceFile } from '../../lib/replace-file.ts';
import { grant, newIdentityId, type IdentityRecords, type ProjectRecord, type RoleRecord, type UserRecord } from './identity-records.ts';
import { hashPassword, randomPassword } from './passwords.ts';

/** A user that `up` makes, and where its roles hold. */
export interface BuiltInUser { readonly name: string; readonly project: string; readonly roles: readonly string[]; readonly isSystemAdmin?: boolean }

const SERVICE_USER = 'octavia';

/** One user for each role that Octavia's policy knows, a second project with its own member, and the service user. */
export const BUILT_IN_USERS: readonly BuiltInUser[] = [
  { name: 'admin', project: 'admin', roles: ['admin'], isSystemAdmin: true },
  { name: 'member', project: 'demo', roles: ['member'] },
  { name: 'reader', project: 'demo', roles: ['reader'] },
  { name: 'load-balancer_observer', project: 'demo', roles: ['load-balancer_observer'] },
  { name: 'load-balancer_global_observer', project: 'demo', roles: ['load-balancer_global_observer'] },
  { name: 'load-balancer_member', project: 'demo', roles: ['load-balancer_member'] },
  { name: 'load-balancer_quota_admin', project: 'demo', roles: ['load-balancer_quota_admin'] },
  { name: 'load-balancer_admin', project: 'demo', roles: ['load-balancer_admin'] },
  { name: 'other-member', project: 'other', roles: ['member'] },
  { name: SERVICE_USER, project: 'service', roles: ['admin', 'service'] },
];

const EXTRA_ROLES = ['member', 'reader', 'manager'];

export interface BootstrapResult {
  /** Passwords of the built-in users by name. */
  readonly passwords: ReadonlyMap<string, string>;
  readonly serviceProjectId: string;
  /** Octavia itself: reads secrets that users granted to it. */
  readonly serviceUserId: string;
}

/**
 * Makes roles, projects and users that are missing. Passwords are generated once and kept in `passwordFile` (0600) for the
 * openrc files; a password that someone changed stays changed.
 */
export async function bootstrapIdentity(records: IdentityRecords, passwordFile: string): Promise<BootstrapResult> {
  const passwords = readPasswords(passwordFile);
  const hashes = new Map<string, string>();
  for (const { name } of BUILT_IN_USERS) {
    if (passwords.has(name) && records.users.find((user) => user.name === name)) continue;
    const password = passwords.get(name) ?? randomPassword();
    passwords.set(name, password);
    hashes.set(name, await hashPassword(password));
  }
  if (hashes.size > 0) await replaceFile(passwordFile, `${JSON.stringify(Object.fromEntries(passwords), null, 1)}\n`, 0o600);

  return records.store.transaction(() => {
    for (const name of new Set([...BUILT_IN_USERS.flatMap((user) => user.roles), ...EXTRA_ROLES])) ensureRole(records, name);
    for (const builtIn of BUILT_IN_USERS) ensureUser(records, builtIn, hashes.get(builtIn.name));
    const serviceUser = records.users.find((user) => user.name === SERVICE_USER);
    return { passwords, serviceProjectId: ensureProject(records, 'service').id, serviceUserId: serviceUser?.id ?? '' };
  });
}

function ensureUser(records: IdentityRecords, builtIn: BuiltInUser, passwordHash: string | undefined): void {
  const existing = records.users.find((user) => user.name === builtIn.name);
  const project = ensureProject(records, builtIn.project);
  const user: UserRecord = existing ?? {
    id: newIdentityId(), name: builtIn.name, description: '', email: null, enabled: true, defaultProjectId: project.id, passwordHash: null,
  };
  if (passwordHash !== undefined) records.users.put({ ...user, passwordHash });
  if (existing) return;
  for (const role of builtIn.roles) grant(records, user.id, ensureRole(records, role).id, `project:${project.id}`);
  if (builtIn.isSystemAdmin) {
    const admin = ensureRole(records, 'admin').id;
    grant(records, user.id, admin, 'system');
    grant(records, user.id, admin, 'domain:default');
    // So that `openstack --os-project-name demo` works with the administrator's openrc.
    for (const name of ['demo', 'other']) grant(records, user.id, admin, `project:${ensureProject(records, name).id}`);
  }
}

function ensureRole(records: IdentityRecords, name: string): RoleRecord {
  return records.roles.find((role) => role.name === name) ?? records.roles.put({ id: newIdentityId(), name, description: '' });
}

function ensureProject(records: IdentityRecords, name: string): ProjectRecord {
  return records.projects.find((project) => project.name === name)
    ?? records.projects.put({ id: newIdentityId(), name, description: '', enabled: true, tags: [] });
}

function readPasswords(file: string): Map<string, string> {
  // Earlier versions left an empty file behind on a full disk.
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text === '' ? new Map() : new Map(Object.entries(JSON.parse(text) as Record<string, string>));
}
