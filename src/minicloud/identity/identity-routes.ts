import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { View } from '../http/listing.ts';
import { queryOf, requireToken } from '../http/service-scope.ts';
import { registerApplicationCredentialRoutes } from './application-credentials.ts';
import { authenticate } from './auth-request.ts';
import { catalogue, endpointViews, serviceViews } from './catalogue.ts';
import { registerDirectoryRoutes } from './directory-routes.ts';
import { IdentityFault, missing } from './identity-fault.ts';
import { DEFAULT_DOMAIN, rolesAt } from './identity-records.ts';
import { listBody, type IdentityService } from './identity-service.ts';
import { projectView } from './identity-views.ts';
import { registerRoleRoutes } from './role-routes.ts';
import { tokenView } from './token-view.ts';

/** Keystone v3, as far as clients of a load-balancing service need it. Mounted under /identity. */
export function registerIdentityRoutes(scope: FastifyInstance, service: IdentityService): void {
  const version = {
    id: 'v3.14', status: 'stable', updated: '2020-04-07T00:00:00Z', links: [{ rel: 'self', href: `${service.baseUrl}/identity/v3/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  };
  scope.get('/', async (_request, reply) => reply.code(300).send({ versions: { values: [version] } }));
  for (const path of ['/v3', '/v3/']) scope.get(path, async () => ({ version }));
  registerTokenRoutes(scope, service);
  registerOwnViewRoutes(scope, service);
  registerCatalogueRoutes(scope, service);
  registerDirectoryRoutes(scope, service);
  registerRoleRoutes(scope, service);
  registerApplicationCredentialRoutes(scope, service);
}

function registerTokenRoutes(scope: FastifyInstance, { records, tokens, baseUrl, clock }: IdentityService): void {
  const subjectOf = (request: FastifyRequest): string => {
    const header = request.headers['x-subject-token'];
    if (typeof header !== 'string') throw new IdentityFault(400, 'Header X-Subject-Token is missing.');
    return header;
  };
  const isCatalogueWanted = (request: FastifyRequest) => !queryOf(request).has('nocatalog');

  scope.post('/v3/auth/tokens', async (request, reply) => {
    const { token, record } = tokens.issue(await authenticate({ records, tokens, clock }, request.body));
    return reply.code(201).header('x-subject-token', token).header('vary', 'X-Auth-Token')
      .send({ token: tokenView(records, record, { baseUrl, withCatalogue: isCatalogueWanted(request) }) });
  });
  scope.get('/v3/auth/tokens', { exposeHeadRoute: true }, async (request, reply) => {
    const caller = await requireToken(request, tokens);
    const subject = subjectOf(request);
    const record = tokens.find(subject);
    if (!record) throw missing('token', 'given in X-Subject-Token');
    if (record.userId !== caller.userId && !caller.roles.some((role) => role === 'admin' || role === 'service')) {
      throw new IdentityFault(403, 'You are not authorized to perform the requested action: identity:validate_token.');
    }
    return reply.header('x-subject-token', subject).send({ token: tokenView(records, record, { baseUrl, withCatalogue: isCatalogueWanted(request) }) });
  });
  scope.delete('/v3/auth/tokens', async (request, reply) => {
    const caller = await requireToken(request, tokens);
    const subject = subjectOf(request);
    const record = tokens.find(subject);
    if (!record) throw missing('token', 'given in X-Subject-Token');
    if (record.userId !== caller.userId && !caller.roles.includes('admin')) throw new IdentityFault(403, 'You are not authorized to perform the requested action: identity:revoke_token.');
    tokens.revoke(subject);
    return reply.code(204).send();
  });
}

function registerOwnViewRoutes(scope: FastifyInstance, service: IdentityService): void {
  const { records, tokens, baseUrl } = service;
  const projectsOf = (userId: string) => records.projects.filter((project) => rolesAt(records, userId, `project:${project.id}`).length > 0).map((project) => projectView(project, baseUrl));
  scope.get('/v3/auth/projects', async (request) => listBody(service, request, 'projects', projectsOf((await requireToken(request, tokens)).userId)));
  scope.get('/v3/users/:id/projects', async (request) => {
    const caller = await requireToken(request, tokens);
    const { id } = request.params as { id: string };
    if (id !== caller.userId && !caller.roles.includes('admin')) throw new IdentityFault(403, 'You are not authorized to perform the requested action: identity:list_user_projects.');
    return listBody(service, request, 'projects', projectsOf(id));
  });
  scope.get('/v3/auth/domains', async (request) => {
    const caller = await requireToken(request, tokens);
    const mayUse = rolesAt(records, caller.userId, `domain:${DEFAULT_DOMAIN}`).length > 0;
    return listBody(service, request, 'domains', mayUse ? [domainView(baseUrl)] : []);
  });
  scope.get('/v3/auth/system', async (request) => {
    const caller = await requireToken(request, tokens);
    return { system: rolesAt(records, caller.userId, 'system').length > 0 ? [{ all: true }] : [], links: { self: `${baseUrl}/identity/v3/auth/system` } };
  });
  scope.get('/v3/auth/catalog', async (request) => {
    await requireToken(request, tokens);
    return { catalog: catalogue(baseUrl), links: { next: null, previous: null, self: `${baseUrl}/identity/v3/auth/catalog` } };
  });
}

function registerCatalogueRoutes(scope: FastifyInstance, service: IdentityService): void {
  const { tokens, baseUrl } = service;
  const readOnly = (collection: string, singular: string, views: () => readonly View[]) => {
    scope.get(`/v3/${collection}`, async (request) => {
      await requireToken(request, tokens);
      return listBody(service, request, collection, views());
    });
    scope.get(`/v3/${collection}/:id`, async (request) => {
      await requireToken(request, tokens);
      const { id } = request.params as { id: string };
      const found = views().find((view) => view['id'] === id);
      if (!found) throw missing(singular, id);
      return { [singular]: found };
    });
  };
  readOnly('services', 'service', () => serviceViews(baseUrl));
  readOnly('endpoints', 'endpoint', () => endpointViews(baseUrl));
  readOnly('regions', 'region', () => [{ id: 'RegionOne', description: '', parent_region_id: null, links: { self: `${baseUrl}/identity/v3/regions/RegionOne` } }]);
  readOnly('domains', 'domain', () => [domainView(baseUrl)]);
}

function domainView(baseUrl: string): View {
  return { id: DEFAULT_DOMAIN, name: 'Default', description: 'The default domain', enabled: true, tags: [], options: {}, links: { self: `${baseUrl}/identity/v3/domains/${DEFAULT_DOMAIN}` } };
}
