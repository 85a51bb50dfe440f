import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { reasonOf } from '../../lib/errors.ts';
import { OPERATION_RULES } from '../policy/rules.ts';
import { ApiFault } from '../machinery/faults.ts';
import { sendJson } from '../machinery/respond.ts';
import type { DashboardDependencies } from './dashboard-dependencies.ts';
import type { GrantCache } from './grant-cache.ts';
import type { Grant, IdentityClient, NamedThing } from './identity-client.ts';
import { clearSessionCookie, readSessionCookie, setSessionCookie, type SessionCookie } from './session-cookie.ts';
import { requireSameOrigin } from './same-origin.ts';

/** What the dashboard knows of who is signed in. */
export interface SessionView {
  readonly user: NamedThing & { readonly domain: string };
  readonly project: NamedThing | null;
  readonly projects: readonly NamedThing[];
  readonly region: string | null;
  readonly regions: readonly string[];
  readonly roles: readonly string[];
  /** Operations that policy allows on objects of the project: `loadbalancer:post`. */
  readonly allowed: readonly string[];
  /** Types of services the region has: `network`, `compute`, `key-manager`. */
  readonly services: readonly string[];
  readonly expiresAt: string;
  /** False when changes of the region are not pushed. */
  readonly hasPush: boolean;
}

export interface SessionServices {
  readonly identity: IdentityClient;
  readonly grants: GrantCache;
}

/** `/dashboard/api/session`: GET who is signed in (null: nobody), POST sign in, PUT another project or region, DELETE sign out. */
export function registerSessionRoutes(app: FastifyInstance, deps: DashboardDependencies, services: SessionServices): void {
  const { identity, grants } = services;
  const path = '/dashboard/api/session';
  const answer = async (request: FastifyRequest, reply: FastifyReply, grant: Grant, wantedRegion: string | null) => {
    const view = await viewOf(deps, services, request, { grant, region: wantedRegion });
    if (!setSessionCookie(request, reply, { token: grant.token, region: view.region })) throw new ApiFault(501, 'The token of the identity service is too long for a browser session.');
    return sendJson(reply.header('cache-control', 'no-store'), 200, { session: view });
  };
  app.get(path, async (request, reply) => {
    requireSameOrigin(request);
    const session = readSessionCookie(request);
    const grant = session && (await currentGrant(services, session).catch(endedAsNull));
    // Nobody being signed in is an answer here, not an error.
    return grant ? answer(request, reply, grant, session?.region ?? null) : sendJson(reply.header('cache-control', 'no-store'), 200, { session: null });
  });
  app.post(path, async (request, reply) => {
    requireSameOrigin(request);
    const body = readBody(request);
    const signedIn = await identity.signIn({ user: text(body, 'user'), password: text(body, 'password'), domain: optionalText(body, 'domain') ?? 'default' });
    return answer(request, reply, await inProject(identity, signedIn, optionalText(body, 'project')), optionalText(body, 'region'));
  });
  app.put(path, async (request, reply) => {
    requireSameOrigin(request);
    const session = requireSession(request);
    const body = readBody(request);
    const project = optionalText(body, 'project');
    const grant = project === null ? await currentGrant(services, session) : await identity.rescope(session.token, project);
    return answer(request, reply, grant, optionalText(body, 'region') ?? session.region);
  });
  app.delete(path, async (request, reply) => {
    requireSameOrigin(request);
    const session = readSessionCookie(request);
    clearSessionCookie(request, reply);
    if (session !== null) {
      grants.forget(session.token);
      await identity.revoke(session.token).catch((error: unknown) => deps.log.warn({ reason: reasonOf(error) }, 'A token could not be revoked when its user signed out'));
    }
    return reply.code(204).send('');
  });
}

function endedAsNull(error: unknown): null {
  if (error instanceof ApiFault && error.status === 401) return null;
  throw error;
}

/** The session's cookie; 401 without one. */
export function requireSession(request: FastifyRequest): SessionCookie {
  const session = readSessionCookie(request);
  if (session === null) throw new ApiFault(401, 'Nobody is signed in.');
  return session;
}

/** What the session's token says, remembered for a moment; 401 when it has ended. */
export function currentGrant({ identity, grants }: SessionServices, { token }: SessionCookie): Promise<Grant> {
  return grants.lookUp(token, () => identity.show(token));
}

/** The region of a session, and whether this process serves its load balancers. */
export function regionOf(deps: Pick<DashboardDependencies, 'config'>, grant: Grant, wanted: string | null): { readonly region: string | null; readonly isHome: boolean } {
  const regions = regionsOf(grant);
  const home = deps.config.service_auth.region_name ?? (regions.length === 1 ? (regions[0] ?? null) : null);
  const region = wanted !== null && regions.includes(wanted) ? wanted : (home ?? regions[0] ?? null);
  return { region, isHome: regions.length < 2 || region === home };
}

function regionsOf(grant: Grant): readonly string[] {
  return [...new Set(grant.catalog.filter(({ serviceType }) => serviceType === 'load-balancer').flatMap(({ region }) => region ?? []))].toSorted();
}

/** A token without project is of no use here: the asked project, the one the token has, or the first. */
async function inProject(identity: IdentityClient, grant: Grant, wanted: string | null): Promise<Grant> {
  if (grant.project !== null && (wanted === null || wanted === grant.project.id || wanted === grant.project.name)) return grant;
  const projects = await identity.projects(grant.token);
  const project = wanted === null ? projects[0] : projects.find(({ id, name }) => id === wanted || name === wanted);
  if (project === undefined) throw new ApiFault(403, wanted === null ? 'This user has no project.' : `This user has no role in the project ${wanted}.`);
  return identity.rescope(grant.token, project.id);
}

async function viewOf(deps: DashboardDependencies, { identity }: SessionServices, request: FastifyRequest, session: { grant: Grant; region: string | null }): Promise<SessionView> {
  const { grant } = session;
  const { region, isHome } = regionOf(deps, grant, session.region);
  const context = await deps.authenticator.authenticate({ 'x-auth-token': grant.token }, request.id);
  const target = { project_id: context.projectId };
  return {
    user: grant.user, project: grant.project, projects: await identity.projects(grant.token), region, regions: regionsOf(grant), roles: grant.roles,
    allowed: OPERATION_RULES.map(({ name }) => name).filter((name) => deps.policy.allows(name, context, target)).map((name) => name.slice('os_load-balancer_api:'.length)),
    services: [...new Set(grant.catalog.filter((endpoint) => endpoint.region === region).map(({ serviceType }) => serviceType))], expiresAt: grant.expiresAt, hasPush: isHome,
  };
}

function readBody(request: FastifyRequest): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(String(request.body));
    if (typeof body === 'object' && body !== null) return Object.fromEntries(Object.entries(body));
  } catch (error) {
    throw new ApiFault(400, 'The body is no JSON object.', { cause: error });
  }
  throw new ApiFault(400, 'The body is no JSON object.');
}

function text(body: Readonly<Record<string, unknown>>, name: string): string {
  const value = optionalText(body, name);
  if (value === null) throw new ApiFault(400, `${name} is missing.`);
  return value;
}

function optionalText(body: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = body[name];
  return typeof value === 'string' && value !== '' ? value : null;
}
