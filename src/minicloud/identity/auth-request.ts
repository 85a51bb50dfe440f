import type { Fields } from '../http/fields.ts';
import { readFields } from '../http/fields.ts';
import { IdentityFault } from './identity-fault.ts';
import { DEFAULT_DOMAIN, rolesOf, targetOf, type IdentityRecords, type TokenScope, type UserRecord } from './identity-records.ts';
import type { IdentityService } from './identity-service.ts';
import { isPassword } from './passwords.ts';
import type { Authenticated, Tokens } from './tokens.ts';

/** Checks a `POST /v3/auth/tokens` body: methods password, token and application_credential; project, domain, system scope or none. */
export async function authenticate({ records, tokens, clock }: Pick<IdentityService, 'records' | 'tokens' | 'clock'>, body: unknown): Promise<Authenticated> {
  const auth = readFields(body, invalid).nullableObject('auth');
  const identity = auth?.nullableObject('identity');
  const methods = identity?.texts('methods') ?? [];
  if (!auth || !identity || methods.length === 0) throw invalid("'identity' is a required property");
  const proof = methods.includes('application_credential') ? await byCredential(records, identity, auth, clock.now()) : await byOneself(records, tokens, { identity, auth, methods });
  if (targetOf(proof.scope) !== null && rolesOf(records, { ...proof, userId: proof.user.id }).length === 0) throw unauthorized();
  return proof;
}

async function byOneself(records: IdentityRecords, tokens: Tokens, { identity, auth, methods }: { identity: Fields; auth: Fields; methods: readonly string[] }): Promise<Authenticated> {
  const proof = methods.includes('token') ? byToken(records, tokens, identity) : await byPassword(records, identity, methods);
  return { ...proof, scope: scopeOf(records, proof.user, auth) };
}

/** By id, or by name and user; the project is that of the credential. */
async function byCredential(records: IdentityRecords, identity: Fields, auth: Fields, nowMs: number): Promise<Authenticated> {
  const given = identity.nullableObject('application_credential');
  if (!given) throw invalid("'application_credential' is a required property");
  if (auth.nullableObject('scope')) throw new IdentityFault(401, 'Application credentials cannot request a scope.');
  const [id, name, owner] = [given.text('id'), given.text('name'), given.nullableObject('user')];
  const user = owner ? findUser(records, owner) : undefined;
  const credential = id === undefined ? records.applicationCredentials.find((candidate) => candidate.name === name && candidate.userId === user?.id) : records.applicationCredentials.get(id);
  const holder = records.users.get(credential?.userId ?? '');
  const isRight = credential ? await isPassword(given.text('secret') ?? '', credential.secretHash) : false;
  if (!credential || !isRight || !holder?.enabled || records.projects.get(credential.projectId)?.enabled !== true) throw unauthorized();
  if (credential.expiresAtMs !== null && credential.expiresAtMs <= nowMs) throw unauthorized();
  return {
    user: holder, scope: { kind: 'project', projectId: credential.projectId }, methods: ['application_credential'], applicationCredentialId: credential.id,
    ...(credential.expiresAtMs !== null && { expiresAtMs: credential.expiresAtMs }),
  };
}

function findUser(records: IdentityRecords, given: Fields): UserRecord | undefined {
  const [id, name] = [given.text('id'), given.text('name')];
  return id === undefined ? records.users.find((candidate) => candidate.name === name && isDefaultDomain(given)) : records.users.get(id);
}

async function byPassword(records: IdentityRecords, identity: Fields, methods: readonly string[]): Promise<Omit<Authenticated, 'scope'>> {
  const unsupported = methods.find((method) => method !== 'password');
  if (unsupported !== undefined) throw new IdentityFault(401, `Attempted to authenticate with an unsupported method. (${unsupported})`);
  const given = identity.nullableObject('password')?.nullableObject('user');
  if (!given) throw invalid("'user' is a required property");
  const user = findUser(records, given);
  const isRight = user?.passwordHash ? await isPassword(given.text('password') ?? '', user.passwordHash) : false;
  if (!user?.enabled || !isRight) throw unauthorized();
  return { user, methods: ['password'] };
}

function byToken(records: IdentityRecords, tokens: Tokens, identity: Fields): Omit<Authenticated, 'scope'> {
  const record = tokens.find(identity.nullableObject('token')?.text('id') ?? '');
  const user = record && records.users.get(record.userId);
  if (!record || !user) throw unauthorized();
  // Another scope would have more than the credential's roles.
  if (record.applicationCredentialId !== undefined) throw new IdentityFault(403, 'You are not authorized to perform the requested action: Using a token of an application credential to create another token.');
  return { user, methods: [...new Set(['token', ...record.methods])], expiresAtMs: record.expiresAtMs };
}

function scopeOf(records: IdentityRecords, user: UserRecord, auth: Fields): TokenScope {
  if (!auth.has('scope')) {
    const projectId = user.defaultProjectId;
    const isUsable = projectId !== null && records.projects.get(projectId)?.enabled === true && rolesOf(records, { userId: user.id, scope: { kind: 'project', projectId } }).length > 0;
    return isUsable ? { kind: 'project', projectId } : { kind: 'unscoped' };
  }
  if (auth.word('scope') === 'unscoped') return { kind: 'unscoped' };
  const scope = auth.nullableObject('scope');
  const project = scope?.nullableObject('project');
  if (project) {
    const [id, name] = [project.text('id'), project.text('name')];
    const found = id === undefined ? records.projects.find((candidate) => candidate.name === name && isDefaultDomain(project)) : records.projects.get(id);
    if (!found?.enabled) throw unauthorized();
    return { kind: 'project', projectId: found.id };
  }
  const domain = scope?.nullableObject('domain');
  if (domain) {
    if (domain.text('id') !== DEFAULT_DOMAIN && domain.text('name')?.toLowerCase() !== 'default') throw unauthorized();
    return { kind: 'domain', domainId: DEFAULT_DOMAIN };
  }
  return scope?.nullableObject('system') ? { kind: 'system' } : { kind: 'unscoped' };
}

function isDefaultDomain(named: Fields): boolean {
  const domain = named.nullableObject('domain');
  return !domain || domain.text('id') === DEFAULT_DOMAIN || domain.text('name')?.toLowerCase() === 'default';
}

export function invalid(reason: string): IdentityFault {
  return new IdentityFault(400, `Invalid input: ${reason}.`);
}

function unauthorized(): IdentityFault {
  return new IdentityFault(401, 'The request you have made requires authentication.');
}
