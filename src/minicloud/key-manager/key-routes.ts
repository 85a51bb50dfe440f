import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readFields } from '../http/fields.ts';
import { requireToken } from '../http/service-scope.ts';
import { registerContainerRoutes } from './container-routes.ts';
import { invalidKeyInput } from './key-fault.ts';
import { keyTimestamp, OPEN_ACL, type ReadAcl } from './key-records.ts';
import { changeableBy, liveSecret, ownedBy, type KeyService } from './key-service.ts';
import { registerMetadataRoutes } from './metadata-routes.ts';
import { registerSecretRoutes } from './secret-routes.ts';

/** Barbican v1: secrets, containers, their ACLs and consumers. Mounted under /key-manager. */
export function registerKeyRoutes(scope: FastifyInstance, service: KeyService): void {
  const version = {
    id: 'v1', status: 'stable', updated: '2015-04-28T00:00:00Z', links: [{ rel: 'self', href: `${service.baseUrl}/key-manager/v1/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.key-manager-v1+json' }],
  };
  scope.get('/', async (_request, reply) => reply.code(300).send({ versions: { values: [version] } }));
  for (const path of ['/v1', '/v1/']) scope.get(path, async () => ({ version }));
  if (!scope.hasContentTypeParser('application/octet-stream')) scope.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  registerSecretRoutes(scope, service);
  registerMetadataRoutes(scope, service);
  registerContainerRoutes(scope, service);
  registerAcl(scope, service, 'secrets');
  registerAcl(scope, service, 'containers');
}

function registerAcl(scope: FastifyInstance, service: KeyService, kind: 'secrets' | 'containers'): void {
  const { records, tokens, baseUrl } = service;
  const path = `/v1/${kind}/:id/acl`;
  const open = async (request: FastifyRequest, access: typeof ownedBy): Promise<{ acl: ReadAcl; save: (acl: ReadAcl) => void; ref: string }> => {
    const caller = await requireToken(request, tokens);
    const { id } = request.params as { id: string };
    const ref = `${baseUrl}/key-manager/v1/${kind}/${id}/acl`;
    if (kind === 'secrets') {
      const secret = access(caller, liveSecret(service, id), 'Secret');
      return { acl: secret.acl, ref, save: (acl) => void records.store.transaction(() => records.secrets.put({ ...secret, acl, updatedAt: keyTimestamp() })) };
    }
    const container = access(caller, records.containers.get(id), 'Container');
    return { acl: container.acl, ref, save: (acl) => void records.store.transaction(() => records.containers.put({ ...container, acl, updatedAt: keyTimestamp() })) };
  };
  const change = async (request: FastifyRequest, base: (acl: ReadAcl) => ReadAcl) => {
    const { acl, save, ref } = await open(request, changeableBy);
    const read = readFields(request.body ?? {}, invalidKeyInput).nullableObject('read');
    const before = base(acl);
    save({ projectAccess: read?.flag('project-access') ?? before.projectAccess, users: read?.texts('users') ?? before.users });
    return { acl_ref: ref };
  };
  scope.get(path, async (request) => {
    const { acl } = await open(request, ownedBy);
    return { read: { 'project-access': acl.projectAccess, users: acl.users } };
  });
  scope.put(path, (request) => change(request, () => OPEN_ACL));
  scope.patch(path, (request) => change(request, (acl) => acl));
  scope.delete(path, async (request, reply) => {
    (await open(request, changeableBy)).save(OPEN_ACL);
    return reply.code(200).send();
  });
}
