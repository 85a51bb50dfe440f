import type { FastifyInstance } from 'fastify';
import { present, readFields, type Fields } from '../http/fields.ts';
import { requireToken } from '../http/service-scope.ts';
import { invalid } from './auth-request.ts';
import { IdentityFault, missing } from './identity-fault.ts';
import { newIdentityId, type IdentityRecords, type ProjectRecord, type UserRecord } from './identity-records.ts';
import { listBody, requireAdmin, type IdentityService } from './identity-service.ts';
import { projectView, userView } from './identity-views.ts';
import { hashPassword, isPassword } from './passwords.ts';

/** Projects and users: administrators write, everyone may read oneself. */
export function registerDirectoryRoutes(scope: FastifyInstance, service: IdentityService): void {
  registerProjectRoutes(scope, service);
  registerUserRoutes(scope, service);
}

function registerProjectRoutes(scope: FastifyInstance, service: IdentityService): void {
  const { records, baseUrl } = service;
  scope.get('/v3/projects', async (request) => {
    await requireAdmin(request, service);
    return listBody(service, request, 'projects', records.projects.list().map((project) => projectView(project, baseUrl)));
  });
  scope.get('/v3/projects/:id', async (request) => {
    const { id } = request.params as { id: string };
    const caller = await requireToken(request, service.tokens);
    if (caller.projectId !== id && !caller.roles.includes('admin')) throw new IdentityFault(403, 'You are not authorized to perform the requested action: identity:get_project.');
    return { project: projectView(requireProject(records, id), baseUrl) };
  });
  scope.post('/v3/projects', async (request, reply) => {
    await requireAdmin(request, service);
    const fields = rootOf(request.body, 'project');
    const name = fields.requiredText('name');
    const project: ProjectRecord = {
      id: newIdentityId(), name: freeName(records.projects.find((other) => other.name === name), 'project', name),
      description: fields.text('description') ?? '', enabled: fields.flag('enabled') ?? true, tags: fields.texts('tags') ?? [],
    };
    records.store.transaction(() => records.projects.put(project));
    return reply.code(201).send({ project: projectView(project, baseUrl) });
  });
  scope.patch('/v3/projects/:id', async (request) => {
    await requireAdmin(request, service);
    const project = requireProject(records, (request.params as { id: string }).id);
    const fields = rootOf(request.body, 'project');
    const name = fields.text('name') ?? project.name;
    freeName(records.projects.find((other) => other.name === name && other.id !== project.id), 'project', name);
    const next = { ...project, ...present({ name, description: fields.text('description'), enabled: fields.flag('enabled'), tags: fields.texts('tags') }) };
    return { project: projectView(records.store.transaction(() => records.projects.put(next)), baseUrl) };
  });
  scope.delete('/v3/projects/:id', async (request, reply) => {
    await requireAdmin(request, service);
    const { id } = requireProject(records, (request.params as { id: string }).id);
    records.store.transaction(() => {
      for (const assignment of records.assignments.filter((candidate) => candidate.target === `project:${id}`)) records.assignments.delete(assignment.id);
      for (const credential of records.applicationCredentials.filter((candidate) => candidate.projectId === id)) records.applicationCredentials.delete(credential.id);
      records.projects.delete(id);
    });
    return reply.code(204).send();
  });
}

function registerUserRoutes(scope: FastifyInstance, service: IdentityService): void {
  const { records, baseUrl } = service;
  scope.get('/v3/users', async (request) => {
    await requireAdmin(request, service);
    return listBody(service, request, 'users', records.users.list().map((user) => userView(user, baseUrl)));
  });
  scope.get('/v3/users/:id', async (request) => {
    const { id } = request.params as { id: string };
    const caller = await requireToken(request, service.tokens);
    if (caller.userId !== id && !caller.roles.includes('admin')) throw new IdentityFault(403, 'You are not authorized to perform the requested action: identity:get_user.');
    return { user: userView(requireUser(records, id), baseUrl) };
  });
  scope.post('/v3/users', async (request, reply) => {
    await requireAdmin(request, service);
    const fields = rootOf(request.body, 'user');
    const name = fields.requiredText('name');
    const password = fields.text('password');
    const user: UserRecord = {
      id: newIdentityId(), name: freeName(records.users.find((other) => other.name === name), 'user', name), description: fields.text('description') ?? '',
      email: fields.text('email') ?? null, enabled: fields.flag('enabled') ?? true, defaultProjectId: fields.text('default_project_id') ?? null,
      passwordHash: password === undefined ? null : await hashPassword(password),
    };
    records.store.transaction(() => records.users.put(user));
    return reply.code(201).send({ user: userView(user, baseUrl) });
  });
  scope.patch('/v3/users/:id', async (request) => {
    await requireAdmin(request, service);
    const { id } = request.params as { id: string };
    const fields = rootOf(request.body, 'user');
    const password = fields.text('password');
    const passwordHash = password === undefined ? undefined : await hashPassword(password);
    const user = requireUser(records, id);
    const name = fields.text('name') ?? user.name;
    freeName(records.users.find((other) => other.name === name && other.id !== id), 'user', name);
    const change = present({
      name, description: fields.text('description'), email: fields.nullableText('email'), enabled: fields.flag('enabled'),
      defaultProjectId: fields.nullableText('default_project_id'), passwordHash,
    });
    const next = records.store.transaction(() => {
      if (passwordHash !== undefined) endTokens(records, id);
      return records.users.put({ ...user, ...change });
    });
    return { user: userView(next, baseUrl) };
  });
  scope.post('/v3/users/:id/password', async (request, reply) => {
    const user = requireUser(records, (request.params as { id: string }).id);
    const fields = rootOf(request.body, 'user');
    const isRight = user.passwordHash !== null && (await isPassword(fields.text('original_password') ?? '', user.passwordHash));
    if (!isRight) throw new IdentityFault(401, 'The request you have made requires authentication.');
    const passwordHash = await hashPassword(fields.requiredText('password'));
    records.store.transaction(() => {
      endTokens(records, user.id);
      records.users.put({ ...requireUser(records, user.id), passwordHash });
    });
    return reply.code(204).send();
  });
  scope.delete('/v3/users/:id', async (request, reply) => {
    await requireAdmin(request, service);
    const { id } = requireUser(records, (request.params as { id: string }).id);
    records.store.transaction(() => {
      for (const assignment of records.assignments.filter((candidate) => candidate.userId === id)) records.assignments.delete(assignment.id);
      for (const credential of records.applicationCredentials.filter((candidate) => candidate.userId === id)) records.applicationCredentials.delete(credential.id);
      endTokens(records, id);
      records.users.delete(id);
    });
    return reply.code(204).send();
  });
}

/** Who knew the old password, or took a token got with it, is out. */
function endTokens(records: IdentityRecords, userId: string): void {
  for (const token of records.tokens.filter((candidate) => candidate.userId === userId)) records.tokens.delete(token.id);
}

export function requireProject(records: IdentityRecords, id: string): ProjectRecord {
  const project = records.projects.get(id);
  if (!project) throw missing('project', id);
  return project;
}

export function requireUser(records: IdentityRecords, id: string): UserRecord {
  const user = records.users.get(id);
  if (!user) throw missing('user', id);
  return user;
}

export function rootOf(body: unknown, root: string): Fields {
  const fields = readFields(body, invalid).nullableObject(root);
  if (!fields) throw invalid(`'${root}' is a required property`);
  return fields;
}

export function freeName(holder: unknown, what: string, name: string): string {
  if (holder) throw new IdentityFault(409, `Conflict occurred attempting to store ${what} - it is not permitted to have two ${what}s with the same name: ${name}.`);
  return name;
}
