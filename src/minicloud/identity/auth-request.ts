import type { Fields } from '../http/fields.ts';
import { readFields } from '../http/fields.ts';
import { IdentityFault } from './identity-fault.ts';
import { DEFAULT_DOMAIN, rolesAt, targetOf, type IdentityRecords, type TokenScope, type UserRecord } from './identity-records.ts';
import { isPassword } from './passwords.ts';
import type { Tokens } from './tokens.ts';

export interface Authenticated {
  readonly user: UserRecord;
  readonly scope: TokenScope;
  readonly methods: readonly string[];
  /** A token got with a token does not live longer than it. */
  readonly expiresAtMs?: number;
}

/** Checks a `POST /v3/auth/tokens` body: methods password and token; project, domain, system scope or none. */
export async function authenticate(records: IdentityRecords, tokens: Tokens, body: unknown): Promise<Authenticated> {
  const auth = readFields(body, invalid).nullableObject('auth');
  const identity = auth?.nullableObject('identity');
  const methods = identity?.texts('methods') ?? [];
  if (!auth || !identity || methods.length === 0) throw invalid("'identity' is a required property");
  const proof = methods.includes('token') ? byToken(records, tokens, identity) : await byPassword(records, identity, methods);
  const scope = scopeOf(records, proof.user, auth);
  const target = targetOf(scope);
  if (target !== null && rolesAt(records, proof.user.id, target).length === 0) throw unauthorized();
  return { ...proof, scope };
}

async function byPassword(records: IdentityRecords, identity: Fields, methods: readonly string[]): Promise<Omit<Authenticated, 'scope'>> {
  const unsupported = methods.find((method) => method !== 'password');
  if (unsupported !== undefined) throw new IdentityFault(401, `Attempted to authenticate with an unsupported method. (${unsupported})`);
  const given = identity.nullableObject('password')?.nullableObject('user');
  if (!given) throw invalid("'user' is a required property");
  const [id, name] = [given.text('id'), given.text('name')];
  const user = id === undefined ? records.users.find((candidate) => candidate.name === name && isDefaultDomain(given)) : records.users.get(id);
  const isRight = user?.passwordHash ? await isPassword(given.text('password') ?? '', user.passwordHash) : false;
  if (!user?.enabled || !isRight) throw unauthorized();
  return { user, methods: ['password'] };
}

function byToken(records: IdentityRecords, tokens: Tokens, identity: Fields): Omit<Authenticated, 'scope'> {
  const record = tokens.find(identity.nullableObject('token')?.text('id') ?? '');
  const user = record && records.users.get(record.userId);
  if (!record || !user) throw unauthorized();
  return { user, methods: [...new Set(['token', ...record.methods])], expiresAtMs: record.expiresAtMs };
}

function scopeOf(records: IdentityRecords, user: UserRecord, auth: Fields): TokenScope {
  if (!auth.has('scope')) {
    const projectId = user.defaultProjectId;
    const isUsable = projectId !== null && records.projects.get(projectId)?.enabled === true && rolesAt(records, user.id, `project:${projectId}`).length > 0;
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
