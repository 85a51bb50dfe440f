import { figureDelay, PERIODS, type Period } from '../../model/figures.ts';
import { loadBalancer } from '../../model/resources/load-balancer.ts';
import { normaliseUuid } from '../../model/uuid.ts';
import { listConditions } from '../../store/conditions.ts';
import { listPoints } from '../../store/samples.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { ApiRequest, Handler, Route } from '../machinery/define-routes.ts';
import { ApiFault, notFound } from '../machinery/faults.ts';
import { ruleName } from '../machinery/read-handlers.ts';
import { sendJson } from '../machinery/respond.ts';
import { readRates } from './rates.ts';

/** Traffic over time and right now, and since when and why something is not well. */
export function figureRoutes(deps: ApiDependencies): Route[] {
  const item = '/v2/octavia/loadbalancers/:id';
  return [
    { method: 'GET', path: `${item}/statistics`, handler: showStatistics(deps) },
    { method: 'GET', path: `${item}/rates`, handler: showRates(deps) },
    { method: 'GET', path: `${item}/conditions`, handler: showConditions(deps) },
  ];
}

/** Id and provider of the load balancer of the path, after policy. */
export async function requireVisible(deps: ApiDependencies, request: ApiRequest, action: 'get_stats' | 'get_status'): Promise<{ readonly id: string; readonly provider: string | null }> {
  const id = request.params['id'] ?? '';
  const row = await deps.store.read.selectFrom('load_balancer').select(['project_id', 'provider']).where('id', '=', id).executeTakeFirst();
  if (!row) throw notFound(loadBalancer.label, id);
  deps.policy.enforce(ruleName(loadBalancer, action), request.context, { project_id: row.project_id });
  return { id, provider: row.provider };
}

function showStatistics(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const { id } = await requireVisible(deps, request, 'get_stats');
    const period = periodOf(request.query['period'] ?? 'hour');
    const objectId = objectOf(request.query['object_id']);
    const { stepSeconds, lengthSeconds } = PERIODS[period];
    const to = Math.floor(deps.clock.now() / 1000);
    const from = Math.floor((to - lengthSeconds) / stepSeconds) * stepSeconds;
    const points = await listPoints(deps.store.read, { loadBalancerId: id, step: stepSeconds, from, objectId });
    return sendJson(reply, 200, { statistics: { loadbalancer_id: id, object_id: objectId, period, step_seconds: stepSeconds, from, to, points } });
  };
}

function showRates(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const { id } = await requireVisible(deps, request, 'get_stats');
    const delaySeconds = figureDelay(deps.config.health_manager.heartbeat_interval);
    return sendJson(reply, 200, { rates: await readRates(deps.store.read, { loadBalancerId: id, delaySeconds, nowMs: deps.clock.now() }) });
  };
}

function showConditions(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const { id } = await requireVisible(deps, request, 'get_status');
    const conditions = (await listConditions(deps.store.read, id)).map((one) => ({
      object_id: one.objectId, object_type: one.objectType, operating_status: one.operatingStatus, since: one.since.replace(' ', 'T'), reason: one.reason,
    }));
    return sendJson(reply, 200, { conditions });
  };
}

function periodOf(text: string | readonly string[]): Period {
  if (text === 'hour' || text === 'day') return text;
  throw new ApiFault(400, `Supplied period '${String(text)}' is not valid: choose hour or day.`);
}

function objectOf(text: string | readonly string[] | undefined): string | null {
  if (text === undefined || text === '') return null;
  const id = typeof text === 'string' ? normaliseUuid(text) : null;
  if (id === null) throw new ApiFault(400, `Supplied object_id '${String(text)}' is not valid.`);
  return id;
}
