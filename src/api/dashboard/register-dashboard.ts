import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { figureDelay } from '../../model/figures.ts';
import { amphora } from '../../model/resources/amphora.ts';
import { loadBalancer } from '../../model/resources/load-balancer.ts';
import { createHttpClient } from '../../openstack/keystone/http-client.ts';
import { v3Url } from '../../openstack/keystone/login.ts';
import { Unauthorized } from '../auth/unauthorized.ts';
import type { RequestContext } from '../auth/request-context.ts';
import { ApiFault, notFound } from '../machinery/faults.ts';
import { ruleName, visibleProject } from '../machinery/read-handlers.ts';
import { streamChanges, type CallerCheck, type ChangeStream } from './change-stream.ts';
import type { DashboardDependencies } from './dashboard-dependencies.ts';
import { createGrantCache } from './grant-cache.ts';
import { createIdentityClient } from './identity-client.ts';
import { requireSameOrigin } from './same-origin.ts';
import { passOn } from './service-proxy.ts';
import { currentGrant, regionOf, registerSessionRoutes, requireSession, type SessionServices } from './session-routes.ts';
import { serveDashboardFiles } from './static-files.ts';

/**
 * Mounts the dashboard: its files at `/dashboard`, and below `/dashboard/api` its session (a cookie no script can read), the
 * services it calls with that session, and the stream of changes. Call it among `extraRoutes` of the API.
 */
export function registerDashboard(app: FastifyInstance, deps: DashboardDependencies): void {
  serveDashboardFiles(app, deps.directory);
  const { keystone_authtoken: keystone, api_settings: settings } = deps.config;
  const authUrl = keystone.auth_url ?? keystone.www_authenticate_uri;
  if (settings.auth_strategy !== 'keystone' || authUrl === null) {
    app.all('/dashboard/api/*', () => {
      throw new ApiFault(501, 'The dashboard needs auth_strategy = keystone and the auth_url of [keystone_authtoken].');
    });
    return;
  }
  const http = createHttpClient({ cafile: keystone.cafile, certfile: keystone.certfile, keyfile: keystone.keyfile, insecure: keystone.insecure, timeout: keystone.http_connect_timeout }, { log: deps.log });
  app.addHook('onClose', () => http.close());
  const services: SessionServices = { identity: createIdentityClient(v3Url(authUrl), http), grants: createGrantCache(deps.clock) };
  registerSessionRoutes(app, deps, services);
  app.get('/dashboard/api/changes', (request, reply) => answerChanges(deps, services, request, reply));
  app.route({
    method: ['GET', 'POST', 'PUT', 'DELETE'], url: '/dashboard/api/:service/*', exposeHeadRoute: false,
    handler: async (request, reply) => {
      requireSameOrigin(request);
      const session = requireSession(request);
      const grant = await currentGrant(services, session);
      const { service } = request.params as { service: string };
      const path = request.url.slice(`/dashboard/api/${service}`.length);
      return passOn({ app, http }, request, reply, { grant, service, path, ...regionOf(deps, grant, session.region) });
    },
  });
}

/** `GET /dashboard/api/changes`: `loadbalancer_id` watches the parts of one load balancer, `all_projects` everybody's. */
async function answerChanges(deps: DashboardDependencies, services: SessionServices, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  requireSameOrigin(request);
  const session = requireSession(request);
  const grant = await currentGrant(services, session);
  if (!regionOf(deps, grant, session.region).isHome) throw new ApiFault(501, 'Changes of another region are not pushed.');
  const authenticate = () => deps.authenticator.authenticate({ 'x-auth-token': session.token }, request.id);
  const query = request.query as ChangesQuery;
  const seen = await visibleChanges(deps, await authenticate(), query);
  const last = request.headers['last-event-id'];
  reply.hijack();
  void streamChanges({
    store: deps.store, clock: deps.clock, response: reply.raw, ...seen, loadBalancerId: query.loadbalancer_id ?? null,
    afterSeq: typeof last === 'string' && /^\d{1,18}$/.test(last) ? BigInt(last) : null,
    figureDelaySeconds: figureDelay(deps.config.health_manager.heartbeat_interval),
    checkCaller: () => authenticate().then((context) => visibleChanges(deps, context, query))
      .then((now) => (now.projectId === seen.projectId && now.showsAmphorae === seen.showsAmphorae ? 'same' : 'changed'), checkOfRefusal),
  }).catch((error: unknown) => {
    deps.log.warn({ req: request.id, err: error }, 'a stream of changes broke off');
    reply.raw.end();
  });
  return reply;
}

interface ChangesQuery {
  readonly loadbalancer_id?: string;
  readonly all_projects?: string;
}

/** What policy lets a stream of changes tell; a fault when it may tell nothing. */
async function visibleChanges(deps: DashboardDependencies, context: RequestContext, { loadbalancer_id: id, all_projects: all }: ChangesQuery): Promise<Pick<ChangeStream, 'projectId' | 'showsAmphorae'>> {
  const projectId = visibleProject(deps.policy, loadBalancer, { context, query: all === undefined && context.projectId !== null ? { project_id: context.projectId } : {} });
  if (id !== undefined) await requireVisible(deps, context, id);
  return { projectId, showsAmphorae: deps.policy.allows(ruleName(amphora, 'get_all'), context, {}) };
}

/** An identity service or database that cannot be asked ends no stream, and neither does a load balancer that is gone. */
function checkOfRefusal(error: unknown): CallerCheck {
  if (error instanceof Unauthorized) return 'expired';
  return error instanceof ApiFault && error.status === 403 ? 'changed' : 'same';
}

async function requireVisible(deps: DashboardDependencies, context: RequestContext, id: string): Promise<void> {
  const row = await deps.store.read.selectFrom('load_balancer').select('project_id').where('id', '=', id).executeTakeFirst();
  if (!row) throw notFound(loadBalancer.label, id);
  deps.policy.enforce(ruleName(loadBalancer, 'get_one'), context, { project_id: row.project_id });
}
