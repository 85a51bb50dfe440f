import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { View } from '../http/listing.ts';
import { requireToken } from '../http/service-scope.ts';
import type { Fields } from '../http/fields.ts';
import { invalid } from './auth-request.ts';
import { freeName, requireUser, rootOf } from './directory-routes.ts';
import { IdentityFault, missing } from './identity-fault.ts';
import { newIdentityId, rolesOf, type ApplicationCredentialRecord, type IdentityRecords, type RoleRecord, type TokenRecord } from './identity-records.ts';
import { listBody, type IdentityService } from './identity-service.ts';
import { roleView } from './identity-views.ts';
import { hashPassword } from './passwords.ts';

/** `/v3/users/<id>/application_credentials`: made by the user alone, for the project of the token; the secret is told once. */
export function registerApplicationCredentialRoutes(scope: FastifyInstance, service: IdentityService): void {
  const { records } = service;
  const base = '/v3/users/:id/application_credentials';
  const view = (credential: ApplicationCredentialRecord) => credentialView(records, credential, service.baseUrl);
  const open = async (request: FastifyRequest, action: string) => {
    const userId = await requireOneself(request, service, action);
    const { credentialId } = request.params as { credentialId: string };
    const credential = records.applicationCredentials.get(credentialId);
    if (credential?.userId !== userId) throw missing('Application Credential', credentialId);
    return credential;
  };

  scope.get(base, async (request) => {
    const userId = await requireOneself(request, service, 'list_application_credentials');
    return listBody(service, request, 'application_credentials', credentialsOf(records, userId).map(view));
  });
  scope.get(`${base}/:credentialId`, async (request) => ({ application_credential: view(await open(request, 'get_application_credential')) }));
  scope.post(base, async (request, reply) => {
    const token = await requireUnrestricted(request, service);
    const user = requireUser(records, (request.params as { id: string }).id);
    if (token.userId !== user.id) throw new IdentityFault(403, 'You are not authorized to perform the requested action: Cannot create an application credential for another user.');
    if (token.scope.kind !== 'project') throw invalid('an application credential needs a token of a project');
    const fields = rootOf(request.body, 'application_credential');
    const name = fields.requiredText('name');
    freeName(credentialsOf(records, user.id).find((other) => other.name === name), 'application_credential', name);
    // Kept without being enforced by every service, they would allow what they forbid.
    if ((fields.objects('access_rules') ?? []).length > 0) throw invalid("'access_rules' are not kept by this cloud");
    const secret = given(fields, 'secret') ?? randomBytes(64).toString('base64url');
    const credential: ApplicationCredentialRecord = {
      id: newIdentityId(), userId: user.id, projectId: token.scope.projectId, name, description: fields.text('description') ?? null, secretHash: await hashPassword(secret),
      roleIds: rolesWanted(fields, rolesOf(records, token)).map((role) => role.id), expiresAtMs: expiryOf(fields), isUnrestricted: fields.flag('unrestricted') ?? false,
    };
    records.store.transaction(() => records.applicationCredentials.put(credential));
    return reply.code(201).send({ application_credential: { ...view(credential), secret } });
  });
  scope.delete(`${base}/:credentialId`, async (request, reply) => {
    await requireUnrestricted(request, service);
    const { id } = await open(request, 'delete_application_credential');
    records.store.transaction(() => records.applicationCredentials.delete(id));
    return reply.code(204).send();
  });
}

function credentialsOf(records: IdentityRecords, userId: string): readonly ApplicationCredentialRecord[] {
  return records.applicationCredentials.filter((credential) => credential.userId === userId);
}

async function requireOneself(request: FastifyRequest, service: IdentityService, action: string): Promise<string> {
  const caller = await requireToken(request, service.tokens);
  const { id } = request.params as { id: string };
  if (caller.userId !== id && !caller.roles.includes('admin')) throw new IdentityFault(403, `You are not authorized to perform the requested action: identity:${action}.`);
  return id;
}

/** The caller's token; that of a credential manages credentials only when it was made so. */
async function requireUnrestricted(request: FastifyRequest, service: IdentityService): Promise<TokenRecord> {
  await requireToken(request, service.tokens);
  const token = service.tokens.find(String(request.headers['x-auth-token']));
  const credential = service.records.applicationCredentials.get(token?.applicationCredentialId ?? '');
  if (!token || credential?.isUnrestricted === false) {
    throw new IdentityFault(403, 'You are not authorized to perform the requested action: Using method "application_credential" is not allowed for managing additional application credentials.');
  }
  return token;
}

/** Those asked for, by id or name, each of which the caller must have; else all of the caller's. */
function rolesWanted(fields: Fields, own: readonly RoleRecord[]): readonly RoleRecord[] {
  const wanted = fields.objects('roles') ?? [];
  if (wanted.length === 0) return own;
  return wanted.map((role) => {
    const [id, name] = [role.text('id'), role.text('name')];
    const found = own.find((candidate) => (id === undefined ? candidate.name === name : candidate.id === id));
    if (!found) throw invalid('Cannot create an application credential with unassigned role');
    return found;
  });
}

/** An empty text is none given: as a secret everybody would know it. */
function given(fields: Fields, key: string): string | undefined {
  const text = fields.text(key);
  return text === '' ? undefined : text;
}

function expiryOf(fields: Fields): number | null {
  const text = given(fields, 'expires_at');
  if (text === undefined) return null;
  const expiresAtMs = Date.parse(/Z$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(expiresAtMs)) throw invalid(`'expires_at' is no time: ${text}`);
  return expiresAtMs;
}

function credentialView(records: IdentityRecords, credential: ApplicationCredentialRecord, baseUrl: string): View {
  return {
    id: credential.id, name: credential.name, description: credential.description, project_id: credential.projectId, user_id: credential.userId,
    roles: credential.roleIds.flatMap((id) => records.roles.get(id) ?? []).map((role) => roleView(role, baseUrl)), unrestricted: credential.isUnrestricted,
    // Without a zone, as Keystone writes it here and nowhere else.
    expires_at: credential.expiresAtMs === null ? null : new Date(credential.expiresAtMs).toISOString().replace('Z', '000'),
    links: { self: `${baseUrl}/identity/v3/users/${credential.userId}/application_credentials/${credential.id}` },
  };
}
