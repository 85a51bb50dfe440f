import type { FastifyInstance, FastifyRequest } from 'fastify';
import { queryOf, requireToken } from '../http/service-scope.ts';
import type { View } from '../http/listing.ts';
import { freeName, requireProject, requireUser, rootOf } from './directory-routes.ts';
import { IdentityFault, missing } from './identity-fault.ts';
import { DEFAULT_DOMAIN, grant, newIdentityId, revoke, type AssignmentRecord, type IdentityRecords, type RoleRecord, type RoleTarget } from './identity-records.ts';
import { listBody, requireAdmin, type IdentityService } from './identity-service.ts';
import { roleView } from './identity-views.ts';

/** Roles and who has them where. */
export function registerRoleRoutes(scope: FastifyInstance, service: IdentityService): void {
  registerRoles(scope, service);
  registerGrants(scope, service, '/v3/projects/:targetId', (id) => `project:${requireProject(service.records, id).id}`);
  registerGrants(scope, service, '/v3/domains/:targetId', (id) => {
    if (id !== DEFAULT_DOMAIN) throw missing('domain', id);
    return `domain:${id}`;
  });
  registerGrants(scope, service, '/v3/system', () => 'system');
  registerAssignments(scope, service);
}

function registerRoles(scope: FastifyInstance, service: IdentityService): void {
  const { records, baseUrl } = service;
  scope.get('/v3/roles', async (request) => {
    await requireAdmin(request, service);
    return listBody(service, request, 'roles', records.roles.list().map((role) => roleView(role, baseUrl)));
  });
  scope.get('/v3/roles/:id', async (request) => {
    await requireAdmin(request, service);
    return { role: roleView(requireRole(records, (request.params as { id: string }).id), baseUrl) };
  });
  scope.post('/v3/roles', async (request, reply) => {
    await requireAdmin(request, service);
    const fields = rootOf(request.body, 'role');
    const name = fields.requiredText('name');
    const role: RoleRecord = { id: newIdentityId(), name: freeName(records.roles.find((other) => other.name === name), 'role', name), description: fields.text('description') ?? '' };
    records.store.transaction(() => records.roles.put(role));
    return reply.code(201).send({ role: roleView(role, baseUrl) });
  });
  scope.patch('/v3/roles/:id', async (request) => {
    await requireAdmin(request, service);
    const role = requireRole(records, (request.params as { id: string }).id);
    const fields = rootOf(request.body, 'role');
    const next = { ...role, name: fields.text('name') ?? role.name, description: fields.text('description') ?? role.description };
    return { role: roleView(records.store.transaction(() => records.roles.put(next)), baseUrl) };
  });
  scope.delete('/v3/roles/:id', async (request, reply) => {
    await requireAdmin(request, service);
    const { id } = requireRole(records, (request.params as { id: string }).id);
    records.store.transaction(() => {
      for (const assignment of records.assignments.filter((candidate) => candidate.roleId === id)) records.assignments.delete(assignment.id);
      records.roles.delete(id);
    });
    return reply.code(204).send();
  });
}

interface GrantParams { readonly targetId: string; readonly userId: string; readonly roleId: string }

function registerGrants(scope: FastifyInstance, service: IdentityService, prefix: string, targetOf: (id: string) => RoleTarget): void {
  const { records, baseUrl } = service;
  const read = async (request: FastifyRequest) => {
    await requireAdmin(request, service);
    const params = request.params as GrantParams;
    return { userId: requireUser(records, params.userId).id, target: targetOf(params.targetId), roleId: params.roleId };
  };
  scope.get(`${prefix}/users/:userId/roles`, async (request) => {
    const { userId, target } = await read(request);
    const roles = records.assignments.filter((assignment) => assignment.userId === userId && assignment.target === target).flatMap((assignment) => records.roles.get(assignment.roleId) ?? []);
    return listBody(service, request, 'roles', roles.map((role) => roleView(role, baseUrl)));
  });
  scope.get(`${prefix}/users/:userId/roles/:roleId`, { exposeHeadRoute: true }, async (request, reply) => {
    const { userId, target, roleId } = await read(request);
    if (!records.assignments.get(`${userId}:${roleId}:${target}`)) throw missing('role assignment', roleId);
    return reply.code(204).send();
  });
  scope.put(`${prefix}/users/:userId/roles/:roleId`, async (request, reply) => {
    const { userId, target, roleId } = await read(request);
    grant(records, userId, requireRole(records, roleId).id, target);
    return reply.code(204).send();
  });
  scope.delete(`${prefix}/users/:userId/roles/:roleId`, async (request, reply) => {
    const { userId, target, roleId } = await read(request);
    if (!revoke(records, userId, roleId, target)) throw missing('role assignment with role', roleId);
    return reply.code(204).send();
  });
}

function registerAssignments(scope: FastifyInstance, service: IdentityService): void {
  const { records } = service;
  scope.get('/v3/role_assignments', async (request) => {
    const caller = await requireToken(request, service.tokens);
    const query = queryOf(request);
    const only = (key: string) => query.get(key)?.[0];
    if (!caller.roles.includes('admin') && only('user.id') !== caller.userId) throw new IdentityFault(403, 'You are not authorized to perform the requested action: identity:list_role_assignments.');
    const withNames = query.has('include_names') && only('include_names') !== 'False' && only('include_names') !== '0';
    const found = records.assignments.filter((assignment) =>
      (only('user.id') ?? assignment.userId) === assignment.userId
      && (only('role.id') ?? assignment.roleId) === assignment.roleId
      && (only('scope.project.id') === undefined || assignment.target === `project:${only('scope.project.id')}`)
      && (only('scope.domain.id') === undefined || assignment.target === `domain:${only('scope.domain.id')}`)
      && (!query.has('scope.system') || assignment.target === 'system'));
    return { role_assignments: found.map((assignment) => assignmentView(records, assignment, withNames)), links: { next: null, previous: null, self: `${service.baseUrl}${request.url}` } };
  });
}

function assignmentView(records: IdentityRecords, assignment: AssignmentRecord, withNames: boolean): View {
  const named = (id: string, name: string | undefined, inDomain = true) =>
    withNames ? { id, name: name ?? '', ...(inDomain && { domain: { id: DEFAULT_DOMAIN, name: 'Default' } }) } : { id };
  const [kind, id = ''] = assignment.target.split(':');
  const scope = kind === 'system' ? { system: { all: true } } : kind === 'domain' ? { domain: named(id, 'Default', false) } : { project: named(id, records.projects.get(id)?.name) };
  return {
    role: named(assignment.roleId, records.roles.get(assignment.roleId)?.name, false), user: named(assignment.userId, records.users.get(assignment.userId)?.name), scope, links: {},
  };
}

function requireRole(records: IdentityRecords, id: string): RoleRecord {
  const role = records.roles.get(id);
  if (!role) throw missing('role', id);
  return role;
}
